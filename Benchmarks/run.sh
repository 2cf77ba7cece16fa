#!/bin/sh
# Measures gatespec reading captures, side by side with libpcap's bare packet loop, tcpdump, tshark and tcpflow, and
# prints the results as Markdown. Processor time (user and system) in seconds, the best of several runs, of one run for
# tshark and tcpflow; ratios are to the bare loop and to tshark on the same file. Then memory at 100 MB and at 400 MB,
# which should be the same, and the time of a start. With MICROBENCH, the nanoseconds of single steps come first.
#
#   Benchmarks/run.sh GATESPEC [MICROBENCH]
#
# BENCH_DIR    where the captures are kept and used again (default: a folder that is removed at the end)
# BENCH_MB     size of each capture in millions of bytes (default 300)
# BENCH_RUNS   runs to take the best of (default 5)
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo 'usage: Benchmarks/run.sh GATESPEC [MICROBENCH]' >&2
  exit 2
fi
gatespec=$1
microbench=${2-}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
megabytes=${BENCH_MB:-300}
runs=${BENCH_RUNS:-5}

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

# $1 capture, $2 program: a row of the table from what was measured last.
row() {
  awk -v capture="$1" -v name="$2" -v t="$seconds" -v kb="$kilobytes" -v floor="$floor" -v shark="$shark" '
    function ratio(a, b) { return a == "-" || b == "-" || b == 0 ? "-" : sprintf("%.2f", a / b) }
    BEGIN {
      printf "| %s | %s | %s | %s | %s | %s |\n", capture, name, t, ratio(t, floor), ratio(shark, t), \
        kb == "-" ? "-" : sprintf("%.1f", kb / 1024)
    }'
}

# $1 a capture that generate made, $2 its name.
rows() {
  shark=-
  if command -v tshark >/dev/null 2>&1; then
    measure 1 tshark -r "$1" -d tcp.port==9000,fcgi -Y 'fcgi || http' -T fields \
      -e frame.number -e fcgi.type -e http.request.uri -e http.response.code
    shark=$seconds shark_kilobytes=$kilobytes
  fi
  measure "$runs" "$BENCH_DIR/bare-pcap-loop" "$1"
  floor=$seconds
  row "$2" 'libpcap, bare loop'
  measure "$runs" "$gatespec" trace -r "$1" --format text
  row "$2" 'gatespec trace --format text'
  measure "$runs" "$gatespec" trace -r "$1" --format json
  row "$2" 'gatespec trace --format json'
  if command -v tcpdump >/dev/null 2>&1; then
    measure "$runs" tcpdump -r "$1" -Z "$(id -un)" -w /dev/null
    row "$2" 'tcpdump -w /dev/null'
  fi
  if command -v tcpflow >/dev/null 2>&1; then
    # It leaves a report where it runs.
    measure 1 sh -c 'cd "$1" && exec tcpflow -c -r "$2"' - "$BENCH_DIR" "$1"
    row "$2" 'tcpflow -c'
  fi
  if [ "$shark" != - ]; then
    seconds=$shark kilobytes=$shark_kilobytes
    row "$2" 'tshark -T fields'
  fi
}

printf '%s, %s processors, Linux %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
  "$(getconf _NPROCESSORS_ONLN)" "$(uname -r)"

if [ -n "$microbench" ]; then
  printf '\n| step | ns |\n|---|---|\n'
  "$microbench"
fi

printf '\n| capture | program | CPU s | times the bare loop | times faster than tshark | peak MB |\n'
printf '|---|---|---|---|---|---|\n'
file=$BENCH_DIR/large-$megabytes.pcap
generate "$file" --kind large-bodies --mb "$megabytes"
rows "$file" 'FastCGI, large bodies, packets of 64 KB'
file=$BENCH_DIR/large-1500-http-$megabytes.pcap
generate "$file" --kind large-bodies --mb "$megabytes" --mtu 1500 --http
rows "$file" 'FastCGI and HTTP, large bodies, packets of 1,500 bytes'
file=$BENCH_DIR/small-$megabytes.pcap
generate "$file" --kind small --mb "$megabytes"
rows "$file" 'FastCGI, small requests'
file=$BENCH_DIR/small-http-$megabytes.pcap
generate "$file" --kind small --mb "$megabytes" --http
rows "$file" 'FastCGI and HTTP, small requests'

printf '\n| peak of gatespec trace --format json | 100 MB | 400 MB |\n|---|---|---|\n'
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

measure 20 "$gatespec" --help
printf '\ngatespec --help: %s s\n' "$seconds"
