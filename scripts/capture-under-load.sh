#!/bin/sh
# Watches the loopback interface with `gatespec trace -i` while wrk drives nginx as fast as it goes: php-fpm behind it
# over TCP, then static files alone. Says how many packets the kernel dropped, what share of a core gatespec took, and
# whether it saw as many exchanges as nginx logged.
#
#   scripts/capture-under-load.sh [-i INTERFACE] [-r ROUNDS] [-s SECONDS] [-c CONNECTIONS] GATESPEC [OPTION...]
#
#   -i INTERFACE     lo, or any (lo)
#   -r ROUNDS        rounds of each kind (3)
#   -s SECONDS       length of a round (10)
#   -c CONNECTIONS   that wrk keeps open to nginx, from one thread (8)
#
# OPTIONs are handed on to gatespec trace. Needs the right to capture. Status 1 when packets were dropped or exchanges
# are missing. GATESPEC should be a release build, and the machine quiet: its load is printed.
set -eu

usage='usage: scripts/capture-under-load.sh [-i INTERFACE] [-r ROUNDS] [-s SECONDS] [-c CONNECTIONS] GATESPEC'
interface=lo rounds=3 seconds=10 connections=8
while getopts i:r:s:c:h option; do
  case $option in
    i) interface=$OPTARG ;;
    r) rounds=$OPTARG ;;
    s) seconds=$OPTARG ;;
    c) connections=$OPTARG ;;
    h)
      sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p;}' "$0"
      exit 0
      ;;
    *)
      echo "$usage" >&2
      exit 2
      ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || {
  echo "$usage" >&2
  exit 2
}
gatespec=$1
shift

# shellcheck source=scripts/servers.sh
. "$(dirname -- "$0")/servers.sh"
for name in nginx wrk; do
  first_program "$name" >/dev/null || exit 1
done
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
servers_begin
cp "$servers_root/Tests/Servers/www/load.php" "$SERVERS_DIR/www/"
head -c 1000 /dev/zero | tr '\000' s >"$SERVERS_DIR/www/static.txt"
http_port=$(free_port) fastcgi_port=$(free_port)
start_php_fpm 127.0.0.1 "$fastcgi_port" $((connections * 2))
ticks=$(getconf CLK_TCK)
failed=''

used_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# A round: $1 its number, $2 the name of the kind, $3 the path, $4 exchanges to a request, the rest options of gatespec.
play() {
  round=$1 kind=$2 path=$3 each=$4
  shift 4
  # Emptied here: what an earlier one said must not be taken for this one's.
  : >"$SERVERS_DIR/trace.err"
  "$gatespec" trace -i "$interface" "$@" "tcp port $http_port or tcp port $fastcgi_port" >"$SERVERS_DIR/trace.txt" \
    2>"$SERVERS_DIR/trace.err" &
  watch_pid=$!
  SERVERS_PIDS="$watch_pid $SERVERS_PIDS"
  watch_left=200
  until grep -qs 'capturing on' "$SERVERS_DIR/trace.err"; do
    watch_left=$((watch_left - 1))
    if [ "$watch_left" -eq 0 ] || ! kill -0 "$watch_pid" 2>/dev/null; then
      cat "$SERVERS_DIR/trace.err" >&2
      servers_fail 'gatespec does not capture'
    fi
    sleep 0.05
  done
  : >"$SERVERS_DIR/access.log"
  start_nginx 127.0.0.1 "$http_port" 127.0.0.1 "$fastcgi_port" off
  before=$(used_ticks "$watch_pid")
  wrk -t 1 -c "$connections" -d "$seconds" -s "$servers_root/Tests/Servers/load.lua" \
    "http://127.0.0.1:$http_port$path" -- "$round-" >"$SERVERS_DIR/wrk.out"
  share=$((($(used_ticks "$watch_pid") - before) * 100 / ticks / seconds))
  stop_process "$NGINX_PID" QUIT
  # What is in the kernel's buffer is still to be read.
  sleep 2
  stop_process "$watch_pid" INT
  rate=$(sed -n 's/^Requests\/sec: *\([0-9]*\).*/\1/p' "$SERVERS_DIR/wrk.out")
  packets=$(sed -n 's/^-- [0-9]* exchanges.* connections*, \([0-9]*\) packets.*/\1/p' "$SERVERS_DIR/trace.txt")
  seen=$(sed -n 's/^-- \([0-9]*\) exchanges* on .*/\1/p' "$SERVERS_DIR/trace.txt")
  drops=$(sed -n 's/^-- lost: \([0-9]*\) packets dropped.*/\1/p' "$SERVERS_DIR/trace.txt")
  logged=$(($(wc -l <"$SERVERS_DIR/access.log") * each))
  # A request whose client left as wrk ended may not have come to the backend.
  [ "$drops" -eq 0 ] && [ "$seen" -le "$logged" ] && [ $((logged - seen)) -le "$connections" ] || failed=yes
  echo "| $kind | $round | $rate | $((packets / seconds)) | $drops | $share% | $seen of $logged |"
}

printf '%s, %s processors, load %s, -i %s, wrk -t 1 -c %s, %s s a round\n\n' \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(getconf _NPROCESSORS_ONLN)" \
  "$(cut -d ' ' -f 1-3 /proc/loadavg)" "$interface" "$connections" "$seconds"
echo '| kind | round | requests/s | packets/s | dropped by the kernel | gatespec, of a core | exchanges |'
echo '|---|---|---|---|---|---|---|'
round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  play "$round" 'nginx and php-fpm' /load.php 2 "$@"
  play "$round" 'nginx, static' /static.txt 1 "$@"
done
printf '\nload at the end: %s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
[ -z "$failed" ]
