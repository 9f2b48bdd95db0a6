#!/usr/bin/env bash
# Sets up this checkout: OS libraries (when root), a virtual environment, exact pins.
#   packaging/setup.sh run|test|package
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?run, test or package}

packages=(python3 python3-venv libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0
          libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0
          libxcb-xkb1 libportaudio2 fonts-noto-cjk fontconfig libfribidi0)
[ "$kind" = test ] && packages+=(xvfb xauth cups-daemon cups-client cups-ipp-utils dbus-daemon chromium chromium-driver nginx-light libnginx-mod-rtmp ffmpeg x11-xserver-utils)
[ "$kind" = package ] && packages+=(binutils debootstrap)

if command -v apt-get >/dev/null; then
    missing=()
    for p in "${packages[@]}"; do
        dpkg -s "$p" >/dev/null 2>&1 || dpkg -s "${p}t64" >/dev/null 2>&1 || missing+=("$p")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        if [ "$(id -u)" = 0 ]; then
            echo "installing: ${missing[*]}"
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
        else
            echo "OS packages are missing; run once:  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
        fi
    fi
fi

python=
for candidate in python3.12 python3.11 python3 /usr/bin/python3; do
    if "$candidate" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or 3.12 with venv is needed; on Debian 12 or Ubuntu 24.04: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
extras=
[ "$kind" = test ] && extras='[dev]'
[ "$kind" = package ] && extras='[package]'
[ "$kind" = run ] && [ -e /proc/driver/nvidia/version ] && extras='[cuda]'
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c packaging/constraints.txt -e ".$extras"
touch ".venv/.$kind"
