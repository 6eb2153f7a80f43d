#!/usr/bin/env bash
# rsyslog with TLS, which takes the agent's audit messages in tests. They start one of
# their own: no daemon is left here.
source "$(dirname "$0")/lib.sh"

if ! have rsyslogd || ! [[ -e $(dpkg -L rsyslog-gnutls 2>/dev/null | grep lmnsd_gtls.so) ]]; then
	one_at_a_time
	install_packages rsyslog rsyslog-gnutls
fi

up rsyslog "$(rsyslogd -v | awk 'NR == 1 { print $2 }')"
