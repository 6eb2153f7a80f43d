#!/usr/bin/env bash
# Checks every module named: formatting, go vet, staticcheck, tidy go.mod; then
# generated code and shell scripts. All checks run, each failed one is named,
# and any of them fails the whole.
set -euo pipefail
cd "$(dirname "$0")/.."

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
status=0

# check SAYS COMMAND... runs COMMAND and remembers a failure as SAYS.
check() {
	"${@:2}" || {
		echo "lint: $1" >&2
		status=1
	}
}

formatted() {
	local files
	files=$(git ls-files -z '*.go' | xargs -0 -r gofmt -l)
	[[ -z $files ]] || { echo "$files" && return 1; }
}

shell_scripts() {
	command -v shellcheck >/dev/null || return 0
	git ls-files -z '*.sh' .ci/run | xargs -0 -r shellcheck -x
}

check "these files need gofmt -w" formatted
for module in "$@"; do
	check "go vet in $module" go vet -C "$module" ./...
	check "go.mod in $module needs go mod tidy" go -C "$module" mod tidy -diff
	check "staticcheck in $module" env -C "$module" go run "$staticcheck" ./...
done
check "sdk/proto changed since it was generated: run make proto" sha256sum --check --quiet sdk/proto/SHA256SUMS
check "shellcheck" shell_scripts
exit "$status"
