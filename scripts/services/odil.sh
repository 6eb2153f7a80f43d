#!/usr/bin/env bash
# odil's command-line tool and its library for Debian's Python.
source "$(dirname "$0")/lib.sh"

if ! have odil || ! quiet /usr/bin/python3 -I -c 'import odil'; then
	one_at_a_time
	install_packages odil python3-odil
fi

up odil "$(dpkg-query -W -f '${Version}' odil)"
