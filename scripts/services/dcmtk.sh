#!/usr/bin/env bash
# dcmtk's command-line tools: storescu, storescp, echoscu, dcmdump, dump2dcm.
source "$(dirname "$0")/lib.sh"

if ! command -v storescu dcmdump >/dev/null; then
	one_at_a_time
	install_packages dcmtk
fi

up dcmtk "$(storescu --version | awk 'NR == 1 { print $3 }')"
