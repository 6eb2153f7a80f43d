#!/usr/bin/env bash
# dcmtk's command-line tools: storescu, storescp, echoscu, dcmdump, dump2dcm, and
# GDCM's, of which gdcmconv decodes JPEG 2000.
source "$(dirname "$0")/lib.sh"

if ! command -v storescu >/dev/null || ! command -v gdcmconv >/dev/null; then
	one_at_a_time
	install_packages dcmtk libgdcm-tools
fi

up dcmtk "$(storescu --version | awk 'NR == 1 { print $3 }')"
