#!/usr/bin/env bash
# What the executor plugin in Python needs, gRPC and protobuf for Debian's Python,
# and PyYAML, with which models read their configuration.
source "$(dirname "$0")/lib.sh"

works() { /usr/bin/python3 -I -c 'import google.protobuf, grpc, yaml'; }

if ! quiet works; then
	one_at_a_time
	install_packages python3 python3-grpcio python3-protobuf python3-yaml openssl util-linux
	quiet works || die "/usr/bin/python3 cannot import grpc, google.protobuf and yaml: run it with -c 'import grpc' to see why"
fi

up python "$(/usr/bin/python3 -I -c 'import grpc, platform; print(platform.python_version() + ", grpcio " + grpc.__version__)')"
