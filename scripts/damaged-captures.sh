#!/bin/sh
# Makes every damaged capture that the tests know, and prints what gatespec and tshark read from each, side by side.
#
#   scripts/damaged-captures.sh GATESPEC [DIR]
#
# DIR keeps the captures; where it holds some already, those are read. Making them takes a build of the tests.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command -v tshark >/dev/null || { echo 'tshark is not installed' >&2; exit 3; }
program=$1

if [ $# -ge 2 ]; then
  folder=$2
  mkdir -p "$folder"
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
folder=$(cd "$folder" && pwd)

if ! ls "$folder"/*.pcap >/dev/null 2>&1; then
  (cd "$here/.." && DAMAGED_CAPTURES=$folder swift test --filter DamagedCaptureTests.keepCaptures >&2)
fi
python3 "$here/compare-with-tshark.py" "$program" "$folder"
