#!/bin/sh
# Begins the plugin's one file: it finds a Python that has what the plugin
# needs, and has it run the zip archive that follows.
needs='import importlib.util as i, sys; sys.exit(sys.version_info < (3, 9) or not all(map(i.find_spec, ["grpc", "google.protobuf"])))'
beside=${0%/*}/venv/bin/python3
for python in "$beside" /usr/bin/python3 python3; do
	"$python" -I -c "$needs" 2>/dev/null && exec "$python" -I "$0" "$@"
done
echo "this plugin needs Python 3.9 or newer with grpcio and protobuf: apt-get install python3-grpcio python3-protobuf, or make a" \
	"virtual environment that has them: $beside" >&2
exit 1
