#!/bin/sh
# Makes the captures of this folder anew: real nginx and backends (php-fpm, uWSGI, gunicorn) on loopback, tcpdump
# beside them, curl in front. Each capture holds both hops, client to nginx (HTTP/1.1) and nginx to the backend
# (FastCGI, uwsgi, SCGI or HTTP), and beside it stand nginx's access log, as the ground truth, and a README that says
# how it came to be. Nothing is edited afterwards.
#
#   captures/make.sh [SLUG...]      all of them without an argument; needs the right to capture on lo
#
# HTTP_PORT and FASTCGI_PORT name the ports (8080 and 9000 where they are free); the others are what is usual, if free.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/servers.sh
. "$here/../scripts/servers.sh"

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

get() { curl -sS --globoff -o /dev/null --max-time 20 "$@"; }

# A request that is meant to end badly for the client; $1 is curl's exit status for that.
get_failing() {
  expected_status=$1
  shift
  actual_status=0
  curl -s --globoff -o /dev/null "$@" || actual_status=$?
  if [ "$actual_status" -ne "$expected_status" ]; then
    echo "curl ended with status $actual_status, not $expected_status: $*" >&2
    return 1
  fi
}

# Ten requests of ordinary kinds, over one connection of the client.
drive_ordinary() {
  get "$url/probe.php?probe=echo&a=1&b=%20" \
    --next -sS -o /dev/null "$url/probe.php/extra/path?probe=echo" -H 'X-Note: one' -H 'Cookie: a=1; b=2' \
    --next -sS -o /dev/null "$url/probe.php?probe=pattern&bytes=1000" \
    --next -sS -o /dev/null -I "$url/probe.php?probe=pattern&bytes=1000" \
    --next -sS -o /dev/null "$url/probe.php?probe=status&code=204" \
    --next -sS -o /dev/null "$url/probe.php?probe=fields" \
    --next -sS -o /dev/null "$url/probe.php?probe=local-redirect&to=/static.txt" \
    --next -sS -o /dev/null "$url/probe.php?probe=document-redirect&to=/elsewhere" \
    --next -sS -o /dev/null "$url/probe.php?probe=stream&parts=3&delay=20" \
    --next -sS -o /dev/null -d 'name=value&other=%C3%A9' "$url/probe.php?probe=reflect"
}

drive_php_fpm_close() {
  drive_ordinary
}

drive_php_fpm_keepalive() {
  drive_ordinary
  # Three clients at once: three connections to the backend.
  get --no-progress-meter --parallel --parallel-immediate "$url/probe.php?probe=sleep&ms=60" \
    --next -sS -o /dev/null "$url/probe.php?probe=sleep&ms=70" \
    --next -sS -o /dev/null "$url/probe.php?probe=sleep&ms=80"
  get -H 'Connection: close' "$url/probe.php?probe=echo"
}

drive_php_fpm_ipv6() {
  drive_php_fpm_keepalive
}

drive_php_fpm_post() {
  for count in 0 1 1000 65535 65536 262144; do
    head -c "$count" /dev/urandom >"$SERVERS_DIR/body"
    get --data-binary "@$SERVERS_DIR/body" -H 'Content-Type: application/octet-stream' "$url/probe.php?probe=reflect"
  done
  head -c 5000 /dev/urandom >"$SERVERS_DIR/body"
  get -X PUT --data-binary "@$SERVERS_DIR/body" -H 'Transfer-Encoding: chunked' "$url/probe.php?probe=reflect"
  get --data-binary "@$SERVERS_DIR/body" -H 'Expect: 100-continue' "$url/probe.php?probe=reflect"
  get -F "file=@$SERVERS_DIR/body" -F 'field=value' "$url/probe.php?probe=echo"
  # Once a large body: answered without being read, so that it crosses each hop only once.
  head -c 393216 /dev/zero >"$SERVERS_DIR/body"
  get --data-binary "@$SERVERS_DIR/body" -H 'Content-Type: application/octet-stream' -H 'Expect:' \
    "$url/probe.php?probe=unread"
}

drive_php_fpm_large() {
  for _ in 1 2 3; do
    get "$url/probe.php?probe=pattern&bytes=204800"
  done
  get --compressed "$url/probe.php?probe=pattern&bytes=204799"
  get --http1.0 "$url/probe.php?probe=pattern&bytes=65536"
}

drive_php_fpm_stderr() {
  get "$url/error-stream.php"
  get "$url/warning.php"
  get -d 'a=1' "$url/error-stream.php?again"
  get "$url/probe.php?probe=status&code=200"
}

drive_php_fpm_errors() {
  get "$url/missing.php"
  get "$url/missing.txt"
  get "$url/exception.php"
  get "$url/exception-after-output.php"
  get "$url/impatient/probe.php?probe=sleep&ms=1500"
  get_failing 28 --max-time 0.3 "$url/probe.php?probe=sleep&ms=1500"
  get "$url/probe.php?probe=crash&at=start"
  get_failing 18 "$url/probe.php?probe=crash&at=body"
  sleep 1.6
  get "$url/probe.php?probe=echo"
  stop_process "$PHP_FPM_PID" QUIT
  get "$url/probe.php?probe=echo"
}

# php-fpm with one process: what an operator is called for at night.
drive_php_fpm_trouble() {
  get "$url/probe.php?probe=status&code=200"
  # The process is busy: the second request waits in the listening socket's queue, longer than nginx does.
  get --no-progress-meter --parallel --parallel-immediate "$url/probe.php?probe=sleep&ms=900" \
    --next -sS -o /dev/null "$url/impatient/probe.php?probe=echo"
  sleep 0.2
  get "$url/impatient/probe.php?probe=sleep&ms=800"
  sleep 0.5
  get "$url/large-fields.php"
  get_failing 28 --max-time 0.3 "$url/probe.php?probe=sleep&ms=700"
  sleep 0.6
  get "$url/probe.php?probe=crash&at=start"
  sleep 1.2
  get_failing 18 "$url/probe.php?probe=crash&at=body"
  sleep 1.2
  stop_process "$PHP_FPM_PID" QUIT
  get "$url/probe.php?probe=echo"
}

# The same requests for the Python probe below the path $1, whatever stands between: ten over one connection of the
# client, then some at once, and what goes wrong.
drive_python() {
  below=$url/$1
  get "$below/?probe=echo&a=1&b=%20" \
    --next -sS -o /dev/null "$below/extra/path?probe=echo" -H 'X-Note: one' -H 'Cookie: a=1; b=2' \
    -H 'Accept-Language: de, en;q=0.5' -H 'X-Twice: one' -H 'X-Twice: two' -H 'Proxy: http://192.0.2.1/' \
    --next -sS -o /dev/null "$below/?probe=pattern&bytes=30000" \
    --next -sS -o /dev/null -I "$below/?probe=pattern&bytes=1000" \
    --next -sS -o /dev/null -d 'name=value&other=%C3%A9' "$below/?probe=reflect" \
    --next -sS -o /dev/null "$below/?probe=status&code=204" \
    --next -sS -o /dev/null "$below/missing?probe=status&code=404" \
    --next -sS -o /dev/null "$below/?probe=status&code=500" \
    --next -sS -o /dev/null "$below/?probe=document-redirect&to=/elsewhere" \
    --next -sS -o /dev/null "$below/?probe=fields" \
    --next -sS -o /dev/null "$below/?probe=stream&parts=3&delay=20"
  head -c 20000 /dev/urandom >"$SERVERS_DIR/body"
  get --data-binary "@$SERVERS_DIR/body" -H 'Content-Type: application/octet-stream' "$below/?probe=reflect"
  head -c 5000 /dev/urandom >"$SERVERS_DIR/body"
  get -X PUT --data-binary "@$SERVERS_DIR/body" -H 'Transfer-Encoding: chunked' "$below/?probe=reflect"
  [ "$1" != http ] || get -X PUT --data-binary "@$SERVERS_DIR/body" -H 'Transfer-Encoding: chunked' \
    "$below/unbuffered/?probe=reflect"
  get --no-progress-meter --parallel --parallel-immediate "$below/?probe=sleep&ms=60" \
    --next -sS -o /dev/null "$below/?probe=sleep&ms=70"
  get --http1.0 "$below/?probe=echo"
  get_failing 28 --max-time 0.3 "$below/?probe=sleep&ms=800"
  sleep 1
  get "$below/?probe=crash&at=start"
  get_failing 18 "$below/?probe=crash&at=body"
  # The worker that was killed has a successor soon.
  sleep 1.5
  get -H 'Connection: close' "$below/?probe=echo"
}

drive_uwsgi() { drive_python uwsgi; }
drive_scgi() { drive_python scgi; }
drive_gunicorn() { drive_python http; }

drive_every_backend() {
  get "$url/probe.php?probe=echo&n=1" \
    --next -sS -o /dev/null "$url/uwsgi/?probe=echo&n=2" \
    --next -sS -o /dev/null "$url/scgi/?probe=echo&n=3" \
    --next -sS -o /dev/null "$url/http/?probe=echo&n=4" \
    --next -sS -o /dev/null "$url/static.txt" \
    --next -sS -o /dev/null -d 'name=value' "$url/http/?probe=reflect&n=5" \
    --next -sS -o /dev/null -d 'name=value' "$url/scgi/?probe=reflect&n=6" \
    --next -sS -o /dev/null -d 'name=value' "$url/uwsgi/?probe=reflect&n=7" \
    --next -sS -o /dev/null -d 'name=value' "$url/probe.php?probe=reflect&n=8"
}

describe() {
  case $1 in
    uwsgi | scgi | gunicorn) cat <<'EOF'
Requests of every kind to the Python probe: GET with a query, HEAD, POST, chunked PUT, 204, 404, 500, a redirect, a
body of 30,000 bytes, one that comes in parts, two at once, HTTP/1.0; a client that leaves (499), a worker killed before
its answer (502) and in the middle of it (a body cut short).
EOF
      ;;
    php-fpm-trouble) cat <<'EOF'
php-fpm with one process, for which nginx has little patience: a request that waits for another's end (504), one that is
slow by itself (504), fields larger than nginx's buffer (502), a client that leaves (499), a worker killed before its
answer (502) and in the middle of it (a body cut short), and php-fpm down (502).
EOF
      ;;
    every-backend) cat <<'EOF'
One client's connection, one nginx, a backend of each kind behind it: a GET and a POST for each, and a static file.
EOF
      ;;
    php-fpm-close) cat <<'EOF'
Ten ordinary requests; nginx closes its connection to php-fpm after each (fastcgi_keep_conn off).
EOF
      ;;
    php-fpm-keepalive) cat <<'EOF'
Ten ordinary requests, then three at a time and one that closes; nginx keeps its connections to php-fpm
(fastcgi_keep_conn on).
EOF
      ;;
    php-fpm-ipv6) cat <<'EOF'
The requests of php-fpm-keepalive over IPv6.
EOF
      ;;
    php-fpm-post) cat <<'EOF'
Request bodies: 0, 1, 1000, 65535, 65536 and 262144 bytes sent back, a chunked one, one after 100 (Continue),
multipart/form-data, and 384 KiB that the script does not read.
EOF
      ;;
    php-fpm-large) cat <<'EOF'
Responses of 200 KiB, and one of 64 KiB asked for with HTTP/1.0.
EOF
      ;;
    php-fpm-stderr) cat <<'EOF'
Responses with an error stream: messages before the header, between pieces of the body and after it; warnings that
PHP raises; and a response without any.
EOF
      ;;
    php-fpm-errors) cat <<'EOF'
What goes wrong: a missing script, an uncaught exception before and after output, a backend slower than nginx waits
(504), a client that leaves (499), a worker killed before its answer (502) and in the middle of it (a body cut short),
and a backend that is down (502).
EOF
      ;;
  esac
}

# $1 slug, $2 on or off, $3 address, then what stands behind nginx: php-fpm, uwsgi, scgi, gunicorn.
make() {
  slug=$1 keep=$2 address=$3 workers=4
  [ "$slug" != php-fpm-trouble ] || workers=1
  shift 3
  echo "captures: $slug"
  servers_begin
  http_port=$(free_port "${HTTP_PORT:-8080}")
  fastcgi_port=$(free_port "${FASTCGI_PORT:-9000}")
  UWSGI_PORT=$(free_port 3031) SCGI_PORT=$(free_port 4000) PROXIED_PORT=$(free_port 8000)
  cp "$servers_root"/fixtures/probes/probe.p[hy]* "$servers_root"/Tests/Servers/www/*.php "$SERVERS_DIR/www/"
  echo 'a static file' >"$SERVERS_DIR/www/static.txt"
  url="http://$(host_port "$address" "$http_port")"
  backends="$*" ports=$http_port
  for backend; do
    case $backend in
      php-fpm) start_php_fpm "$address" "$fastcgi_port" "$workers" && ports="$ports $fastcgi_port" ;;
      uwsgi) start_uwsgi "$UWSGI_PORT" "$SERVERS_DIR/www/probe.py" uwsgi && ports="$ports $UWSGI_PORT" ;;
      scgi) start_uwsgi "$SCGI_PORT" "$SERVERS_DIR/www/probe.py" scgi && ports="$ports $SCGI_PORT" ;;
      gunicorn) start_gunicorn "$PROXIED_PORT" "$SERVERS_DIR/www/probe.py" && ports="$ports $PROXIED_PORT" ;;
    esac
  done
  # shellcheck disable=SC2086
  start_capture "$SERVERS_DIR/capture.pcap" $ports
  start_nginx "$address" "$http_port" "$address" "$fastcgi_port" "$keep"
  "drive_$(echo "$slug" | tr - _)"
  # nginx ends its connections in good order, and the capture shows it.
  stop_process "$NGINX_PID" QUIT
  stop_capture
  mkdir -p "$here/$slug"
  cp "$SERVERS_DIR/capture.pcap" "$SERVERS_DIR/access.log" "$here/$slug/"
  chmod 644 "$here/$slug/capture.pcap"
  readme >"$here/$slug/README.md"
  stop_all
}

# Where a backend listens and what it is, as rows of the table.
backend_rows() {
  for backend in $backends; do
    case $backend in
      php-fpm)
        echo "| FastCGI | nginx to php-fpm, $(host_port "$address" "$fastcgi_port"), \`fastcgi_keep_conn $keep\` |"
        ;;
      uwsgi) echo "| uwsgi | nginx to uWSGI, 127.0.0.1:$UWSGI_PORT |" ;;
      scgi) echo "| SCGI | nginx to uWSGI, 127.0.0.1:$SCGI_PORT |" ;;
      gunicorn) echo "| HTTP/1.1 | nginx to gunicorn, 127.0.0.1:$PROXIED_PORT, connections kept |" ;;
    esac
  done
  echo "| nginx | $("$nginx" -v 2>&1 | sed 's/^nginx version: //') |"
  case " $backends " in
    *' php-fpm '*) echo "| php-fpm | $("$php_fpm" -v | sed -n 's/ (built:.*//;1p') |" ;;
  esac
  case " $backends " in
    *' uwsgi '* | *' scgi '*) echo "| uWSGI | $("$uwsgi" --version) |" ;;
  esac
  case " $backends " in
    *' gunicorn '*) echo "| gunicorn | $("$gunicorn" --version | sed 's/^gunicorn (version \(.*\))/\1/') |" ;;
  esac
}

readme() {
  packets=$(sed -n 's/^\([0-9]*\) packets captured$/\1/p' "$SERVERS_DIR/tcpdump.err")
  cat <<EOF
# $slug

$(describe "$slug")

| | |
|---|---|
| made by | \`captures/make.sh $slug\`, $(LC_ALL=C date -u '+%Y-%m-%d') |
| HTTP/1.1 | client to nginx, $(host_port "$address" "$http_port") |
$(backend_rows)
| curl | $(curl -V | awk 'NR == 1 { print $2 }') |
| tcpdump | $("$tcpdump" --version 2>&1 | awk 'NR <= 2 { printf "%s%s", sep, $0; sep = ", " }'), on \`lo\` |
| packets | $packets, none dropped by the kernel |
| exchanges with the client | $(awk 'END { print NR }' "$SERVERS_DIR/access.log") |
| requests meant for a backend | $(awk -F '\t' '$6 != "-"' "$SERVERS_DIR/access.log" | wc -l) |

\`access.log\` is nginx's, a line for each exchange with the client, columns separated by tabs: method, URI, status,
body bytes sent (with chunk framing), request time (s), length of the backend's response (with FastCGI what nginx read
of FCGI_STDOUT and FCGI_STDERR), status of the backend, length of the request, connection, number of the request on
that connection.
EOF
}

if [ $# -eq 0 ]; then
  set -- php-fpm-close php-fpm-keepalive php-fpm-post php-fpm-large php-fpm-stderr php-fpm-errors \
    php-fpm-trouble php-fpm-ipv6 \
    uwsgi scgi gunicorn every-backend
fi
for wanted; do
  case $wanted in
    php-fpm-close) make "$wanted" off 127.0.0.1 php-fpm ;;
    php-fpm-ipv6) make "$wanted" on ::1 php-fpm ;;
    php-fpm-keepalive | php-fpm-post | php-fpm-large | php-fpm-stderr | php-fpm-errors | \
      php-fpm-trouble)
      make "$wanted" on 127.0.0.1 php-fpm
      ;;
    uwsgi | scgi | gunicorn) make "$wanted" on 127.0.0.1 "$wanted" ;;
    every-backend) make "$wanted" on 127.0.0.1 php-fpm uwsgi scgi gunicorn ;;
    *)
      echo "no such capture: $wanted" >&2
      exit 2
      ;;
  esac
done
