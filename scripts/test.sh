#!/usr/bin/env bash
# Runs the tests of every module named, and prints go test's line for each
# package, what failed tests said, and which tests were skipped and why: go test
# itself keeps quiet about those.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

# Packages at once: half as many as there are cores, since the daemons and
# containers that tests start need some too.
cores=$(getconf _NPROCESSORS_ONLN)
status=0
for module in "$@"; do
	go test -C "$module" -v -p $(((cores + 1) / 2)) -timeout 20m ./... 2>&1 | awk -f scripts/test.awk || status=1
done
exit "$status"
