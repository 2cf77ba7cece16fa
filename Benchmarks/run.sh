#!/bin/sh
# Measures gatespec reading captures, side by side with libpcap's bare packet loop, tcpdump and tshark, and prints the
# results as Markdown. Processor time (user and system) in seconds, the best of three runs, tshark's of one; the ratio
# is to the bare loop on the same file. Then the memory at 100 MB and at 400 MB, which should be the same.
#
#   Benchmarks/run.sh GATESPEC
#
# BENCH_DIR    where the captures are kept and used again (default: a folder that is removed at the end)
# BENCH_MB     size of each capture in millions of bytes (default 300)
# BENCH_RUNS   runs to take the best of (default 3)
set -eu

if [ $# -ne 1 ]; then
  echo 'usage: Benchmarks/run.sh GATESPEC' >&2
  exit 2
fi
gatespec=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
megabytes=${BENCH_MB:-300}
runs=${BENCH_RUNS:-3}

temporary=''
clean_up() { [ -z "$temporary" ] || rm -rf "$temporary"; }
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -z "${BENCH_DIR-}" ]; then
  temporary=$(mktemp -d "${TMPDIR:-/tmp}/gatespec-bench.XXXXXX")
  BENCH_DIR=$temporary
fi
mkdir -p "$BENCH_DIR"

cc -O2 -o "$BENCH_DIR/bare-pcap-loop" "$here/bare-pcap-loop.c" -lpcap
cc -O2 -o "$BENCH_DIR/measure" "$here/measure.c"

# $1 file, the rest options: makes the capture unless it is there. The name says all options.
generate() {
  file=$1
  shift
  if [ ! -e "$file" ]; then
    python3 "$here/generate-capture.py" "$@" "$file.part" >&2
    mv "$file.part" "$file"
  fi
  # Into the page cache, for all alike.
  cat "$file" >/dev/null
}

# $1 runs, the rest a command: sets seconds (best) and kilobytes (largest); both "-" when the command fails.
measure() {
  left=$1
  shift
  seconds='' kilobytes=0
  while [ "$left" -gt 0 ]; do
    left=$((left - 1))
    if ! "$BENCH_DIR/measure" "$BENCH_DIR/usage" "$@" >/dev/null 2>"$BENCH_DIR/errors"; then
      echo "failed: $*" >&2
      tail -n 3 "$BENCH_DIR/errors" >&2
      seconds=- kilobytes=-
      return 0
    fi
    read -r used resident <"$BENCH_DIR/usage"
    seconds=$(awk -v t="$used" -v best="$seconds" 'BEGIN { printf "%.3f", best == "" || t < best ? t : best }')
    [ "$resident" -le "$kilobytes" ] || kilobytes=$resident
  done
}

row() {
  awk -v name="$1" -v t="$seconds" -v kb="$kilobytes" -v floor="$floor" 'BEGIN {
    ratio = t == "-" || floor + 0 == 0 ? "-" : sprintf("%.1f", t / floor)
    printf "| %s | %s | %s | %s |\n", name, t, ratio, kb == "-" ? "-" : sprintf("%.1f", kb / 1024)
  }'
}

# $1 a capture that generate made: one table.
table() {
  printf '\n### %s\n\n' "$2"
  "$BENCH_DIR/bare-pcap-loop" "$1" | sed 's/, sum.*//'
  printf '\n| | CPU s | ratio | peak MB |\n|---|---|---|---|\n'
  measure "$runs" "$BENCH_DIR/bare-pcap-loop" "$1"
  floor=$seconds
  row 'libpcap, bare loop'
  measure "$runs" "$gatespec" trace -r "$1" --format json
  row 'gatespec trace --format json'
  measure "$runs" "$gatespec" trace -r "$1" --format text
  row 'gatespec trace --format text'
  if command -v tcpdump >/dev/null 2>&1; then
    measure "$runs" tcpdump -r "$1" -Z "$(id -un)" -w /dev/null
    row 'tcpdump -w /dev/null'
  fi
  if command -v tshark >/dev/null 2>&1; then
    measure 1 tshark -r "$1" -d tcp.port==9000,fcgi -Y 'fcgi || http' -T fields \
      -e frame.number -e fcgi.type -e http.request.uri -e http.response.code
    row 'tshark -T fields'
  fi
}

printf '%s, %s processors, Linux %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
  "$(getconf _NPROCESSORS_ONLN)" "$(uname -r)"

file=$BENCH_DIR/large-$megabytes.pcap
generate "$file" --kind large-bodies --mb "$megabytes"
table "$file" 'FastCGI, large bodies, loopback'
file=$BENCH_DIR/large-1500-http-$megabytes.pcap
generate "$file" --kind large-bodies --mb "$megabytes" --mtu 1500 --http
table "$file" 'FastCGI and HTTP, large bodies, packets of 1500 bytes'
file=$BENCH_DIR/small-http-$megabytes.pcap
generate "$file" --kind small --mb "$megabytes" --http
table "$file" 'FastCGI and HTTP, small requests'

printf '\n### Memory\n\n| gatespec trace --format json | 100 MB | 400 MB |\n|---|---|---|\n'
for kind in large-bodies small; do
  for size in 100 400; do
    generate "$BENCH_DIR/$kind-memory-$size.pcap" --kind "$kind" --mb "$size" --http
    measure 1 "$gatespec" trace -r "$BENCH_DIR/$kind-memory-$size.pcap" --format json
    [ "$size" = 400 ] || at_hundred=$kilobytes
  done
  awk -v kind="$kind" -v a="$at_hundred" -v b="$kilobytes" 'BEGIN {
    if (a == "-" || b == "-") printf "| %s | - | - |\n", kind
    else printf "| %s | %.1f MB | %.1f MB |\n", kind, a / 1024, b / 1024
  }'
done
