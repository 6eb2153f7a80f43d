#!/usr/bin/env bash
# dist.sh VERSION ARCH packs the agent, its executors, documents, sample sites and
# examples for Linux on ARCH.
set -euo pipefail
cd "$(dirname "$0")/.."

name=raddeploy-$1-linux-$2
dir=dist/$name
rm -rf "$dir"
mkdir -p "$dir"

GOOS=linux GOARCH=$2 make --no-print-directory build BIN="$dir/bin"
cp LICENSE README.md CHANGELOG.md "$dir"
git ls-files -z configs docs examples ':!configs/*_test.go' ':!configs/debian' ':!docs/develop' | xargs -0 cp --parents -t "$dir"

# The same commit gives the same archive, byte for byte.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -C dist -c "$name" |
	gzip -9n >"$dir.tar.gz"
rm -rf "$dir"
(cd dist && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
