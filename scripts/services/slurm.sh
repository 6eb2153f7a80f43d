#!/usr/bin/env bash
# A Slurm cluster of one node without accounting: munge, slurmctld, slurmd.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")

conf=/etc/slurm/slurm.conf
state=/var/lib/raddeploy-slurm

credentials_work() { munge -n | unmunge; }
controller_answers() { timeout 3 scontrol ping | grep -q "is UP"; }
node_takes_jobs() { timeout 3 sinfo --noheader --format %T | grep -qxE "idle|mixed|allocated|completing" && scontrol show slurmd; }

# configure writes slurm.conf for this machine, and leaves one that somebody else wrote as it is.
configure() {
	[[ ! -s $conf ]] || grep -q 'make services-slurm' "$conf" || return 0
	install -d -o slurm -g slurm "$state" "$state/controller"
	install -d "$state/node"
	sed -e "s/@HOST@/$(hostname -s)/g" -e "s/@CPUS@/$(nproc)/" -e "s/@MEMORY@/$(memory)/" "$here/slurm.conf.in" >"$conf"
}

# memory prints nine tenths of this machine's memory in MiB: a node that offers more than it has is drained.
memory() { awk '/^MemTotal:/ { print int($2 / 1024 * 0.9) }' /proc/meminfo; }

if ! quiet node_takes_jobs; then
	one_at_a_time
	install_packages munge slurmctld slurmd slurm-client
	configure
	if ! quiet credentials_work; then
		install -d -o munge -g munge /run/munge
		as_user munge daemon munge munged --foreground
		wait_for munge 30 credentials_work
	fi
	quiet controller_answers || daemon slurmctld slurmctld -D
	wait_for slurmctld 30 controller_answers
	daemon slurmd slurmd -D
	wait_for slurmd 60 node_takes_jobs
fi

up slurm "$(scontrol --version | cut -d' ' -f2), $(sinfo --noheader --format '%D node, %c CPUs, %m MB')"
