#!/usr/bin/env bash
# Tries a built folder where nothing is set up: no environment, another folder, an empty home, no Python of ours.
#   packaging/try.sh [PROGRAM]        (default dist/toonbooth/toonbooth)
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath -s "${1:-dist/toonbooth/toonbooth}")
[ -x "$program" ] || { echo "there is no program $program; run  packaging/build.sh  first" >&2; exit 1; }
home=$(dirname "$(readlink -f "$program")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/home"
cp "$home/_internal/skimage/data/astronaut.png" "$folder/in.png"
cd "$folder"
bare() { timeout "${PATIENCE:-240}" env -i HOME="$folder/home" QT_QPA_PLATFORM=offscreen PATH=/usr/bin:/bin LANG=C.UTF-8 "$program" "$@"; }

echo "— doctor"
bare doctor
echo "— image"
bare image in.png out.png
[ "$(stat -c %s out.png)" -gt 10000 ]
echo "— strip"
bare strip in.png in.png in.png in.png -o strip.png
[ "$(stat -c %s strip.png)" -gt 10000 ]
seconds=${TRIED_S:-20}                                     # more where the machine is busy with other things
echo "— run, $seconds s with the demo camera"
bare run --camera demo --seconds "$seconds" --report r.json 2>said || { cat said >&2; exit 1; }
cat said >&2
if grep -q "process is gone" said; then echo "the program cannot start itself as the painter" >&2; exit 1; fi
frames=$(sed -n 's/^ *"composited": *\([0-9]*\).*/\1/p' r.json)
grep -E '"(engine|composited|fps|first_frame_s|errors)"' r.json
[ "$frames" -gt 0 ] || { echo "no picture was drawn" >&2; exit 1; }
echo "— keep, until the booth ends by itself"
bare keep --camera demo --no-sessions --seconds 5
[ -z "$(find "$home" -newer in.png)" ] || { echo "the program wrote into its own folder" >&2; exit 1; }
echo "tried: $program"
