#!/usr/bin/env bash
# Prometheus and its promtool, which hold configs/prometheus and configs/grafana to
# what they are for. Tests start a Prometheus of their own: no daemon is left here.
source "$(dirname "$0")/lib.sh"

if ! have prometheus promtool; then
	one_at_a_time
	install_packages prometheus
fi

up prometheus "$(promtool --version 2>&1 | awk 'NR == 1 { print $3 }')"
