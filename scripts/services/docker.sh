#!/usr/bin/env bash
# Docker's daemon on its usual socket.
source "$(dirname "$0")/lib.sh"

answers() { quiet docker version --format '{{.Server.Version}}'; }

# forget_dead_daemon removes the pid file of a daemon that was killed: the next one takes whatever process has the id now for it.
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

read -r version driver < <(docker info --format '{{.ServerVersion}} {{.Driver}}')
[[ $driver == overlay2 ]] ||
	echo "services: docker stores images with $driver, not overlay2: /var/lib/docker should be on ext4 or xfs" >&2
up docker "$version, $driver, unix:///var/run/docker.sock"
