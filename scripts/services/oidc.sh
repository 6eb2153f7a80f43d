#!/usr/bin/env bash
# node-oidc-provider, with which tests log in as people do at a hospital's OpenID
# provider. Tests start one of their own: no daemon is left here.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")
readonly home=/var/lib/raddeploy-oidc

if ! have node || ! cmp -s "$here/oidc/package-lock.json" "$home/package-lock.json" || ! [[ -d $home/node_modules/oidc-provider ]]; then
	one_at_a_time
	have node npm || install_packages nodejs npm
	install -d "$home"
	cp "$here/oidc/"*.json "$home"
	(cd "$home" && npm ci --no-audit --no-fund --ignore-scripts >"$service_log/npm.log" 2>&1) ||
		die "cannot install oidc-provider: the reason is at the end of $service_log/npm.log"
fi
cmp -s "$here/oidc/provider.js" "$home/provider.js" || cp "$here/oidc/provider.js" "$home"

up oidc "oidc-provider $(node -p "require('$home/node_modules/oidc-provider/package.json').version")"
