#!/bin/sh
# Compares real servers on loopback by `gatespec compare`: one application behind several interfaces, a proxy and what
# stands behind it, and the spellings that made old versions smuggle requests. docs/comparing.md explains what is seen.
#
#   scripts/compare-servers.sh [-o DIR] GATESPEC [NAME...]
#
# NAME is one of those below; without any, all of them. For each it starts the servers and prints the comparison,
# verdicts as they are, without baselines; DIR keeps it as NAME.txt, and as NAME.json. A server that is not installed is
# left out, with the reason, and so is a comparison that fewer than two are left of.
#
#   wsgi           the Python probe behind uWSGI's HTTP, FastCGI, SCGI and uwsgi sockets, and under gunicorn
#   php            the PHP probe as a CGI program under php-cgi, under php-fpm, and under PHP's own HTTP server
#   proxy          nginx in front of gunicorn, and that gunicorn
#   signed-length  gatespec's reference HTTP server: sound, with the fault http-signed-length-taken, and with another
#                  that reads the same bytes in another way (http-no-length-is-none)
#   hex-prefix     the same with http-hex-prefix-taken and http-size-by-prefix
#   vertical-tab   the same with http-chunked-behind-vertical-tab, and a server that knows no Transfer-Encoding
#   two-lengths    with http-first-length-taken, and with http-last-length-taken
#
# GATESPEC_OPTIONS are further options for gatespec compare, such as `--only http1/framing`.
set -eu

usage='usage: scripts/compare-servers.sh [-o DIR] GATESPEC [NAME...]'
reports=''
if [ "${1-}" = -o ]; then
  reports=${2:?"$usage"}
  shift 2
fi
gatespec=${1:?"$usage"}
shift
[ $# -gt 0 ] || set -- wsgi php proxy signed-length hex-prefix vertical-tab two-lengths

# shellcheck source=scripts/servers.sh
. "$(dirname -- "$0")/servers.sh"
servers_begin
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

www=$SERVERS_DIR/www
cp "$servers_root"/fixtures/probes/probe.php "$servers_root"/fixtures/probes/probe.py "$www/"
results=${reports:-$SERVERS_DIR/reports}
mkdir -p "$results"

# gunicorn's threads leave a request that came with the one before it unread until more bytes come or its patience is
# over, and so show nothing of how they read; its workers on gevent read on.
gunicorn_class=gthread
gunicorn_python=$(sed -n '1s/^#! *//p' "$(first_program gunicorn 2>/dev/null || echo /dev/null)")
if [ -n "$gunicorn_python" ] && $gunicorn_python -c 'import gevent' 2>/dev/null; then gunicorn_class=gevent; fi

# Adds a target; who reads the letters of the comparison is told here what runs behind each.
add() {
  targets="$targets $1"
  echo "  $1  $2"
}

left_out() {
  echo "  left out: $1" >&2
}

# Whether all programs are there; else what needs them is left out.
has() {
  for has_program; do
    if ! first_program "$has_program" >/dev/null 2>&1; then
      left_out "$has_program is not installed"
      return 1
    fi
  done
}

wsgi_targets() {
  if has uwsgi; then
    for socket in http fastcgi scgi uwsgi; do
      port=$(free_port)
      if start_uwsgi "$port" "$www/probe.py" "$socket"; then
        add "$socket://127.0.0.1:$port/" "uWSGI, --$socket-socket"
      else
        left_out 'uWSGI does not start (uwsgi-plugin-python3?)'
      fi
    done
  fi
  if has gunicorn; then
    port=$(free_port)
    start_gunicorn "$port" "$www/probe.py" "$gunicorn_class"
    add "http://127.0.0.1:$port/" "gunicorn, worker class $gunicorn_class"
  fi
}

php_targets() {
  if has php-cgi; then
    # php-cgi is told its script by a variable, which the others would take for their own.
    printf '#!/bin/sh\nexport REDIRECT_STATUS=200 SCRIPT_FILENAME=%s\nexec %s "$@"\n' "$www/probe.php" \
      "$(first_program php-cgi)" >"$www/php.cgi"
    chmod +x "$www/php.cgi"
    add "cgi:$www/php.cgi" 'php-cgi'
  fi
  if php_fpm_program >/dev/null 2>&1; then
    port=$(free_port)
    start_php_fpm 127.0.0.1 "$port"
    add "fastcgi://127.0.0.1:$port/probe.php" 'php-fpm'
  else
    left_out 'php-fpm is not installed'
  fi
  if has php; then
    port=$(free_port)
    PHP_CLI_SERVER_WORKERS=4 "$(first_program php)" -S "127.0.0.1:$port" -t "$www" "$www/probe.php" \
      >"$SERVERS_DIR/php-$port.out" 2>&1 &
    php_pid=$!
    SERVERS_PIDS="$php_pid $SERVERS_PIDS"
    wait_port "$port" "$php_pid"
    # Its workers do not end with it.
    SERVERS_PIDS="$SERVERS_PIDS $(cat "/proc/$php_pid/task/$php_pid/children")"
    add "http://127.0.0.1:$port/probe.php" 'php -S'
  fi
}

proxy_targets() {
  has nginx gunicorn || return 0
  gunicorn_port=$(free_port)
  start_gunicorn "$gunicorn_port" "$www/probe.py" "$gunicorn_class"
  port=$(free_port)
  proxy_user=''
  [ "$(id -u)" -ne 0 ] || proxy_user="user $(id -un) $(id -gn);"
  fill_in "$servers_root/Tests/Servers/nginx-proxy.conf.in" "DIR=$SERVERS_DIR" "USER=$proxy_user" "PORT=$port" \
    "BACKEND_PORT=$gunicorn_port" >"$SERVERS_DIR/nginx-proxy.conf"
  "$(first_program nginx)" -p "$SERVERS_DIR" -c "$SERVERS_DIR/nginx-proxy.conf" -e "$SERVERS_DIR/nginx-error.log" \
    >"$SERVERS_DIR/nginx.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$port" "$!"
  add "http://127.0.0.1:$port/" 'nginx, with the next behind it'
  add "http://127.0.0.1:$gunicorn_port/" "gunicorn, worker class $gunicorn_class"
}

# The reference HTTP server once for each fault; - is the sound one.
reference_targets() {
  for fault; do
    port=$(free_port)
    case $fault in
      -) "$gatespec" serve "http://127.0.0.1:$port" ;;
      *) "$gatespec" serve "http://127.0.0.1:$port" --fault "$fault" ;;
    esac >"$SERVERS_DIR/reference-$port.out" 2>&1 &
    SERVERS_PIDS="$! $SERVERS_PIDS"
    wait_port "$port" "$!"
    case $fault in
      -) add "http://127.0.0.1:$port/" 'the reference, sound' ;;
      *) add "http://127.0.0.1:$port/" "the reference, $fault" ;;
    esac
  done
}

length_only_target() {
  has python3 || return 0
  port=$(free_port)
  python3 "$servers_root/Tests/Servers/http/length_only.py" "$port" >"$SERVERS_DIR/length-only.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$port" "$!"
  add "http://127.0.0.1:$port/" 'a server that goes by Content-Length alone'
}

for name; do
  echo "== $name"
  targets=''
  case $name in
    wsgi) wsgi_targets ;;
    php) php_targets ;;
    proxy) proxy_targets ;;
    signed-length) reference_targets - http-signed-length-taken http-no-length-is-none ;;
    hex-prefix) reference_targets - http-hex-prefix-taken http-size-by-prefix ;;
    vertical-tab)
      reference_targets - http-chunked-behind-vertical-tab
      length_only_target
      ;;
    two-lengths) reference_targets http-first-length-taken http-last-length-taken ;;
    *)
      echo "there is no comparison $name" >&2
      exit 2
      ;;
  esac
  # shellcheck disable=SC2086
  case $(set -- $targets && echo $#) in
    0 | 1) left_out "$name, which needs two servers" ;;
    *)
      status=0
      # shellcheck disable=SC2086
      "$gatespec" compare $targets --root "$www" --report text=- --report "text=$results/$name.txt" \
        --report "json=$results/$name.json" ${GATESPEC_OPTIONS-} || status=$?
      # Findings are what is looked for here.
      [ "$status" -le 1 ] || exit "$status"
      ;;
  esac
done
