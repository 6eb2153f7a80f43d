#!/usr/bin/env bash
# systemd-analyze, which judges the agent's unit. No init is replaced: the package
# brings programs alone.
source "$(dirname "$0")/lib.sh"

if ! have systemd-analyze; then
	one_at_a_time
	install_packages systemd
fi

up systemd "$(systemd-analyze --version | sed -n '1s/ (.*//p')"
