#!/usr/bin/env bash
# debtest.sh DEB has lintian judge a package, then installs, upgrades, removes and purges
# it in a Debian of its own (debootstrap, root), and checks after each step what a site
# would find. The upgrade is from the package of an earlier commit, OLDER, whose agent has
# left data; by default the commit that brought the package. CHROOT names a folder with a
# Debian that is used and left as it is found.
set -euo pipefail

deb=$(readlink -f "$1")
cd "$(dirname "$0")/.."
older=${OLDER:-$(git log --diff-filter=A --format=%H -- scripts/deb.sh | tail -n 1)}
work=$(mktemp -d)
root=$work/root
cleanup() {
	umount "$root/proc" 2>/dev/null || true
	git worktree remove --force "$work/older" 2>/dev/null || true
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT

fail() {
	printf 'debtest: %s\n' "$*" >&2
	exit 1
}
within=(/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive)
inside() { chroot "$root" "${within[@]}" "$@"; }
check() { # check WHAT COMMAND…
	inside "${@:2}" >/dev/null || fail "$1"
	printf 'debtest: %s\n' "$1"
}

needed=(lintian)
[[ -n ${CHROOT:-} ]] || needed+=(debootstrap)
for program in "${needed[@]}"; do
	command -v "$program" >/dev/null || fail "$program is missing: apt-get install $program"
done
lintian --allow-root --fail-on error,warning "$deb" || fail "lintian finds something wrong"

# agent_works has the agent work on the site's data for a moment: it becomes ready, and
# ends when it is told to. What its database has seen is kept.
agent_works() {
	cat >"$root/tmp/test.hcl" <<-'HCL'
		dicom {
		  listen = "127.0.0.1:0"
		}
		http {
		  listen = "127.0.0.1:0"
		}
		retention {
		  reserve = "1MiB"
		}
		executor "process" {
		  cpus = 1
		}
	HCL
	# not by inside, whose shell would be the job, and not the agent
	chroot "$root" "${within[@]}" setpriv --reuid=raddeploy --regid=raddeploy --clear-groups \
		timeout --foreground --preserve-status 600 raddeploy agent -config /etc/raddeploy/site.hcl -config /tmp/test.hcl >"$work/agent.log" 2>&1 &
	local job=$!
	for ((i = 0; i < 1200; i++)); do
		! grep -q 'agent is ready' "$work/agent.log" || break
		kill -0 "$job" 2>/dev/null || break
		sleep 0.1
	done
	grep -q 'agent is ready' "$work/agent.log" || { cat "$work/agent.log" >&2; fail "the agent does not start on the data: $1"; }
	kill "$job"
	wait "$job" || { cat "$work/agent.log" >&2; fail "the agent does not end as it should: $1"; }
	printf 'debtest: %s\n' "$1"
}

# The package of an earlier commit.
git worktree add --quiet --detach "$work/older" "$older"
make --no-print-directory -C "$work/older" dist-amd64 >/dev/null

if [[ -n ${CHROOT:-} ]]; then
	cp -a "$CHROOT" "$root"
else
	debootstrap --variant=minbase --include=adduser,init-system-helpers bookworm "$root" >/dev/null
fi
mount -t proc proc "$root/proc"
cp "$work"/older/dist/raddeploy_*_amd64.deb "$root/older.deb"
cp "$deb" "$root/first.deb"

# The same package under a later version.
dpkg-deb -R "$deb" "$work/later"
sed -i 's/^Version: .*/&+later/' "$work/later/DEBIAN/control"
echo '# a new comment' >>"$work/later/etc/raddeploy/site.hcl"
dpkg-deb --root-owner-group -Znone -b "$work/later" "$root/second.deb" >/dev/null

inside dpkg -i /older.deb >/dev/null
before=$(inside raddeploy version)
agent_works "an earlier version's agent leaves data"
inside dpkg -i /first.deb >/dev/null
[[ $(inside raddeploy version) != "$before" ]] || fail "the upgrade from $before changed nothing"
agent_works "the agent goes on with an earlier version's data"
check "the program is on the path" raddeploy version
check "its executors are found" raddeploy plugin inspect process
check "the site's file is valid" raddeploy validate /etc/raddeploy/site.hcl
check "the user is there, without a shell" sh -c 'getent passwd raddeploy | grep -q nologin'
check "the data folder is closed to others" sh -c '[ "$(stat -c "%a %U" /var/lib/raddeploy)" = "700 raddeploy" ]'
check "the service is enabled" test -e /etc/systemd/system/multi-user.target.wants/raddeploy.service

inside sh -c 'echo "name = \"ours\"" >>/etc/raddeploy/site.hcl; echo kept >/var/lib/raddeploy/kept; echo "name: f" >/etc/raddeploy/flows/f.yaml'
inside dpkg --force-confdef --force-confold -i /second.deb >/dev/null
check "an upgrade keeps what the site changed" grep -q ours /etc/raddeploy/site.hcl
check "an upgrade keeps the data" test -s /var/lib/raddeploy/kept -a -s /var/lib/raddeploy/state.db
check "an upgrade keeps the flows" test -e /etc/raddeploy/flows/f.yaml

inside dpkg -r raddeploy >/dev/null 2>&1
check "a removal takes the program" sh -c '! command -v raddeploy'
check "a removal keeps the site's file" test -e /etc/raddeploy/site.hcl

inside dpkg -P raddeploy >/dev/null 2>&1
check "a purge takes the site's file" test ! -e /etc/raddeploy/site.hcl
check "a purge takes the service" test ! -e /etc/systemd/system/multi-user.target.wants/raddeploy.service
check "a purge keeps the data" test -s /var/lib/raddeploy/kept -a -s /var/lib/raddeploy/state.db
check "a purge keeps the flows" test -e /etc/raddeploy/flows/f.yaml

inside dpkg -i /second.deb >/dev/null
check "it can be installed again" raddeploy version
