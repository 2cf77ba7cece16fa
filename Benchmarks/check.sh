#!/bin/sh
# Measures whole runs of gatespec check against the reference backend and php-fpm on loopback: the wall time, the sum of
# the cases' times (many run side by side), and the cases that took longest. Prints Markdown.
#
#   Benchmarks/check.sh GATESPEC
set -eu

if [ $# -ne 1 ]; then
  echo 'usage: Benchmarks/check.sh GATESPEC' >&2
  exit 2
fi
gatespec=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/gatespec-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The script gives every target its probe and ends it; its reports hold the time of each case.
"$here/../scripts/check-servers.sh" -o "$folder" "$gatespec" reference php-fpm >"$folder/output" || {
  cat "$folder/output" >&2
  exit 1
}
python3 - "$folder" <<'PYTHON'
import json, os, sys

print("| target | cases | wall time | sum of the cases' times |\n|---|---|---|---|")
runs = []
for target in ["reference", "php-fpm"]:
    file = os.path.join(sys.argv[1], target + ".json")
    if not os.path.exists(file):
        print(f"| {target} | not installed | - | - |")
        continue
    run = json.load(open(file))
    ran = [case for case in run["cases"] if case["verdict"] not in ("skip", "inconclusive")]
    total = sum(case["duration_ms"] for case in ran)
    print(f"| {target} | {len(ran)} | {run['duration_ms'] / 1000:.2f} s | {total / 1000:.2f} s |")
    runs.append((target, sorted(ran, key=lambda case: -case["duration_ms"])))
for target, cases in runs:
    print(f"\n| {target}: case | ms |\n|---|---|")
    for case in cases[:10]:
        print(f"| {case['id']} | {case['duration_ms']:.0f} |")
    median = sorted(case["duration_ms"] for case in cases)[len(cases) // 2]
    print(f"| the median of all | {median:.1f} |")
PYTHON
