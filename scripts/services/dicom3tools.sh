#!/usr/bin/env bash
# dicom3tools: dciodvfy and dcentvfy, which judge DICOM objects by the standard.
source "$(dirname "$0")/lib.sh"

if ! have dciodvfy dcentvfy; then
	one_at_a_time
	install_packages dicom3tools
fi

up dicom3tools "$(dpkg-query -W -f '${Version}' dicom3tools)"
