#!/bin/sh
# Drives a thousand requests of many kinds through nginx and php-fpm on loopback and captures both hops. With GATESPEC,
# that program also watches live meanwhile, and what it reads is held against nginx's log: none may differ.
# Leaves in OUTDIR: capture.pcap, access.log (nginx's, the ground truth; its columns stand in Tests/Servers) and
# ports, one line: HTTP_PORT FASTCGI_PORT. Equal requests each time; four clients at once, each with one connection
# that it keeps, but for the requests that ask to close it.
#
#   scripts/thousand-requests.sh OUTDIR [GATESPEC [COUNT]]
set -eu

if [ $# -lt 1 ] || [ $# -gt 3 ]; then
  echo 'usage: scripts/thousand-requests.sh OUTDIR [GATESPEC [COUNT]]' >&2
  exit 2
fi
gatespec=${2-}
total=${3:-1000}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/servers.sh
. "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/servers.sh"

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$1"
out=$(CDPATH='' cd -- "$1" && pwd)
servers_begin
http_port=$(free_port 8080)
fastcgi_port=$(free_port 9000)
cp "$servers_root/fixtures/probes/probe.php" "$servers_root"/Tests/Servers/www/*.php "$SERVERS_DIR/www/"
echo 'a static file' >"$SERVERS_DIR/www/static.txt"
for count in 0 1 100 5000 40000; do
  head -c "$count" /dev/zero | tr '\000' b >"$SERVERS_DIR/body-$count"
done

# The requests of client $1 of 4, as a curl configuration: every fourth, ten kinds in turn.
requests() {
  awk -v client="$1" -v count="$total" -v base="http://127.0.0.1:$http_port" -v dir="$SERVERS_DIR" '
    function request(path) {
      if (begun++) print "next"
      print "url = \"" base path "\""
      print "output = \"/dev/null\""
      print "silent"
      print "show-error"
      print "max-time = 30"
    }
    BEGIN {
      split("200 201 204 301 304 400 403 410 418 500 503", code, " ")
      split("0 1 100 1000 8191 8192 20000 65536 100000", size, " ")
      split("0 1 100 5000 40000", body, " ")
      for (i = 0; i < count; i++) {
        if (i % 4 != client) continue
        n = int(i / 10)
        if (i % 10 == 0) {
          request("/probe.php?probe=echo&n=" i "&text=%C3%A9%20x")
          print "header = \"X-Number: " i "\""
        }
        if (i % 10 == 1) request("/probe.php?probe=pattern&bytes=" size[n % 9 + 1])
        if (i % 10 == 2) {
          request("/probe.php/extra?probe=reflect&n=" i)
          print "data-binary = \"@" dir "/body-" body[n % 5 + 1] "\""
          print "header = \"Content-Type: application/octet-stream\""
        }
        if (i % 10 == 3) { request("/probe.php?probe=pattern&bytes=" size[n % 9 + 1]); print "head" }
        if (i % 10 == 4) request("/missing/" i ".txt")
        if (i % 10 == 5) request("/missing-" i ".php?n=" i)
        if (i % 10 == 6) request("/probe.php?probe=status&code=" code[n % 11 + 1])
        if (i % 10 == 7) request("/static.txt?n=" i)
        if (i % 10 == 8) {
          request("/probe.php?probe=reflect&n=" i)
          print "request = \"PUT\""
          print "data-binary = \"@" dir "/body-" body[n % 5 + 1] "\""
          if (n % 3 == 0) print "header = \"Transfer-Encoding: chunked\""
          if (n % 3 == 1) print "header = \"Expect: 100-continue\""
        }
        if (i % 10 == 9 && n % 4 == 0) request("/probe.php?probe=fields")
        if (i % 10 == 9 && n % 4 == 1) request("/probe.php?probe=stream&parts=3&delay=1")
        if (i % 10 == 9 && n % 4 == 2) request("/error-stream.php?n=" i)
        if (i % 10 == 9 && n % 4 == 3) {
          request("/probe.php?probe=document-redirect&to=/x")
          print "data = \"name=value&n=" i "\""
        }
        if (i % 50 == 41) print "header = \"Connection: close\""
      }
    }'
}

start_php_fpm 127.0.0.1 "$fastcgi_port" 4
start_capture "$SERVERS_DIR/capture.pcap" "$http_port" "$fastcgi_port"
rm -f "$out/live.jsonl"
watch_pid=''
if [ -n "$gatespec" ]; then
  "$gatespec" trace -i lo --format json --port "$http_port=http" --port "$fastcgi_port=fastcgi" \
    "tcp port $http_port or tcp port $fastcgi_port" >"$out/live.jsonl" 2>"$SERVERS_DIR/live.err" &
  watch_pid=$!
  SERVERS_PIDS="$watch_pid $SERVERS_PIDS"
  watch_left=200
  until grep -qs 'capturing on' "$SERVERS_DIR/live.err"; do
    watch_left=$((watch_left - 1))
    if [ "$watch_left" -eq 0 ] || ! kill -0 "$watch_pid" 2>/dev/null; then
      cat "$SERVERS_DIR/live.err" >&2
      servers_fail 'gatespec does not capture'
    fi
    sleep 0.05
  done
fi
start_nginx 127.0.0.1 "$http_port" 127.0.0.1 "$fastcgi_port" on
clients=''
for client in 0 1 2 3; do
  requests "$client" >"$SERVERS_DIR/requests-$client"
  curl -q --config "$SERVERS_DIR/requests-$client" >"$SERVERS_DIR/curl-$client" 2>&1 &
  clients="$clients $!"
  SERVERS_PIDS="$! $SERVERS_PIDS"
done
failed=''
for client in $clients; do
  wait "$client" || failed=yes
  forget_process "$client"
done
if [ -n "$failed" ]; then
  cat "$SERVERS_DIR"/curl-? >&2
  servers_fail 'a request failed'
fi
stop_process "$NGINX_PID" QUIT
stop_capture
[ -z "$watch_pid" ] || stop_process "$watch_pid" INT

lines=$(($(wc -l <"$SERVERS_DIR/access.log")))
if [ "$lines" -ne "$total" ]; then
  servers_fail "nginx logged $lines requests, not $total"
fi
cp "$SERVERS_DIR/capture.pcap" "$SERVERS_DIR/access.log" "$out/"
chmod 644 "$out/capture.pcap"
echo "$http_port $fastcgi_port" >"$out/ports"
echo "$total requests; $(sed -n 's/ packets captured$//p' "$SERVERS_DIR/tcpdump.err") packets in $out/capture.pcap"
if [ -n "$gatespec" ]; then
  python3 "$here/compare-with-log.py" "$gatespec" "$out"
fi
