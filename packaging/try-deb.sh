#!/usr/bin/env bash
# Installs the Debian package into a clean Debian 12 that holds nothing else, runs it there as a user, upgrades and removes it:
#   sudo packaging/try-deb.sh
# Needs root, debootstrap and a Debian mirror; the system is made in build/root and mounted for this script alone.
# ROOT: a clean system that is there already · TRIED_S: seconds that the booth runs where the machine is busy with other things (default 20)
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "only root can make a clean system; run  sudo packaging/try-deb.sh" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing; run  apt-get install debootstrap" >&2; exit 1; }
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' booth/__init__.py)
package=toonbooth_${version}_$(dpkg --print-architecture).deb
next=toonbooth_${version}+next_$(dpkg --print-architecture).deb
[ -f "dist/$package" ] || { echo "there is no dist/$package; run  packaging/deb.sh  first" >&2; exit 1; }
LEVEL=1 packaging/deb.sh "$version+next"

root=${ROOT:-build/root}
if [ -z "${ROOT:-}" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase "${SUITE:-bookworm}" "$root" "${MIRROR:-http://deb.debian.org/debian}" >build/debootstrap.log
fi
cp "dist/$package" "dist/$next" packaging/try.sh "$root/root/"
rm "dist/$next"
cat > "$root/root/inside.sh" <<INSIDE
set -eu
export DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
installed() { dpkg-query -W -f '\${Version}' toonbooth; }
as_user() { setpriv --reuid=booth --regid=booth --clear-groups env -i HOME=/home/booth PATH=/usr/bin:/bin LANG=C.UTF-8 QT_QPA_PLATFORM=offscreen TRIED_S=${TRIED_S:-20} "\$@"; }
kept() { cd /home/booth && find .config .local/share -type f ! -name '*.lock' | sort | xargs sha256sum; }
apt-get update -qq
apt-get install -y -qq --no-install-recommends /root/$package >/root/apt.log 2>&1 || { tail -20 /root/apt.log; exit 1; }
echo "installed: \$(installed), \$(du -sm /opt/toonbooth | cut -f1) MiB, with \$(dpkg-query -W | wc -l) packages in all"
command -v python3 >/dev/null && { echo "Python is in the clean system: this proves nothing"; exit 1; }
id booth >/dev/null 2>&1 || useradd --create-home booth
install -m 755 /root/try.sh /home/booth/try.sh
as_user sh -c 'cd && ./try.sh /usr/bin/toonbooth'
as_user sh -c 'cd && mkdir -p .config/toonbooth && echo "{\"style\": \"night\"}" > .config/toonbooth/settings.json'
as_user booth run --camera demo --seconds 5 --engine cpu
kept > /root/before
[ -s /root/before ]
apt-get install -y -qq --no-install-recommends /root/$next >/root/apt.log 2>&1 || { tail -20 /root/apt.log; exit 1; }
grep 'was upgraded' /root/apt.log
kept > /root/after
diff /root/before /root/after
echo "upgraded: \$(installed); \$(wc -l < /root/after) files of settings and sessions as they were"
as_user toonbooth run --camera demo --seconds ${TRIED_S:-20} --engine cpu --report /home/booth/r.json
grep '"composited"' /home/booth/r.json
apt-get purge -y -qq toonbooth >/root/apt.log 2>&1
[ ! -e /opt/toonbooth ] && [ ! -e /usr/bin/toonbooth ] && [ ! -e /usr/bin/booth ]
[ -s /home/booth/.config/toonbooth/settings.json ]
echo "removed: nothing of it is left but the user's own files"
INSIDE
unshare --mount --pid --fork bash -euc '
    mount --make-rprivate /
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    mount --rbind /sys "$0/sys"
    exec chroot "$0" bash /root/inside.sh' "$root"
echo "tried: dist/$package in a clean ${SUITE:-bookworm}"
