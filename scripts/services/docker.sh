#!/usr/bin/env bash
# Docker's daemon on its usual socket.
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST=unix:///var/run/docker.sock

answers() { quiet docker version --format '{{.Server.Version}}'; }

# forget_dead_daemon removes the pid file of a daemon that was killed: the next
# one takes whatever process has the id now for it.
forget_dead_daemon() {
	local pid
	pid=$(cat /var/run/docker.pid 2>/dev/null) || return 0
	is_running "$pid" dockerd || rm -f /var/run/docker.pid
}

if ! answers; then
	one_at_a_time
	install_packages docker.io iptables
	mount_cgroups
	if systemd_runs; then
		systemctl start docker
	else
		forget_dead_daemon
		daemon docker dockerd
	fi
	wait_for docker 60 answers
fi

# A second dockerd on this machine with --bridge=none deletes the first one's
# bridge, and no container starts any more.
bridge=$(docker network inspect bridge --format '{{index .Options "com.docker.network.bridge.name"}}' 2>/dev/null || true)
[[ -z $bridge || -e /sys/class/net/$bridge ]] ||
	die "docker lost its network bridge $bridge: stop dockerd (process $(cat /var/run/docker.pid)) and try again"

read -r version driver < <(docker info --format '{{.ServerVersion}} {{.Driver}}')
[[ $driver == overlay2 ]] ||
	echo "services: docker stores images with $driver, not overlay2: /var/lib/docker should be on ext4 or xfs" >&2
up docker "$version, $driver, $DOCKER_HOST"
