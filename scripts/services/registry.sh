#!/usr/bin/env bash
# An image registry on loopback, which Docker and containerd reach over plain HTTP.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")

answers() { curl --silent --fail --max-time 2 --output /dev/null http://127.0.0.1:5000/v2/; }

if ! answers; then
	one_at_a_time
	install_packages docker-registry curl
	install -d -o docker-registry -g docker-registry /var/lib/raddeploy-registry
	cp "$here/registry.yml" /var/lib/raddeploy-registry/config.yml
	as_user docker-registry daemon registry docker-registry serve /var/lib/raddeploy-registry/config.yml
	wait_for registry 30 answers
fi

up registry "127.0.0.1:5000"
