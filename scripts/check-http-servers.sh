#!/bin/sh
# Checks real HTTP/1.1 servers on loopback, each against the baseline of its known deviations.
#
#   scripts/check-http-servers.sh [-o DIR] GATESPEC [NAME...]
#   scripts/check-http-servers.sh table [-o DIR] GATESPEC [NAME...]
#   scripts/check-http-servers.sh explore [-o DIR] GATESPEC [NAME...]
#
# NAME is one of scripts/http-servers.sh; without any, those that every run of the tests checks. For each it starts
# the server, runs `gatespec check` with baselines/http-NAME.yaml, and prints the count; DIR keeps a text and a JSON
# report of each. A server that is not installed is skipped, with the reason. Status 1 when a server showed a deviation
# that its baseline does not explain.
#
# With `table` it is all servers, without baselines, and a table in Markdown is printed: what each is, the count, and
# the failures by topic, then for each case the servers that fail it. HTTP_VENV names a virtual environment with newer
# Python servers (gunicorn gevent waitress hypercorn uvicorn[standard] a2wsgi daphne granian aiohttp tornado twisted
# cheroot bjoern werkzeug), which are added as NAME-pypi.
#
# With `explore` it is generated requests (EXPLORE of them, 5000 without, of the seed SEED, 1 without) instead of the
# cases, one server after the other, and a table of what they found.
#
# GATESPEC_OPTIONS are further options for gatespec check, such as `--only http1`.
set -eu

usage='usage: scripts/check-http-servers.sh [table|explore] [-o DIR] GATESPEC [NAME...]'
mode=check
case ${1-} in
  table | explore)
    mode=$1
    shift
    ;;
esac
reports=''
if [ "${1-}" = -o ]; then
  reports=${2:?"$usage"}
  shift 2
fi
gatespec=${1:?"$usage"}
shift

# shellcheck source=scripts/servers.sh
. "$(dirname -- "$0")/servers.sh"
# shellcheck source=scripts/http-servers.sh
. "$(dirname -- "$0")/http-servers.sh"
servers_begin

# Ends the servers. One may wait for its clients, or for a worker that hangs, and a worker may not end with it.
stop_http() {
  stop_workers=''
  for stop_each in $SERVERS_PIDS; do
    stop_workers="$stop_workers $(cat "/proc/$stop_each/task/$stop_each/children" 2>/dev/null || :)"
  done
  # shellcheck disable=SC2086
  kill $SERVERS_PIDS 2>/dev/null || :
  sleep 1
  # shellcheck disable=SC2086
  kill -KILL $SERVERS_PIDS $stop_workers 2>/dev/null || :
  stop_all
}
trap stop_http EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ $# -eq 0 ]; then
  case $mode in
    check | explore) names=$http_named ;;
    table) names="$http_servers${HTTP_VENV:+ $http_pypi}" ;;
  esac
  # shellcheck disable=SC2086
  set -- $names
fi
results=${reports:-$SERVERS_DIR/reports}
mkdir -p "$results"

# Runs gatespec against a server that has been started; its exit code goes to a file.
check() {
  check_name=$1 check_status=0
  set -- "$2" --report "text=$results/$1.txt" --report "json=$results/$1.json"
  if [ "$mode" = check ] && [ -e "$servers_root/baselines/http-$check_name.yaml" ]; then
    set -- "$@" --baseline "$servers_root/baselines/http-$check_name.yaml"
  fi
  [ "$mode" != explore ] || set -- "$@" --explore "${EXPLORE:-5000}" --seed "${SEED:-1}"
  check_start=$(date +%s)
  # shellcheck disable=SC2086
  "$gatespec" check "$@" ${GATESPEC_OPTIONS-} >"$results/$check_name.out" 2>&1 || check_status=$?
  echo "$check_status" >"$results/$check_name.status"
  echo "$(($(date +%s) - check_start))" >"$results/$check_name.seconds"
}

# So many at once: the cases wait more than they work, but a server must not be starved by others.
at_once=8
[ "$mode" != explore ] || at_once=1
started=''
checks=''
for name; do
  if ! start_http "$name" 2>"$SERVERS_DIR/start.err"; then
    echo "$name: skipped: $HTTP_SKIPPED" >&2
    continue
  fi
  printf '%s\t%s\n' "$HTTP_VERSION" "$HTTP_WHAT" >"$results/$name.version"
  check "$name" "$HTTP_URL" &
  checks="$checks $!"
  started="$started $name"
  # shellcheck disable=SC2086
  set -- $checks
  if [ $# -ge "$at_once" ]; then
    wait "$@"
    checks=''
  fi
done
# Without arguments it would wait for the servers.
# shellcheck disable=SC2086
[ -z "$checks" ] || wait $checks

if [ "$mode" != check ]; then
  # shellcheck disable=SC2086
  python3 "$servers_root/scripts/http-table.py" "$mode" "$results" $started
  exit 0
fi

failed=0
for name in $started; do
  status=$(cat "$results/$name.status")
  echo "$name: $(tail -n 1 "$results/$name.txt" 2>/dev/null || cat "$results/$name.out") (exit code $status)"
  [ "$status" -eq 0 ] && continue
  failed=1
  # First what the baseline does not explain: long output is often cut.
  grep '^  fail ' "$results/$name.txt" 2>/dev/null | grep -v '(accepted)$' || :
  cat "$results/$name.out" "$results/$name.txt" 2>/dev/null || :
done
exit "$failed"
