#!/bin/bash
# One attempt at a task, written by RadDeploy. What follows the settings is the
# same in each.
# shellcheck disable=SC2154 # the settings assign them
set -u
umask 022
@SETTINGS@
inputs() {
:
@INPUTS@
}
outputs() {
:
@OUTPUTS@
}
prepare() {
:
@PREPARE@
}
run() {
:
@RUN@
}
cleanup() {
:
@CLEANUP@
}

# now prints nanoseconds since 1970.
now() { date +%s%N; }

# record NAME writes standard input to a file of the attempt's folder, in one step.
record() { cat >"$folder/.$1.$me" && mv -f "$folder/.$1.$me" "$folder/$1"; }

# claim makes this job the attempt's only one. A file system that did it but
# whose answer was lost is asked again.
claim() {
	printf '%s\n' "$me" >"$folder/.claim.$me"
	ln "$folder/.claim.$me" "$folder/claim" 2>/dev/null
	rm -f "$folder/.claim.$me"
	[[ $(cat "$folder/claim") == "$me" ]]
}

# finish REASON CODE tells how it ended. Nothing can follow.
finish() {
	local message=''
	trap '' TERM USR1 USR2
	[[ -s $RADDEPLOY_MESSAGE ]] && message=$(head -c 2000 "$RADDEPLOY_MESSAGE" | tr '\n' ' ')
	[[ -s $RADDEPLOY_DIGEST ]] && digest=$(head -c 200 "$RADDEPLOY_DIGEST" | tr '\n' ' ')
	# Not a here-document, for which bash may need a file in /tmp.
	printf '%s\n' "reason $1" "code $2" "node $node" "started ${started:-0}" "finished ${finished:-$(now)}" "asked $asked" \
		"stdout $(size stdout)" "stderr $(size stderr)" "cpu $cpu" "digest $digest" "message $message" end | record exit
	sync "$folder/exit" 2>/dev/null
	rm -rf "$RADDEPLOY_SCRATCH" 2>/dev/null || chmod -R u+rwX "$RADDEPLOY_SCRATCH" 2>/dev/null && rm -rf "$RADDEPLOY_SCRATCH"
	case $1 in exited) ((code > 255)) && exit 1 || exit "$2" ;; *) exit 1 ;; esac
}

size() { stat -c %s "$folder/$1" 2>/dev/null || echo 0; }

# after SECONDS SIGNAL sends this script a signal when the time is over, unless
# the job has ended first.
after() {
	local main=$$
	(
		trap 'kill "$sleeper" 2>/dev/null; exit' TERM
		sleep "$1" &
		sleeper=$!
		wait "$sleeper" && kill "-$2" "$main" 2>/dev/null
	) </dev/null >/dev/null 2>&1 &
	timers+=($!)
}

# Signals. TERM: the attempt is to end; the executor has written how long it
# has. USR1: it has no time left. USR2: it exceeds its time.
asked='' child='' told='' whole=1 code=0
timers=()
on_term() {
	local grace=''
	[[ -n $asked ]] || asked=stop
	[[ -r $folder/stop ]] && grace=$(sed -n 's/^grace //p' "$folder/stop")
	[[ -n $grace ]] && after "$grace" USR1
	ask
}
on_force() {
	[[ -n $asked ]] || asked=stop
	[[ -n $child ]] || return
	kill -KILL -- "-$child" 2>/dev/null
	(cleanup) </dev/null >&2
}
on_time() {
	[[ -n $asked ]] || asked='time'
	after "$grace_of_time" USR1
	ask
}

# ask tells the child to end, once, for many a program takes a second TERM for
# an order to drop everything: the container's own process, whose children are
# its own affair, or all of what prepares it.
ask() {
	[[ -n $child && $told != "$child" ]] || return
	told=$child
	: >"$RADDEPLOY_SCRATCH/.asked" # a child that bash has just forked drops signals
	kill -TERM -- "${whole:+-}$child" 2>/dev/null
}

# attend FUNCTION runs it in a process group of its own, whose leader it is, and
# waits for its end however many signals come. One that came before there was a
# child is passed on; outputs are moved whatever was asked before.
attend() {
	set -m
	unasked "$1" &
	child=$!
	set +m
	[[ -z $asked || $1 == outputs ]] || ask
	while :; do
		wait "$child"
		code=$?
		kill -0 "$child" 2>/dev/null || break
	done
	wait "$child" 2>/dev/null # its own code, if a signal came first
	local own=$?
	((own == 127)) || code=$own
	child=''
}

unasked() {
	[[ $1 == outputs || ! -e $RADDEPLOY_SCRATCH/.asked ]] || exit 143
	"$1"
}

# readable FOLDER lets the job's user read what the container's process left
# there, whatever modes it gave. Root can anyway.
readable() { [[ $EUID == 0 ]] || chmod -R u+rwX "$1" 2>/dev/null || :; }

# move_out FROM TO puts a folder's files into an empty one on the shared file
# system, in one step where it can be replaced.
move_out() {
	local beside
	readable "$1"
	beside=$(dirname "$2")/.$(basename "$2").raddeploy
	rm -rf "$beside"
	if cp -a "$1" "$beside" 2>/dev/null; then
		mv -T "$beside" "$2" 2>/dev/null && return
		rm -rf "$beside"
	fi
	cp -a "$1/." "$2/"
}

run_here() { exec </dev/null >>"$folder/stdout" 2>>"$folder/stderr"; run; }

me=$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}
node=${SLURMD_NODENAME:-$(hostname -s)}
started='' finished='' cpu=''
trap on_term TERM
trap on_force USR1
trap on_time USR2
cd "$folder" || exit 1
[[ ! -e $folder/exit ]] || exit 0
RADDEPLOY_MESSAGE=$folder/message RADDEPLOY_DIGEST=$folder/digest RADDEPLOY_OOM=$folder/oom
if ! claim; then
	# Another job of the attempt runs it; or this one did, was lost with its
	# node, and Slurm started it again.
	[[ $(cat "$folder/claim") == "$SLURM_JOB_ID".* ]] || exit 0
	RADDEPLOY_SCRATCH=$folder/none
	echo "Slurm started the job again after it had lost its node" >"$RADDEPLOY_MESSAGE"
	finish requeued 1
fi

# What earlier attempts of this user left on this node goes too, if their
# folders are gone and not just out of sight.
for left in "$scratch"/raddeploy-*; do
	[[ -O $left && ! -L $left && -s $left/.of ]] || continue
	of=$(cat "$left/.of")
	[[ -d ${of%/*} && ! -d $of ]] || continue
	# Its launcher's own words: a container that is outside of the job's
	# processes may still run.
	[[ -s $left/.cleanup ]] && RADDEPLOY_SCRATCH=$left RADDEPLOY_OOM=/dev/null timeout -k 5 60 bash -u "$left/.cleanup" </dev/null >&2
	rm -rf "$left"
done
RADDEPLOY_SCRATCH=$scratch/raddeploy-$attempt
export RADDEPLOY_SCRATCH RADDEPLOY_MESSAGE RADDEPLOY_DIGEST RADDEPLOY_OOM
[[ -n ${HOME-} ]] || unset HOME # then ~ is what the system says
export HOME=${HOME:-~} USER=${USER:-$(id -un)} SLURM_EXPORT_ENV=ALL
# Nobody else on the node may look into the attempt's scratch, or have made it
# first.
mkdir -p "$scratch"
[[ -O $RADDEPLOY_SCRATCH && ! -L $RADDEPLOY_SCRATCH ]] && rm -rf "$RADDEPLOY_SCRATCH"
if ! mkdir -m 700 "$RADDEPLOY_SCRATCH" || ! printf '%s' "$folder" >"$RADDEPLOY_SCRATCH/.of" ||
	! { declare -f cleanup && echo cleanup; } >"$RADDEPLOY_SCRATCH/.cleanup"; then
	echo "$RADDEPLOY_SCRATCH cannot be made on the node: see whether the disk is full, and that it is not somebody else's" >"$RADDEPLOY_MESSAGE"
	RADDEPLOY_SCRATCH=$folder/none
	finish start 1
fi

printf 'pulling %s %s %s\n' "$(now)" "$node" "$SLURM_JOB_ID" | record phase
attend prepare </dev/null >&2
[[ -z $asked ]] || finish asked 1
((code == 0)) || finish image "$code"

attend inputs </dev/null >&2
[[ -z $asked ]] || finish asked 1
if ((code)); then
	[[ -s $RADDEPLOY_MESSAGE ]] || echo "the input could not be copied to the node's scratch folder $scratch: the job's log says why" >"$RADDEPLOY_MESSAGE"
	finish start "$code"
fi

: >>"$folder/stdout"
: >>"$folder/stderr"
[[ -z $asked ]] || finish asked 1
started=$(now)
printf 'running %s %s %s\n' "$started" "$node" "$SLURM_JOB_ID" | record phase
[[ -z $timeout ]] || after "$timeout" USR2
whole=''
attend run_here
whole=1
finished=$(now)
ended=$code reason=exited
for timer in "${timers[@]+"${timers[@]}"}"; do kill "$timer" 2>/dev/null; done
trap '' USR2
cpu=$(times | tail -n 1)
(cleanup) </dev/null >&2
if [[ -e $RADDEPLOY_OOM && -z $asked ]]; then reason=oom; fi
if ((ended)) && [[ -s $RADDEPLOY_MESSAGE && -z $asked ]]; then reason=start; fi
attend outputs </dev/null >&2
if ((code)) && [[ -z $asked ]]; then
	[[ -s $RADDEPLOY_MESSAGE ]] || echo "the output could not be moved to the shared file system: the job's log says why" >"$RADDEPLOY_MESSAGE"
	finish start "$code"
fi
[[ -z $asked ]] || reason=asked
code=$ended
finish "$reason" "$ended"
