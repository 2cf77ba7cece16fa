#!/bin/sh
# Shows what gatespec does, on this machine alone: a reference backend is started on loopback, checked, and ended;
# then a capture of nginx and php-fpm is decoded.
#
#   scripts/demo.sh GATESPEC        the program to show
set -eu

if [ $# -ne 1 ]; then
  echo 'usage: scripts/demo.sh GATESPEC' >&2
  exit 2
fi
gatespec=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/servers.sh
. "$here/servers.sh"

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

show() {
  printf '\n$ gatespec'
  printf ' %s' "$@"
  printf '\n'
  "$gatespec" "$@"
}

servers_begin
port=$(free_port 9000)
cd "$servers_root"

printf '$ gatespec serve fastcgi://127.0.0.1:%s &\n' "$port"
"$gatespec" serve "fastcgi://127.0.0.1:$port" >"$SERVERS_DIR/serve.log" 2>&1 &
backend=$!
SERVERS_PIDS="$backend $SERVERS_PIDS"
if ! wait_port "$port" "$backend"; then
  cat "$SERVERS_DIR/serve.log" >&2
  exit 1
fi
show check "fastcgi://127.0.0.1:$port"
stop_process "$backend"

show trace -r captures/php-fpm-keepalive/capture.pcap
