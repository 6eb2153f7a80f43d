#!/usr/bin/env bash
# Chromium, in which tests look at the agent's pages.
source "$(dirname "$0")/lib.sh"

if ! command -v chromium >/dev/null; then
	one_at_a_time
	install_packages chromium
fi

up chromium "$(chromium --version --no-sandbox 2>/dev/null | awk '{ print $2 }')"
