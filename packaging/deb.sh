#!/usr/bin/env bash
# Wraps dist/toonbooth/ (see build.sh) into a Debian package for Debian 12 and Ubuntu 24.04, or newer:
#   packaging/deb.sh [VERSION]
# VERSION: for trying upgrades only; the version is booth.__version__.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x dist/toonbooth/toonbooth ] || { echo "there is no dist/toonbooth; run  packaging/build.sh  first" >&2; exit 1; }
version=${1:-$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' booth/__init__.py)}
architecture=$(dpkg --print-architecture)
root=build/deb
rm -rf "$root"
install -d "$root/DEBIAN" "$root/opt" "$root/usr/bin" "$root/usr/lib/systemd/user" "$root/usr/share/applications" \
    "$root/usr/share/icons/hicolor/scalable/apps" "$root/usr/share/doc/toonbooth"
cp -a dist/toonbooth "$root/opt/"
for name in toonbooth booth; do ln -s /opt/toonbooth/toonbooth "$root/usr/bin/$name"; done
sed 's|/usr/bin/env booth |/usr/bin/toonbooth |' packaging/toonbooth.service > "$root/usr/lib/systemd/user/toonbooth.service"
grep -q '^ExecStart=/usr/bin/toonbooth ' "$root/usr/lib/systemd/user/toonbooth.service"
install -m 644 packaging/toonbooth.desktop "$root/usr/share/applications/"
install -D -m 644 packaging/toonbooth-kiosk.desktop "$root/usr/share/xsessions/toonbooth.desktop"
install -m 644 packaging/toonbooth.svg "$root/usr/share/icons/hicolor/scalable/apps/"
cat NOTICE LICENSE > "$root/usr/share/doc/toonbooth/copyright"
gzip -9nc CHANGELOG.md > "$root/usr/share/doc/toonbooth/changelog.gz"

# what the folder leaves to the system: C library, graphics, X and its keyboards, sound, letters
cat > "$root/DEBIAN/control" <<CONTROL
Package: toonbooth
Version: $version
Architecture: $architecture
Maintainer: The Toonbooth authors <toonbooth@localhost>
Section: graphics
Priority: optional
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: libc6 (>= 2.36), libstdc++6, libgl1, libegl1, libx11-6, libxcb1, libwayland-cursor0, libwayland-egl1, libportaudio2, fontconfig, fonts-noto-cjk, xkb-data
Recommends: cups-client, libpam-systemd, x11-xserver-utils
Suggests: cups, ffmpeg, v4l2loopback-dkms
Description: exhibition booth that turns visitors into webtoon characters
 People before a big screen see themselves drawn as characters of a webtoon,
 live, and take home four-cut strips, moving pictures and talking clips.
 .
 Everything it needs is in /opt/toonbooth; settings, visitors' pictures and
 logs are kept in the home of the user who runs it, and no upgrade touches them.
 "systemctl --user enable --now toonbooth" starts it at every login; the session
 "Toonbooth (kiosk)" of the login screen is the booth alone, without a desktop.
CONTROL
cat > "$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
# an upgrade: the files of a booth that runs have just been replaced
if [ "$1" = configure ] && [ -n "$2" ]; then
    echo "Toonbooth was upgraded from $2. Close a booth that runs and start it again, or:  systemctl --user restart toonbooth"
fi
POSTINST
chmod 755 "$root/DEBIAN/postinst"
find "$root" -type d -exec chmod 755 {} +
find "$root/opt" -type f -exec chmod go-w,a+r {} +
out=dist/toonbooth_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zzstd -z"${LEVEL:-12}" --build "$root" "$out" >/dev/null
rm -rf "$root"
echo "$out: $(du -m "$out" | cut -f1) MiB"
