#!/usr/bin/env bash
# A containerd of its own, apart from the one that dockerd keeps: own socket,
# own state. With CNI's plugins, in /usr/lib/cni.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")

socket=/run/raddeploy-containerd/containerd.sock

answers() { quiet ctr --address "$socket" --timeout 2s version; }

if ! answers || [[ ! -x /usr/lib/cni/ptp ]]; then
	one_at_a_time
	install_packages containerd runc containernetworking-plugins
fi
if ! answers; then
	mount_cgroups
	daemon containerd containerd --config "$here/containerd.toml"
	wait_for containerd 30 answers
fi

up containerd "$(containerd --version | cut -d' ' -f3), unix://$socket"
