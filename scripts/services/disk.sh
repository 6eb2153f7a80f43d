#!/usr/bin/env bash
# What a test makes a disk of its own with, whose power it cuts.
source "$(dirname "$0")/lib.sh"

if ! have mkfs.ext4 mount umount; then
	one_at_a_time
	install_packages e2fsprogs mount
fi

up disk "$(mkfs.ext4 -V 2>&1 | awk 'NR == 1 { print $2 }')"
