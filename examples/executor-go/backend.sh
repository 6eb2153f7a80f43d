#!/bin/sh
# The stand-in for a real system: one of these runs one task, in the attempt's
# folder, and outlives the plugin. It needs the programs of util-linux (unshare,
# mount, pivot_root, setpriv, setsid) and coreutils. A task is root in a root of
# its own, without the capabilities that lead out of it; but it sees the host's
# processes and network. It isolates trusted programs from each other; it is not
# a security boundary.
#
#   sh backend.sh supervise TIMEOUT NICE UNSHARE-FLAGS [ROLE SOURCE TARGET]… -- DIR COMMAND…
#
# File 3 is locked for as long as this process lives. File 4 is a pipe:
# "started" from the task, and requests to end it, "REASON GRACE". It leaves the
# files began, started (with something in it once the command runs), problem
# (why it does not), and exit: "REASON CODE".
set -u

# supervise starts the task in a session and a mount namespace of its own, ends
# it when that is asked for or due, and notes how it ended.
supervise() {
	timeout=$1 nice=$2 flags=$3
	shift 3
	: >began
	: >started
	# shellcheck disable=SC2086 # several flags
	setsid nice -n "$nice" unshare $flags sh backend.sh inside "$@" 3>&- &
	task=$!
	exec >/dev/null 2>&1 # what the shell says of the task's end is not the task's output
	while read -r reason grace; do
		case $reason-$timeout in
		started-0.000) continue ;; # it may take as long as it likes
		started-*)
			{ sleep "$timeout" && echo "timed-out 2" >&4; } & # as if that were asked for then
			continue
			;;
		esac
		[ -e reason ] || echo "$reason" >reason # the first one counts
		send TERM || kill -s TERM "$task"       # if it has no session of its own yet
		{ sleep "$grace" && send KILL; } &
	done <&4 3>&- &
	wait "$task"
	code=$?
	send KILL # to what it has left running
	trap '' TERM
	kill -s TERM 0 # those who waited for requests, the timeout or a grace
	while [ "$1" != -- ]; do # whatever the task has locked, the agent may read it, who need not be root
		[ "$1" != output ] || chmod -R u+rwX "$2"
		shift 3
	done
	reason=exited
	[ -s started ] || reason=failed
	[ ! -e reason ] || reason=$(cat reason)
	echo "$reason $code" >exit.new
	mv exit.new exit
}

# send sends a signal to all processes of the task. Shells differ in how a group
# is written.
send() {
	kill -s "$1" -- "-$task" || kill -s "$1" "-$task"
}

# inside makes a root of this host's programs and the task's mounts, and becomes
# the command. Its mounts vanish with its namespace.
inside() {
	exec 5>&2 2>problem 6>>started
	set -e
	mkdir -p root copies
	mount --bind root root # pivot_root wants a mount
	mkdir -p root/dev root/proc root/tmp root/host
	chmod 1777 root/tmp
	for folder in bin sbin lib lib32 lib64 libx32 usr etc opt; do
		if [ -L "/$folder" ]; then
			ln -s "$(readlink "/$folder")" "root/$folder"
		elif [ -d "/$folder" ]; then
			mkdir "root/$folder"
			mount --rbind "/$folder" "root/$folder"
			read_only "root/$folder" || : # whoever is not root cannot write there anyway
		fi
	done
	mount --rbind /proc root/proc
	read_only root/proc # the kernel's settings are the host's, and belong to its root
	for device in null zero full random urandom; do
		: >"root/dev/$device"
		mount --bind "/dev/$device" "root/dev/$device"
	done
	ln -s /proc/self/fd root/dev/fd
	ln -s fd/0 root/dev/stdin
	ln -s fd/1 root/dev/stdout
	ln -s fd/2 root/dev/stderr
	while [ "$1" != -- ]; do
		mkdir -p "root$3"
		case $1 in
		output) mount --bind "$2" "root$3" ;;
		static)
			mount --rbind "$2" "root$3"
			read_only "root$3"
			;;
		input | scratch) # the task may write into it, and nobody else sees that
			own=$(mktemp -d copies/XXXXXX)
			chmod 755 "$own"
			[ "$1" = scratch ] || cp -R "$2/." "$own"
			mount --bind "$own" "root$3"
			;;
		esac
		shift 3
	done
	mkdir -p "root$2"
	shift
	cd root
	pivot_root . host # whoever is root gets out of a mere chroot
	cd /
	umount -l host
	rmdir host
	keeps=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid
	# shellcheck disable=SC2016 # $0 and "$@" are for the inner shell
	exec setpriv --no-new-privs --bounding-set=$keeps --inh-caps=-all /bin/sh -c 'cd "$0" && echo >&6 && echo started >&4 && exec "$@" 2>&5 4>&- 5>&- 6>&-' "$@"
}

# read_only makes a mount read-only. In a user namespace that is possible only
# with the flags that the file system is mounted with.
read_only() {
	mount -o remount,bind,ro "$1" 2>/dev/null ||
		mount -o remount,bind,ro,nosuid,nodev "$1" 2>/dev/null ||
		mount -o remount,bind,ro,nosuid,nodev,noexec "$1"
}

"$@"
