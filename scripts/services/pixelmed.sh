#!/usr/bin/env bash
# pixelmed's DICOM toolkit, and Java, which runs it.
source "$(dirname "$0")/lib.sh"

if ! have java || [[ ! -e /usr/share/java/pixelmed.jar ]]; then
	one_at_a_time
	have java || install_packages default-jre-headless
	install_packages libpixelmed-java
fi

up pixelmed "$(dpkg-query -W -f '${Version}' libpixelmed-java)"
