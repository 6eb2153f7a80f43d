# shellcheck shell=bash
# Sourced by each service's script: install packages, start a daemon by hand or
# as a systemd unit, wait until it answers. A service that answers is left alone,
# whoever started it. A script calls no other: the Makefile orders them.

set -euo pipefail

readonly service_run=/var/run/raddeploy-services
readonly service_log=/var/log/raddeploy-services
readonly policy=/usr/sbin/policy-rc.d

# die prints what is wrong and what to do, and ends the script.
die() {
	printf 'services: %s\n' "$*" >&2
	exit 1
}

# up prints a service's one line: its name and what runs.
up() { printf '%-11s %s\n' "$1" "${*:2}"; }

# quiet runs a command and tells only whether it succeeded.
quiet() { "$@" >/dev/null 2>&1; }

systemd_runs() { [[ -d /run/systemd/system ]]; }

# as_root ends the script unless root runs it; WHAT says what needed root.
as_root() {
	[[ $EUID -eq 0 ]] || die "$1 needs root: run it again as root, or with sudo"
}

# one_at_a_time makes a second run wait for the first, where something is about
# to change.
one_at_a_time() {
	as_root "starting services"
	mkdir -p "$service_run" "$service_log"
	exec 9>"$service_run/lock"
	flock 9
}

# have tells whether all of the programs are there. (command -v is content with
# one of several.)
have() {
	local program
	for program in "$@"; do command -v "$program" >/dev/null || return; done
}

# install_packages installs the Debian packages that are missing, and lets none
# of their daemons start by itself.
install_packages() {
	local package missing=()
	for package in "$@"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	command -v apt-get >/dev/null || die "only Debian's packages are known here; install by hand: ${missing[*]}"
	echo "installing ${missing[*]}" >&2
	keep_daemons_off
	apt_install "${missing[@]}" || { apt update && apt_install "${missing[@]}"; } ||
		die "cannot install ${missing[*]}: the reason is at the end of $service_log/apt.log"
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$service_log/apt.log" 2>&1; }

apt_install() { apt install -y --no-install-recommends "$@"; }

# keep_daemons_off forbids package scripts to start daemons while this script
# runs: ours start with our own configuration.
keep_daemons_off() {
	[[ ! -e $policy ]] || return 0
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

# mount_cgroups gives container runtimes their control groups where neither
# systemd nor the machine's init did.
mount_cgroups() {
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

# is_running PID [PROGRAM] tells whether the process lives and, as process ids
# get reused, is PROGRAM. A dead one that nobody reaped has no program.
is_running() {
	[[ $(readlink "/proc/$1/exe" 2>/dev/null) == */"${2:-}"* ]]
}

pid_of() { cat "$service_run/$1.pid" 2>/dev/null; }

# daemon NAME PROGRAM ARGS... starts a program that stays in the foreground. It
# outlives this shell, and holds open none of its files: a caller that reads our
# output to its end would wait for the daemon's.
daemon() {
	local name=$1 fd
	shift
	if systemd_runs; then
		quiet systemctl reset-failed "raddeploy-$name" || true
		quiet systemctl is-active "raddeploy-$name" || systemd-run --quiet --unit="raddeploy-$name" -p Delegate=yes \
			-p KillMode=process -p LimitNOFILE=1048576 "${as[@]}" "$@"
		return
	fi
	! is_running "$(pid_of "$name")" "$1" || return 0
	[[ ! -e $service_log/$name.log ]] || mv "$service_log/$name.log" "$service_log/$name.log.old"
	(
		exec </dev/null >"$service_log/$name.log" 2>&1
		for fd in /proc/self/fd/*; do
			((${fd##*/} <= 2)) || eval "exec ${fd##*/}>&-"
		done
		exec setsid "${as[@]}" "$@"
	) &
	echo $! >"$service_run/$name.pid"
}

# as holds the words that daemon puts before a program: see as_user.
as=()

# as_user USER COMMAND... runs COMMAND, a call of daemon, with the daemon as USER.
as_user() {
	local as=(setpriv "--reuid=$1" "--regid=$1" --init-groups)
	"${@:2}"
}

# wait_for NAME SECONDS PROBE... waits until PROBE succeeds, and otherwise ends
# the script with the daemon's last words.
wait_for() {
	local name=$1 deadline=$((SECONDS + $2))
	until quiet "${@:3}"; do
		((SECONDS < deadline)) ||
			give_up "$name runs but does not answer after $2 s; stop process $(pid_of "$name") and try again" "$name"
		systemd_runs || is_running "$(pid_of "$name")" || give_up "$name ended" "$name"
		sleep 0.1
	done
}

give_up() {
	printf 'services: %s. The end of its log:\n' "$1" >&2
	last_words "$2" >&2
	exit 1
}

last_words() {
	if systemd_runs; then
		journalctl --no-pager -n 20 -u "raddeploy-$1"
	else
		tail -n 20 "$service_log/$1.log"
	fi
}
