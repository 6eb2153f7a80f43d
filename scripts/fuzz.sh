#!/usr/bin/env bash
# Runs fuzz targets of the main module, each for as long as is said: all, or those
# of the folders named. One of them uses one core, and as many run at once as there
# are. An input that fails is written to the testdata/fuzz of its package: with it,
# the target's test fails from then on.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

time=${1:?say for how long, such as 1m}
shift
# go test takes no count that is meant for tests
GOFLAGS=${GOFLAGS:-}
export GOFLAGS=${GOFLAGS//-count=1/}

# fuzz PACKAGE TARGET runs one target and prints one line, or all that it said if
# it failed. Inputs are hardly made smaller, which took most of the time. go test
# sometimes calls the end of the time a failure.
fuzz() {
	local said status=0
	said=$(go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 20x -parallel 1 "$1" 2>&1) || status=1
	if ((status)) && [[ $said == *'context deadline exceeded'* && $said != *'Failing input'* && $said != *panic* ]]; then
		status=0
	fi
	if ((status)); then
		printf '%s\nFAIL\t%s %s\n' "$said" "$1" "$2"
	else
		printf 'ok  \t%s %s\t%s\n' "$1" "$2" "$(grep -o 'execs: [0-9]*' <<<"$said" | tail -n 1)"
	fi
	return "$status"
}
export -f fuzz
export time

# targets prints PACKAGE TARGET for each fuzz target below some folders.
targets() {
	grep -rlE '^func Fuzz' --include='*_test.go' "$@" | while read -r file; do
		sed -nE "s|^func (Fuzz[A-Za-z0-9_]*)\(.*|./$(dirname "$file") \1|p" "$file"
	done | sort
}

(($#)) || set -- core sdk plugins
targets "$@" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 bash -c 'fuzz "$@"' fuzz
