#!/bin/sh
# Writes the plugin as one executable file: build.sh [FILE]
set -eu
cd "$(dirname "$0")"
file=${1:-raddeploy-executor-python}
archive=$(mktemp)
trap 'rm -f "$archive"' EXIT
python3 -m zipapp --compress --output "$archive" src
cat launch.sh "$archive" >"$file"
chmod 755 "$file"
