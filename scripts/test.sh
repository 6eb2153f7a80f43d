#!/usr/bin/env bash
# Runs the tests of every module named, and prints go test's line for each
# package, what failed tests said, and which tests were skipped and why: go test
# itself keeps quiet about those. At the end it prints what the tests of some
# packages cover, and fails where that is too little.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

# Packages of core that are measured, each with the packages below it.
measured=(match schedule assemble deliver operate retain)
profiles=$(mktemp -d) || exit
trap 'rm -rf "$profiles"' EXIT

# Packages at once: half as many as there are cores, since the daemons and
# containers that tests start need some too.
cores=$(getconf _NPROCESSORS_ONLN)

# run MODULE ARGS... runs tests of a module.
run() { go test -C "$1" -v -p $(((cores + 1) / 2)) -timeout 20m "${@:2}"; }

# main_module runs the tests of the main module, each once. What is measured
# runs by itself, so that only a package's own tests count.
main_module() {
	local name rest status=0
	for name in "${measured[@]}"; do
		run . -coverpkg "./core/$name/..." -coverprofile "$profiles/$name" "./core/$name/..." || status=1
	done
	mapfile -t rest < <(go list -e ./... | grep -vE "/core/($(IFS='|' && echo "${measured[*]}"))(/|\$)")
	((${#rest[@]})) || return 1
	run . "${rest[@]}" || status=1
	return "$status"
}

status=0
for module in "$@"; do
	if [[ $module == . ]]; then main_module; else run "$module" ./...; fi 2>&1 |
		awk -f scripts/test.awk || status=1
done
if [[ " $* " == *" . "* ]]; then
	bash scripts/coverage.sh "$profiles" "${measured[@]}" || status=1
fi
exit "$status"
