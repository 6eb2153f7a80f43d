#!/usr/bin/env bash
# docker-compose, which runs the image of the agent in a test.
source "$(dirname "$0")/lib.sh"

if ! have docker-compose; then
	one_at_a_time
	install_packages docker-compose
fi

up compose "docker-compose $(docker-compose version --short 2>/dev/null)"
