#!/usr/bin/env bash
# The shells whose completion is tested.
source "$(dirname "$0")/lib.sh"

if ! have bash zsh fish; then
	one_at_a_time
	install_packages bash zsh fish
fi

up shells "bash $(bash -c 'echo "${BASH_VERSION%%(*}"'), $(zsh --version | cut -d ' ' -f 1,2), $(fish --version | sed 's/, version//')"
