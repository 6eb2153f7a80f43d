#!/usr/bin/env bash
# dcmjs-dimse, a DICOM library of JavaScript, and node, below /var/lib/raddeploy-dcmjs.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")/dcmjs")
readonly home=/var/lib/raddeploy-dcmjs

installed() { have node && cmp -s "$here/package-lock.json" "$home/package-lock.json" && [[ -d $home/node_modules/dcmjs-dimse ]]; }

if ! installed; then
	one_at_a_time
	have node || install_packages nodejs
	have npm || install_packages npm
	rm -rf "$home"
	mkdir -p "$home.new"
	cp "$here/package.json" "$here/package-lock.json" "$home.new"
	# a request that hangs is made again
	npm ci --prefix "$home.new" --ignore-scripts --no-audit --no-fund --fetch-timeout=30000 --fetch-retries=5 \
		>"$service_log/npm.log" 2>&1 || die "cannot install dcmjs-dimse: the reason is in $service_log/npm.log"
	mv "$home.new" "$home"
fi

up dcmjs "$(sed -n 's/.*"dcmjs-dimse": "\(.*\)".*/\1/p' "$here/package.json"), node $(node --version)"
