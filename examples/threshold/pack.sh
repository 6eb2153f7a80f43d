#!/usr/bin/env bash
# Builds the model and packs it as an image: pack.sh [IMAGE], default
# raddeploy/threshold:latest. Needs Go and Docker, no network.
set -euo pipefail
cd "$(dirname "$0")"

image=${1:-raddeploy/threshold:latest}
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$context/threshold" .
cp Dockerfile "$context/"
said=$(docker build --quiet --tag "$image" "$context" 2>&1) || { echo "$said" >&2; exit 1; }
echo "packed $image"
