#!/usr/bin/env bash
# A Slurm cluster of two nodes on this machine, without accounting: munge,
# slurmctld, and a slurmd for each node.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")

conf=/etc/slurm/slurm.conf
gres=/etc/slurm/gres.conf
state=/var/lib/raddeploy-slurm
nodes=(n1 n2)
gpus=4 # of each node

credentials_work() { munge -n | unmunge; }
controller_answers() { timeout 3 scontrol ping | grep -q "is UP"; }
node_takes_jobs() {
	timeout 3 sinfo --noheader --Node --nodes="$1" --format %T | grep -qxE "idle|mixed|allocated|completing"
}
all_take_jobs() {
	timeout 3 sinfo --noheader --Node --format %T | grep -qxE "idle|mixed|allocated|completing" || return
	local node
	[[ ! -s $conf ]] || ours || return 0
	for node in "${nodes[@]}"; do node_takes_jobs "$node" || return; done
}

# ours tells whether Slurm's files may be written: each is missing, or was
# written by this script.
ours() {
	local file
	for file in "$conf" "$gres"; do
		[[ ! -s $file ]] || grep -q 'make services-slurm' "$file" || return
	done
}

# wanted prints slurm.conf for this machine.
wanted() {
	sed -e "s/@HOST@/$(hostname -s)/g" -e "s/@MEMORY@/$(memory)/" -e "s/@GPUS@/$gpus/" "$here/slurm.conf.in"
}

# wanted_gres prints gres.conf. Slurm 22.05 ignores a GPU without a device file,
# so each is a link to the null device: jobs get a number, and nothing computes.
wanted_gres() {
	echo "# Written by RadDeploy's \`make services-slurm\`."
	echo "Name=gpu File=$state/gpu[0-$((gpus - 1))]"
}

up_to_date() { ! ours || { diff -q <(wanted) "$conf" && diff -q <(wanted_gres) "$gres"; }; }

# configure writes Slurm's files, and stops what runs with those that an earlier
# version of this script wrote.
configure() {
	! quiet up_to_date || return 0
	halt slurmd "$state/node/slurmd.pid"
	for node in "${nodes[@]}"; do halt "slurmd-$node" "$state/$node/slurmd.pid"; done
	halt slurmctld "$state/controller/slurmctld.pid"
	install -d -o slurm -g slurm "$state" "$state/controller"
	local gpu
	for ((gpu = 0; gpu < gpus; gpu++)); do ln -sfn /dev/null "$state/gpu$gpu"; done
	wanted_gres >"$gres"
	wanted >"$conf"
}

# halt NAME PIDFILE stops a daemon that this script started, and waits until it
# is gone.
halt() {
	local pid
	quiet systemctl stop "raddeploy-$1" || true
	pid=$(pid_of "$1" || cat "$2" 2>/dev/null) || return 0
	is_running "$pid" slurm || return 0
	kill "$pid"
	for _ in {1..100}; do is_running "$pid" slurm || return 0; sleep 0.1; done
	kill -KILL "$pid"
}

# memory prints nine tenths of this machine's memory in MiB: each of the nodes
# offers it.
memory() { awk '/^MemTotal:/ { print int($2 / 1024 * 0.9) }' /proc/meminfo; }

# Tests start clusters of their own with accounting, which needs these programs
# and no daemon of this machine's.
if ! quiet up_to_date || ! quiet all_take_jobs || ! have slurmdbd sacctmgr mariadbd; then
	one_at_a_time
	install_packages munge slurmctld slurmd slurm-client slurmdbd mariadb-server-core
	configure
	if ! quiet credentials_work; then
		install -d -o munge -g munge /run/munge
		as_user munge daemon munge munged --foreground
		wait_for munge 30 credentials_work
	fi
	quiet controller_answers || daemon slurmctld slurmctld -D
	wait_for slurmctld 30 controller_answers
	if ours; then
		for node in "${nodes[@]}"; do
			install -d "$state/$node"
			quiet node_takes_jobs "$node" || daemon "slurmd-$node" slurmd -D -N "$node"
		done
		for node in "${nodes[@]}"; do wait_for "slurmd-$node" 60 node_takes_jobs "$node"; done
	else
		daemon slurmd slurmd -D
		wait_for slurmd 60 all_take_jobs
	fi
fi

up slurm "$(scontrol --version | cut -d' ' -f2), $(sinfo --noheader --format '%D nodes, %c CPUs and %m MB each' | head -n 1)"
