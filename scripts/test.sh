#!/usr/bin/env bash
# Runs the tests of every module named, and prints go test's line for each package, what failed tests said, and which tests
# were skipped and why: go test itself keeps quiet about those.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

status=0
for module in "$@"; do
	go test -C "$module" -v -timeout 20m ./... 2>&1 | awk -f scripts/test.awk || status=1
done
exit "$status"
