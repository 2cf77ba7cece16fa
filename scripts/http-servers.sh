# Real HTTP/1.1 servers on loopback, each with the probe behind it where that can be. Sourced by POSIX shells after
# servers.sh and servers_begin.
#
#   http_named, http_servers, http_pypi    the names of those that every run of the tests checks; of all that Debian
#                       has; and of those from PyPI
#   start_http NAME     starts it on HTTP_PORT, or a free port. Sets HTTP_URL to check, HTTP_VERSION (name and version),
#                       and HTTP_WHAT (how it runs). Fails with the reason in HTTP_SKIPPED where it is not installed.
#
# Its variables are read by who sources it, and servers_root is set by servers.sh.
# shellcheck disable=SC2034,SC2154
#
# NAME-pypi is a server written in Python from the virtual environment in HTTP_VENV instead of Debian.

http_named='nginx nginx-php apache apache-php lighttpd lighttpd-php caddy caddy-php gunicorn gunicorn-gthread waitress'
http_named="$http_named hypercorn uvicorn uwsgi php-builtin go python python-1.1"
http_servers="$http_named gunicorn-gevent gevent uvicorn-httptools daphne aiohttp tornado twisted cheroot"
http_servers="$http_servers werkzeug wsgiref node puma thin unicorn webrick starman http-daemon mojolicious jdk jetty"
http_servers="$http_servers tomcat h2o busybox mini-httpd webfs civetweb yaws cpp-httplib libmicrohttpd libevent"
http_pypi='gunicorn-pypi gunicorn-gthread-pypi gunicorn-gevent-pypi gevent-pypi waitress-pypi hypercorn-pypi'
http_pypi="$http_pypi uvicorn-pypi uvicorn-httptools-pypi daphne-pypi granian-pypi aiohttp-pypi tornado-pypi"
http_pypi="$http_pypi twisted-pypi cheroot-pypi bjoern-pypi werkzeug-pypi"

http_conf=$servers_root/Tests/Servers/http

http_skip() {
  HTTP_SKIPPED=$1
  return 1
}

# Fails unless all programs are there.
http_needs() {
  for http_program; do
    first_program "$http_program" >/dev/null 2>&1 || http_skip "$http_program is not installed" || return 1
  done
}

# Sets http_python to the first Python that has all modules.
http_python() {
  for http_python in "$(command -v python3)" /usr/bin/python3; do
    [ -x "$http_python" ] && "$http_python" -c "import $1" 2>/dev/null && return 0
  done
  http_skip "Python has no $1"
}

# The files that servers serve, and the probes, once.
http_files() {
  http_www=$SERVERS_DIR/www
  [ ! -e "$http_www/index.html" ] || return 0
  # A server that was started by root gives its rights up, and must still find them.
  chmod 755 "$SERVERS_DIR"
  cp "$servers_root"/fixtures/probes/probe.* "$http_www/"
  chmod +x "$http_www/probe.cgi" "$http_www/probe.pl" "$http_www/probe.py"
  awk 'BEGIN { print "<!DOCTYPE html><title>A page</title><pre>"; for (i = 0; i < 100; i++) print "line " i }' \
    >"$http_www/index.html"
}

# For a server that passes PHP on, a php-fpm of its own; the others get a port where nothing listens.
http_php_fpm() {
  http_fpm_port=9
  case $http_name in *-php) ;; *) return 0 ;; esac
  php_fpm_program >/dev/null 2>&1 || http_skip 'php-fpm is not installed' || return 1
  http_fpm_port=$(free_port)
  start_php_fpm 127.0.0.1 "$http_fpm_port" 8
}

# Runs a server in the background until it listens: COMMAND [ARGUMENT...]
http_run() {
  PYTHONPATH="$http_www:$http_conf" PYTHONDONTWRITEBYTECODE=1 "$@" </dev/null \
    >>"$SERVERS_DIR/http-$http_name.out" 2>&1 &
  HTTP_PID=$!
  SERVERS_PIDS="$HTTP_PID $SERVERS_PIDS"
  wait_port "$http_port" "$HTTP_PID" || http_skip "it does not start: $(tail -n 1 "$SERVERS_DIR/http-$http_name.out")"
}

# The first version number in a program's words.
http_version() {
  "$@" 2>&1 </dev/null | grep -o '[0-9][0-9]*\.[0-9][0-9.]*[0-9a-z]*' | head -n 1
}

# The version of a Python package.
http_package() {
  "$http_python" -c 'import importlib.metadata as m, sys; print(m.version(sys.argv[1]))' "$1"
}

# The same, of the package that a program belongs to: its first line names its Python. PROGRAM PACKAGE
http_program_package() {
  http_python=$(sed -n '1s/^#! *//p' "$(first_program "$1")")
  http_package "$2"
}

# The version of a Debian package, without what Debian adds.
http_debian() {
  dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[-+].*//'
}

start_http() {
  case $1 in
    *-pypi)
      [ -n "${HTTP_VENV-}" ] || http_skip 'HTTP_VENV names no virtual environment' || return 1
      http_path=$PATH
      PATH=$HTTP_VENV/bin:$PATH
      http_started=0
      start_http_here "${1%-pypi}" || http_started=1
      PATH=$http_path
      return "$http_started"
      ;;
    *) start_http_here "$1" ;;
  esac
}

start_http_here() {
  http_name=$1
  http_port=${HTTP_PORT:-$(free_port)}
  HTTP_SKIPPED='' HTTP_URL=http://127.0.0.1:$http_port/
  http_files
  case $http_name in
    nginx | apache | lighttpd | caddy | h2o) "http_start_$http_name" ;;
    *-php)
      "http_start_${http_name%-php}" && HTTP_URL=${HTTP_URL%/*}/probe.php HTTP_WHAT='probe.php under php-fpm'
      ;;
    gunicorn | gunicorn-*) http_start_gunicorn ;;
    waitress | hypercorn | uvicorn | uvicorn-httptools | daphne | granian) http_start_python_program ;;
    gevent | tornado | twisted | cheroot | bjoern | werkzeug | wsgiref | aiohttp) http_start_python_module ;;
    python | python-1.1 | uwsgi | php-builtin | go | node) "http_start_$(echo "$http_name" | tr -d '.1-')" ;;
    puma | thin | unicorn | webrick) http_start_ruby ;;
    starman | http-daemon | mojolicious) http_start_perl ;;
    jdk | jetty | tomcat) "http_start_$http_name" ;;
    busybox | mini-httpd | webfs | civetweb | yaws) http_start_small ;;
    cpp-httplib | libmicrohttpd | libevent) http_start_library ;;
    *)
      echo "there is no HTTP server $http_name" >&2
      exit 2
      ;;
  esac
}

http_start_nginx() {
  http_needs nginx && http_php_fpm || return 1
  HTTP_VERSION="nginx $(http_version nginx -v)" HTTP_WHAT='files'
  start_nginx 127.0.0.1 "$http_port" 127.0.0.1 "$http_fpm_port" on
}

http_start_apache() {
  http_needs apache2 && http_php_fpm || return 1
  http_user=''
  [ "$(id -u)" -ne 0 ] || http_user='User www-data'
  fill_in "$http_conf/apache.conf.in" "DIR=$SERVERS_DIR" "PORT=$http_port" "USER=$http_user" \
    MODULES=/usr/lib/apache2/modules "FASTCGI_PORT=$http_fpm_port" >"$SERVERS_DIR/apache.conf"
  HTTP_VERSION="Apache httpd $(http_version apache2 -v)" HTTP_WHAT='files'
  http_run "$(first_program apache2)" -DFOREGROUND -f "$SERVERS_DIR/apache.conf"
}

http_start_lighttpd() {
  http_needs lighttpd && http_php_fpm || return 1
  fill_in "$http_conf/lighttpd.conf.in" "DIR=$SERVERS_DIR" "PORT=$http_port" "FASTCGI_PORT=$http_fpm_port" \
    >"$SERVERS_DIR/lighttpd.conf"
  HTTP_VERSION="lighttpd $(http_version lighttpd -v)" HTTP_WHAT='files'
  http_run "$(first_program lighttpd)" -D -f "$SERVERS_DIR/lighttpd.conf"
}

http_start_caddy() {
  http_needs caddy && http_php_fpm || return 1
  fill_in "$http_conf/Caddyfile.in" "DIR=$SERVERS_DIR" "PORT=$http_port" "FASTCGI_PORT=$http_fpm_port" \
    >"$SERVERS_DIR/Caddyfile"
  HTTP_VERSION="Caddy $(http_version caddy version)" HTTP_WHAT='files'
  http_run env HOME="$SERVERS_DIR" XDG_DATA_HOME="$SERVERS_DIR" XDG_CONFIG_HOME="$SERVERS_DIR" \
    caddy run --adapter caddyfile --config "$SERVERS_DIR/Caddyfile"
}

http_start_gunicorn() {
  http_needs gunicorn || return 1
  http_class=${http_name#gunicorn}
  http_class=${http_class#-}
  HTTP_VERSION="gunicorn $(http_version gunicorn --version)" HTTP_WHAT="probe.py, worker class ${http_class:-sync}"
  # With threads the class sync is gthread too. Connections are kept for longer than any case waits for a close: those
  # that time out after 2 seconds would be closed just then.
  http_workers='--workers 2 --threads 4'
  [ -n "$http_class" ] || http_workers='--workers 8'
  # shellcheck disable=SC2086
  http_run gunicorn --bind "127.0.0.1:$http_port" --worker-class "${http_class:-sync}" $http_workers \
    --keep-alive 60 --worker-tmp-dir "$SERVERS_DIR" --chdir "$http_www" probe:application
}

http_start_python_program() {
  http_command=$http_name
  case $http_name in
    waitress) http_command=waitress-serve ;;
    uvicorn-*) http_command=uvicorn ;;
  esac
  http_needs "$http_command" || return 1
  HTTP_WHAT='probe.py'
  case $http_name in
    waitress)
      HTTP_VERSION="waitress $(http_program_package waitress-serve waitress)"
      http_run waitress-serve "--listen=127.0.0.1:$http_port" probe:application
      ;;
    hypercorn)
      HTTP_VERSION="hypercorn $(http_program_package hypercorn Hypercorn)" HTTP_WHAT='probe.py by asgiref (h11)'
      http_run hypercorn --bind "127.0.0.1:$http_port" asgi_probe:application
      ;;
    uvicorn | uvicorn-httptools)
      http_parser=${http_name#uvicorn}
      http_parser=${http_parser#-}
      HTTP_VERSION="uvicorn $(http_version uvicorn --version)" HTTP_WHAT="probe.py (${http_parser:-h11})"
      http_run uvicorn --interface wsgi --http "${http_parser:-h11}" --host 127.0.0.1 --port "$http_port" \
        probe:application
      ;;
    daphne)
      HTTP_VERSION="daphne $(http_program_package daphne daphne)" HTTP_WHAT='probe.py by asgiref'
      http_run daphne --bind 127.0.0.1 --port "$http_port" asgi_probe:application
      ;;
    granian)
      HTTP_VERSION="granian $(http_version granian --version)"
      http_run granian --interface wsgi --http 1 --host 127.0.0.1 --port "$http_port" probe:application
      ;;
  esac
}

# As it is it speaks HTTP/1.0.
http_start_python() {
  http_python http.server || return 1
  HTTP_VERSION="Python $(http_version "$http_python" -V) http.server" HTTP_WHAT='files'
  http_protocol=''
  if [ "$http_name" = python-1.1 ]; then
    "$http_python" -m http.server --help | grep -q protocol ||
      http_skip 'this http.server has no --protocol' || return 1
    http_protocol='--protocol HTTP/1.1' HTTP_WHAT='files, --protocol HTTP/1.1'
  fi
  # shellcheck disable=SC2086
  http_run "$http_python" -m http.server --bind 127.0.0.1 $http_protocol --directory "$http_www" "$http_port"
}

http_start_uwsgi() {
  http_needs uwsgi || return 1
  HTTP_VERSION="uWSGI $(http_version uwsgi --version)" HTTP_WHAT='probe.py, --http-socket'
  start_uwsgi "$http_port" "$http_www/probe.py" http || http_skip 'uWSGI does not start (uwsgi-plugin-python3?)'
}

http_start_phpbuiltin() {
  http_needs php || return 1
  HTTP_VERSION="PHP $(http_version php -v) built-in" HTTP_WHAT='probe.php'
  http_run env PHP_CLI_SERVER_WORKERS=4 php -S "127.0.0.1:$http_port" -t "$http_www" "$http_www/probe.php" || return 1
  # Its workers do not end with it.
  SERVERS_PIDS="$SERVERS_PIDS $(cat "/proc/$HTTP_PID/task/$HTTP_PID/children")"
}

http_start_go() {
  http_needs go || return 1
  GOCACHE="${GOCACHE:-$SERVERS_DIR/go-cache}" go build -o "$SERVERS_DIR/probe-http" "$http_www/probe.go" \
    2>"$SERVERS_DIR/go.err" || http_skip 'the Go probe cannot be built' || return 1
  HTTP_VERSION="Go $(http_version go version) net/http" HTTP_WHAT='probe.go'
  http_run "$SERVERS_DIR/probe-http" http "127.0.0.1:$http_port"
}

# shellcheck source=scripts/http-more-servers.sh
. "$servers_root/scripts/http-more-servers.sh"
