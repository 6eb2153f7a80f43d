#!/usr/bin/env bash
# Orthanc, a DICOM server that takes whatever is sent: DICOM on 4242, its REST
# API on 127.0.0.1:8042.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")

answers() { curl --silent --fail --max-time 2 http://127.0.0.1:8042/system; }

if ! quiet answers; then
	one_at_a_time
	install_packages orthanc curl
	install -d -o orthanc -g orthanc /var/lib/raddeploy-orthanc
	cp "$here/orthanc.json" /var/lib/raddeploy-orthanc/orthanc.json
	as_user orthanc daemon orthanc Orthanc /var/lib/raddeploy-orthanc/orthanc.json
	wait_for orthanc 60 answers
fi

up orthanc "$(answers | sed -n 's/.*"Version" : "\(.*\)".*/\1/p'), DICOM 4242, http://127.0.0.1:8042"
