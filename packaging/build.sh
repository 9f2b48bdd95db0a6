#!/usr/bin/env bash
# Builds dist/toonbooth/, a folder that runs where there is no Python:
#   packaging/build.sh
# PYTHON: an environment with Toonbooth's libraries and PyInstaller (default: the checkout's own, see setup.sh package)
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
"$python" -c 'import PyInstaller' 2>/dev/null || { echo "PyInstaller is missing; run  packaging/setup.sh package" >&2; exit 1; }
"$python" -m PyInstaller --noconfirm --log-level "${LOG_LEVEL:-WARN}" --workpath build/pyinstaller --distpath dist packaging/toonbooth.spec
echo "dist/toonbooth: $(du -sm dist/toonbooth | cut -f1) MiB, $(find dist/toonbooth -type f | wc -l) files"
