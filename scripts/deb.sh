#!/usr/bin/env bash
# deb.sh VERSION ARCH packs dist/raddeploy_VERSION_ARCH.deb: the agent on $PATH, its
# executors, the service, man pages, completion, documents. It needs dpkg-deb.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

# A Debian version begins with a digit, and a hyphen has a meaning of its own.
version=${1#v}
[[ $version == [0-9]*.* ]] || version=0.0~git$(git log -1 --format=%cd --date=format:%Y%m%d%H%M%S).$version
version=${version//-/+}
arch=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/raddeploy

GOOS=linux GOARCH=$arch make --no-print-directory build BIN="$work/bin" VERSION="$1"
go build -o "$work/native" -ldflags "-X github.com/raddeploy/raddeploy/core/cli.Version=$1" .

install -D -m 755 "$work/bin/raddeploy" "$root/usr/lib/raddeploy/raddeploy"
install -D -m 755 -t "$root/usr/lib/raddeploy/plugins" "$work"/bin/plugins/*
install -d "$root/usr/bin"
ln -s ../lib/raddeploy/raddeploy "$root/usr/bin/raddeploy"
install -D -m 644 configs/raddeploy.service "$root/lib/systemd/system/raddeploy.service"
install -D -m 644 configs/debian/site.hcl "$root/etc/raddeploy/site.hcl"
install -d "$root/etc/raddeploy/flows"
install -D -m 644 /dev/stdin "$root/usr/share/bash-completion/completions/raddeploy" \
	<<<'complete -o default -C /usr/bin/raddeploy raddeploy'
install -D -m 644 configs/debian/lintian-overrides "$root/usr/share/lintian/overrides/raddeploy"

"$work/native" man "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*

install -d "$doc"
git ls-files -z README.md docs configs examples ':!configs/*_test.go' ':!configs/debian' ':!docs/develop' ':!examples/*/*' |
	xargs -0 cp --parents -t "$doc"
git ls-files -z examples/flows | xargs -0 cp --parents -t "$doc"
chmod -R u=rwX,go=rX "$doc"
find "$doc" -type f -exec chmod 644 {} +
{
	cat configs/debian/copyright.in
	sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} >"$doc/copyright"
{
	printf 'raddeploy (%s) stable; urgency=medium\n\n' "$version"
	printf '  * See CHANGELOG.md.gz.\n\n'
	printf ' -- The RadDeploy authors <raddeploy@users.noreply.github.com>  %s\n' "$(git log -1 --format=%cD)"
} | gzip -9n >"$doc/changelog.gz"
gzip -9nc CHANGELOG.md >"$doc/CHANGELOG.md.gz"

install -d "$root/DEBIAN"
install -m 755 -t "$root/DEBIAN" configs/debian/{postinst,prerm,postrm}
printf '/etc/raddeploy/site.hcl\n' >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<CONTROL
Package: raddeploy
Version: $version
Architecture: $arch
Maintainer: The RadDeploy authors <raddeploy@users.noreply.github.com>
Installed-Size: $(du -sk "$root" | cut -f 1)
Depends: adduser, init-system-helpers (>= 1.54)
Recommends: docker.io | docker-ce | containerd
Suggests: dcmtk, libgdcm-tools
Section: science
Priority: optional
Homepage: https://github.com/raddeploy/raddeploy
Description: run imaging AI on DICOM objects as they arrive
 An agent that receives DICOM objects over the network, decides by patterns on
 their tags which flows they trigger, runs each flow's containers with Docker,
 containerd, Slurm or as processes, and sends the results to DICOM nodes.
 .
 Research and clinical infrastructure; it is not a medical device.
CONTROL
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

# The same commit gives the same package, byte for byte.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
mkdir -p dist
deb=raddeploy_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "dist/$deb" >/dev/null
(cd dist && sha256sum "$deb" | tee "$deb.sha256")
