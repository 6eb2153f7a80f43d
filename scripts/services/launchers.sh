#!/usr/bin/env bash
# What runs containers on the nodes of the Slurm cluster: runc, charliecloud and
# podman. Images come from the registry, so there is nothing to start and
# nothing to convert. apptainer and pyxis are not packaged by Debian. bindfs
# shows the tests a shared folder as a network's file system does.
# examples/executor-podman is tested with the same podman.
source "$(dirname "$0")/lib.sh"

if ! have runc ch-run podman unshare findmnt bindfs; then
	one_at_a_time
	install_packages runc charliecloud podman util-linux bindfs
fi

up launchers "$(runc --version | sed -n '1s/ version//p'), charliecloud $(USER=root ch-run --version 2>&1), $(podman --version | sed 's/ version//')"
