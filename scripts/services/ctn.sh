#!/usr/bin/env bash
# ctn's send_image: a sender that opens one association for each SOP class.
source "$(dirname "$0")/lib.sh"

if ! command -v send_image >/dev/null; then
	one_at_a_time
	install_packages ctn
fi

up ctn "$(dpkg-query -W -f '${Version}' ctn)"
