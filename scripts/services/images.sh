#!/usr/bin/env bash
# busybox:latest in Docker, in the registry as 127.0.0.1:5000/busybox:latest,
# and in containerd's namespace raddeploy, built from Debian's busybox-static.
# An image of that name that is there already is kept.
source "$(dirname "$0")/lib.sh"

export DOCKER_HOST=unix:///var/run/docker.sock

image=busybox:latest
remote=127.0.0.1:5000/$image
containerd=(ctr --address /run/raddeploy-containerd/containerd.sock --namespace raddeploy)

in_docker() { quiet docker image inspect "$image"; }
in_registry() { curl --silent --fail --max-time 5 --output /dev/null http://127.0.0.1:5000/v2/busybox/manifests/latest; }
in_containerd() { [[ -n $("${containerd[@]}" images list --quiet "name==docker.io/library/$image") ]]; }

# root_filesystem lays out in DIR what a shell script expects of a system:
# busybox under all its names, users, /tmp.
root_filesystem() {
	local applet dir=$1
	mkdir -p "$dir"/{bin,dev,etc,home,proc,root,sys,usr,var}
	install -d -m 1777 "$dir/tmp"
	install "$(command -v busybox)" "$dir/bin/busybox"
	for applet in $(busybox --list); do
		[[ $applet == busybox ]] || ln -s busybox "$dir/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$dir/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$dir/etc/group"
}

build() {
	local dir
	dir=$(mktemp -d)
	chmod 755 "$dir" # it becomes /, which every user of a container enters
	root_filesystem "$dir"
	tar -C "$dir" --owner=0 --group=0 -c . |
		docker import --change 'CMD ["sh"]' --change 'ENV PATH=/bin' - "$image" >/dev/null
	rm -rf "$dir"
}

if ! in_docker || ! in_registry || ! in_containerd; then
	one_at_a_time
	install_packages busybox-static curl
	in_docker || build
	in_registry || { docker tag "$image" "$remote" && docker push --quiet "$remote" >/dev/null; }
	in_containerd || docker save "$image" | "${containerd[@]}" images import - >/dev/null
fi

up images "$image in docker, 127.0.0.1:5000 and containerd (namespace raddeploy)"
