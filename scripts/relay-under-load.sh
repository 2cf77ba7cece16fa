#!/bin/sh
# Measures what `gatespec trace --relay-take` costs, and holds what it prints against the truth: nginx and php-fpm
# over a Unix socket, wrk in front of them, rounds with and without the relay in turn.
#
#   scripts/relay-under-load.sh [-r ROUNDS] [-s SECONDS] [-c CONNECTIONS] GATESPEC
#
#   -r ROUNDS        rounds of each kind (3)
#   -s SECONDS       length of a round (5)
#   -c CONNECTIONS   that wrk keeps open to nginx, from one thread (8)
#
# Two tables. The first: latency with the relay beside a direct run, once with a connection to php-fpm for each
# request and once with connections that nginx keeps; the share of a core that gatespec took; and whether its trace
# equals nginx's access log in method, URI, status and body size of every exchange. The second: gatespec ended in
# mid-traffic by SIGINT, SIGTERM and SIGKILL; whose socket stands in its place afterwards, and how many requests
# failed. For SIGKILL the socket is given back by the guard beside gatespec.
# Status 1 when a trace differs from the log, or a socket was not given back. GATESPEC should be a release build, and
# the machine quiet: its load is printed.
set -eu

usage='usage: scripts/relay-under-load.sh [-r ROUNDS] [-s SECONDS] [-c CONNECTIONS] GATESPEC'
rounds=3 seconds=5 connections=8
while getopts r:s:c:h option; do
  case $option in
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
[ $# -eq 1 ] || {
  echo "$usage" >&2
  exit 2
}
gatespec=$1

# shellcheck source=scripts/servers.sh
. "$(dirname -- "$0")/servers.sh"
for name in nginx wrk python3; do
  first_program "$name" >/dev/null || exit 1
done
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
servers_begin
cp "$servers_root/Tests/Servers/www/load.php" "$SERVERS_DIR/www/"
socket=$SERVERS_DIR/php-fpm.sock
http_port=$(free_port)
# A worker serves one kept connection at a time.
start_php_fpm_unix "$socket" $((connections * 2))
ticks=$(getconf CLK_TCK)
failed=''

# Starts nginx anew, so that it has no connections of before; $1 on or off.
begin_nginx() {
  : >"$SERVERS_DIR/access.log"
  start_nginx 127.0.0.1 "$http_port" "unix:$socket" '' "$1"
}

# Starts gatespec at the socket's place.
begin_relay() {
  # Emptied here: what an earlier one said must not be taken for this one's.
  : >"$SERVERS_DIR/trace.err"
  TZ=UTC "$gatespec" trace --relay-take "$socket" >"$SERVERS_DIR/trace.txt" 2>"$SERVERS_DIR/trace.err" &
  relay_pid=$!
  SERVERS_PIDS="$relay_pid $SERVERS_PIDS"
  relay_left=200
  until grep -qs '^gatespec: relaying ' "$SERVERS_DIR/trace.err"; do
    relay_left=$((relay_left - 1))
    if [ "$relay_left" -eq 0 ] || ! kill -0 "$relay_pid" 2>/dev/null; then
      cat "$SERVERS_DIR/trace.err" >&2
      servers_fail 'gatespec does not relay'
    fi
    sleep 0.05
  done
}

# wrk for $1 seconds, its requests numbered behind the tag $2.
load() {
  wrk -t 1 -c "$connections" -d "$1" --latency -s "$servers_root/Tests/Servers/load.lua" \
    "http://127.0.0.1:$http_port/load.php" -- "$2" >"$SERVERS_DIR/wrk.out"
}

# User and system time of a process so far, in ticks.
used_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# Requests a second, and the latencies at 50 % and 99 % in milliseconds.
wrk_numbers() {
  awk '
    function milliseconds(t) { return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t * 1000 }
    $1 == "50%" { half = milliseconds($2) }
    $1 == "99%" { most = milliseconds($2) }
    $1 == "Requests/sec:" { rate = $2 }
    END { printf "%d %.2f %.2f\n", rate, half, most }' "$SERVERS_DIR/wrk.out"
}

# A round: $1 on or off, $2 its number, $3 direct or relayed. Prints a row, and notes it in `rounds`.
play() {
  share=- verdict=-
  [ "$3" = direct ] || begin_relay
  begin_nginx "$1"
  [ "$3" = direct ] || before=$(used_ticks "$relay_pid")
  load "$seconds" "$1-$2-$3-"
  if [ "$3" = relayed ]; then
    share=$((($(used_ticks "$relay_pid") - before) * 100 / ticks / seconds))%
  fi
  stop_process "$NGINX_PID" QUIT
  if [ "$3" = relayed ]; then
    stop_process "$relay_pid" INT
    verdict=$(python3 "$servers_root/scripts/compare-relay-with-log.py" "$SERVERS_DIR/trace.txt" \
      "$SERVERS_DIR/access.log") || failed=yes
  fi
  numbers=$(wrk_numbers)
  echo "$1 $3 $numbers" >>"$SERVERS_DIR/rounds"
  # shellcheck disable=SC2086
  set -- "$@" $numbers
  kept=no
  [ "$1" = off ] || kept=yes
  echo "| $kept | $2 | $3 | $4 | $5 | $6 | $share | $verdict |"
}

# The medians of all rounds, relayed by direct.
ratios() {
  for keep in off on; do
    for column in 3 4 5; do
      for kind in direct relayed; do
        awk -v keep="$keep" -v kind="$kind" -v column="$column" '$1 == keep && $2 == kind { print $column }' \
          "$SERVERS_DIR/rounds" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
      done | awk 'NR == 1 { direct = $1 } NR == 2 { printf "%.2f ", (direct > 0 ? $1 / direct : 0) }'
    done | awk -v kept="$keep" '{
      printf "Connections %skept, medians, relayed by direct: ", kept == "on" ? "" : "not "
      printf "%s of the requests a second, %s of the p50, %s of the p99.\n", $1, $2, $3 }'
  done
}

# gatespec is ended by $1 while requests pass.
end_by() {
  server=$(stat -c %i "$socket")
  begin_relay
  begin_nginx off
  load 3 "$1-" &
  load_pid=$!
  SERVERS_PIDS="$load_pid $SERVERS_PIDS"
  sleep 1
  status=0
  kill "-$1" "$relay_pid"
  wait "$relay_pid" 2>/dev/null || status=$?
  forget_process "$relay_pid"
  given='by itself'
  if [ "$1" = KILL ]; then
    # The guard sees the end a moment after it.
    sleep 0.2
    given='by its guard'
  fi
  after=$(stat -c %i "$socket")
  cp "$SERVERS_DIR/trace.txt" "$SERVERS_DIR/ended.txt"
  wait "$load_pid" || :
  forget_process "$load_pid"
  stop_process "$NGINX_PID" QUIT
  if [ "$after" != "$server" ] || [ -e "$socket.gatespec-aside" ]; then
    given='NOT GIVEN BACK' failed=yes
  fi
  # What was printed before a SIGKILL may end in the middle of a line, and has no end to compare.
  verdict=$(python3 "$servers_root/scripts/compare-relay-with-log.py" "$SERVERS_DIR/ended.txt" \
    "$SERVERS_DIR/access.log" --until-ended) || failed=yes
  bad=$(awk -F '\t' '$3 == 502 || $3 == 504' "$SERVERS_DIR/access.log" | wc -l)
  echo "| SIG$1 | $status | $given | $(wc -l <"$SERVERS_DIR/access.log") | $bad | $verdict |"
  [ "$1" = KILL ] || [ "$bad" -eq 0 ] || failed=yes
}

printf '%s, %s processors, load %s, wrk -t 1 -c %s, %s s a round\n\n' \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(getconf _NPROCESSORS_ONLN)" \
  "$(cut -d ' ' -f 1-3 /proc/loadavg)" "$connections" "$seconds"
echo '| kept | round | path | requests/s | p50 ms | p99 ms | gatespec, of a core | the trace against the log |'
echo '|---|---|---|---|---|---|---|---|'
for keep in off on; do
  round=0
  while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    play "$keep" "$round" direct
    play "$keep" "$round" relayed
  done
done
echo
ratios
printf '\n| ended by | status | the socket was given back | requests | 502 and 504 | the trace against the log |\n'
echo '|---|---|---|---|---|---|'
for signal in INT TERM KILL; do
  end_by "$signal"
done
printf '\nload at the end: %s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
[ -z "$failed" ]
