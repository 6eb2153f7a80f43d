#!/usr/bin/env bash
# aiosmtpd, the mail server that takes the agent's messages in tests, with TLS and logins.
# Tests start one of their own: no daemon is left here.
source "$(dirname "$0")/lib.sh"

works() { /usr/bin/python3 -I -c 'import aiosmtpd.smtp'; }

if ! quiet works; then
	one_at_a_time
	install_packages python3 python3-aiosmtpd
	quiet works || die "/usr/bin/python3 cannot import aiosmtpd: run it with -c 'import aiosmtpd' to see why"
fi

up smtp "$(/usr/bin/python3 -I -c 'import aiosmtpd; print("aiosmtpd " + aiosmtpd.__version__)')"
