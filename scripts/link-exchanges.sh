#!/bin/sh
# nginx in front of php-fpm, uWSGI (uwsgi and SCGI) and gunicorn, both hops captured, many requests at once: prints what
# `gatespec trace` makes of it, as JSON.
#   scripts/link-exchanges.sh PROGRAM
# Prints `skipped: REASON` where a server is not installed or capturing is not permitted.
set -eu
SERVERS_ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/servers.sh
. "$SERVERS_ROOT/scripts/servers.sh"
trap stop_all EXIT
skip() {
  echo "skipped: $*"
  exit 0
}
for name in nginx tcpdump curl uwsgi gunicorn; do
  first_program "$name" >/dev/null 2>&1 || skip "$name is not installed"
done
php_fpm_program >/dev/null 2>&1 || skip 'php-fpm is not installed'
servers_begin
http_port=$(free_port) fastcgi_port=$(free_port)
UWSGI_PORT=$(free_port) SCGI_PORT=$(free_port) PROXIED_PORT=$(free_port)
cp "$SERVERS_ROOT/fixtures/probes/probe.php" "$SERVERS_ROOT/fixtures/probes/probe.py" "$SERVERS_DIR/www/"
echo 'a static file' >"$SERVERS_DIR/www/static.txt"
# A worker serves one kept connection: with fewer than nginx opens at once, some would wait for ever.
start_php_fpm 127.0.0.1 "$fastcgi_port" 16
start_uwsgi "$UWSGI_PORT" "$SERVERS_DIR/www/probe.py" uwsgi || skip 'uWSGI does not start (uwsgi-plugin-python3?)'
start_uwsgi "$SCGI_PORT" "$SERVERS_DIR/www/probe.py" scgi
start_gunicorn "$PROXIED_PORT" "$SERVERS_DIR/www/probe.py"
start_capture "$SERVERS_DIR/capture.pcap" "$http_port" "$fastcgi_port" "$UWSGI_PORT" "$SCGI_PORT" "$PROXIED_PORT" \
  2>/dev/null || skip 'capturing is not permitted'
start_nginx 127.0.0.1 "$http_port" 127.0.0.1 "$fastcgi_port" on
url="http://127.0.0.1:$http_port"
get() { curl -sS -o /dev/null --max-time 20 --no-progress-meter "$@"; }
# A number of its own for each, then one and the same for all.
get --parallel --parallel-immediate --parallel-max 8 "$url/probe.php?probe=sleep&ms=5&n=[1-24]"
get --parallel --parallel-immediate --parallel-max 8 "$url/probe.php?probe=sleep&ms=5&round={,,,,,,,}"
for backend in uwsgi scgi http; do
  get --parallel --parallel-immediate --parallel-max 8 "$url/$backend/?probe=sleep&ms=5&n=[1-16]"
  get -d 'name=value' "$url/$backend/?probe=reflect&n=17"
done
get "$url/static.txt"
stop_process "$NGINX_PID" QUIT
stop_capture
"$1" trace -r "$SERVERS_DIR/capture.pcap" --format json --lint
