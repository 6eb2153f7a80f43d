#!/usr/bin/env bash
# Runs the tests of every module named, and prints go test's line for each
# package, what failed tests said, and which tests were skipped and why: go test
# itself keeps quiet about those. At the end it prints what the tests of some
# packages cover, and fails where that is too little.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

# Packages of core that are measured, each with the packages below it.
measured=(match schedule assemble deliver operate retain)
# Packages whose tests take long, most of which is waiting for containers, daemons and clusters.
# They begin first, so that none of them is what is left at the end.
long=(core/e2e plugins/slurm core/e2e/crash sdk/conformance plugins/containerd plugins/docker core/skeleton
	examples/executor-python core/cli plugins/process sdk/engine)

work=$(mktemp -d) || exit
beside=
trap '[[ -z $beside ]] || kill -- "-$beside" 2>/dev/null; rm -rf "$work"' EXIT

# run MODULE ARGS... runs tests of a module, as many packages at once as there are cores, and of
# a package three times as many of the tests that may run beside others: most wait more than they
# compute. What go vet finds is make lint's.
cores=$(getconf _NPROCESSORS_ONLN)
run() {
	go test -C "$1" -v -vet=off -p "$cores" -parallel $((3 * cores)) -timeout 30m "${@:2}" 2>&1 |
		awk -f scripts/test.awk
}

# measure runs the tests of the packages that are measured, each by itself, so that only a
# package's own tests count.
measure() {
	local name status=0
	for name in "${measured[@]}"; do
		run . -coverpkg "./core/$name/..." -coverprofile "$work/$name" "./core/$name/..." || status=1
	done
	return "$status"
}

# main_module runs the tests of the main module that are not measured.
main_module() {
	local alternatives rest
	alternatives=$(IFS='|' && echo "core/(${measured[*]})(/.*)?|${long[*]}")
	mapfile -t rest < <(go list -e ./... | grep -vE "^[^/]+/[^/]+/[^/]+/($alternatives)\$")
	((${#rest[@]})) || return 1
	run . "${long[@]/#/./}" "${rest[@]}"
}

# others runs the tests of the other modules named.
others() {
	local module status=0
	for module in "$@"; do
		[[ $module == . ]] || run "$module" ./... || status=1
	done
	return "$status"
}

status=0
if [[ " $* " == *" . "* ]]; then
	measure || status=1
	set -m # a group of its own, which ends with this script
	others "$@" >"$work/others" &
	beside=$!
	set +m
	main_module || status=1
	wait "$beside" || status=1
	beside=
	cat "$work/others"
	bash scripts/coverage.sh "$work" "${measured[@]}" || status=1
else
	others "$@" || status=1
fi
exit "$status"
