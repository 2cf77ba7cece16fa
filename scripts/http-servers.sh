# Real HTTP/1.1 servers on loopback, each with the probe behind it where that can be. Sourced by POSIX shells after
# servers.sh and servers_begin.
#
#   http_servers        the names of all of them, on one line
#   http_named          those that are checked in every run of the tests
#   start_http NAME     starts it on HTTP_PORT, or a free port. Sets HTTP_URL to check, HTTP_VERSION (name and version),
#                       and HTTP_WHAT (how it runs). Fails with the reason in HTTP_SKIPPED where it is not installed.
#
# Programs are looked for on PATH; a virtual environment that comes first there wins over Debian's Python packages.

http_named='nginx nginx-php apache apache-php lighttpd lighttpd-php caddy caddy-php gunicorn gunicorn-gthread waitress'
http_named="$http_named hypercorn uvicorn uwsgi php-builtin go python python-1.1"
http_servers="$http_named gunicorn-gevent gevent uvicorn-httptools daphne granian aiohttp tornado twisted cheroot bjoern"
http_servers="$http_servers werkzeug wsgiref node puma thin unicorn webrick starman http-daemon mojolicious jdk jetty"
http_servers="$http_servers tomcat h2o busybox mini-httpd webfs civetweb yaws cpp-httplib libmicrohttpd libevent"

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
  awk 'BEGIN { print "<!DOCTYPE html><title>A page</title><p>"; for (i = 0; i < 100; i++) print "line " i; print "</p>" }' \
    >"$http_www/index.html"
}

# One php-fpm for all servers that pass PHP on.
http_php_fpm() {
  [ -z "${http_fpm_port-}" ] || return 0
  php_fpm_program >/dev/null 2>&1 || http_skip 'php-fpm is not installed' || return 1
  http_fpm_port=$(free_port)
  start_php_fpm 127.0.0.1 "$http_fpm_port" 8
}

# Runs a server in the background until it listens: COMMAND [ARGUMENT...]
http_run() {
  PYTHONPATH="$http_www:$http_conf" PYTHONDONTWRITEBYTECODE=1 "$@" >"$SERVERS_DIR/http-$http_name.out" 2>&1 </dev/null &
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

http_start_h2o() {
  http_needs h2o || return 1
  http_user=''
  [ "$(id -u)" -ne 0 ] || http_user='user: root'
  fill_in "$http_conf/h2o.yaml.in" "DIR=$SERVERS_DIR" "PORT=$http_port" "USER=$http_user" >"$SERVERS_DIR/h2o.yaml"
  HTTP_VERSION="h2o $(http_version h2o -v)" HTTP_WHAT='files'
  http_run h2o -c "$SERVERS_DIR/h2o.yaml"
}

http_start_gunicorn() {
  http_needs gunicorn || return 1
  http_class=${http_name#gunicorn}
  http_class=${http_class#-}
  HTTP_VERSION="gunicorn $(http_version gunicorn --version)" HTTP_WHAT="probe.py, worker class ${http_class:-sync}"
  http_run gunicorn --bind "127.0.0.1:$http_port" --worker-class "${http_class:-sync}" --workers 2 --threads 4 \
    --worker-tmp-dir "$SERVERS_DIR" --chdir "$http_www" probe:application
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
      HTTP_VERSION="hypercorn $(http_program_package hypercorn Hypercorn)" HTTP_WHAT='probe.py (h11)'
      http_run hypercorn --bind "127.0.0.1:$http_port" wsgi:probe:application
      ;;
    uvicorn | uvicorn-httptools)
      http_parser=${http_name#uvicorn}
      http_parser=${http_parser#-}
      HTTP_VERSION="uvicorn $(http_version uvicorn --version)" HTTP_WHAT="probe.py (${http_parser:-h11})"
      http_run uvicorn --interface wsgi --http "${http_parser:-h11}" --host 127.0.0.1 --port "$http_port" probe:application
      ;;
    daphne)
      HTTP_VERSION="daphne $(http_program_package daphne daphne)" HTTP_WHAT='probe.py by asgiref'
      http_run daphne --bind 127.0.0.1 --port "$http_port" asgi:application
      ;;
    granian)
      HTTP_VERSION="granian $(http_version granian --version)"
      http_run granian --interface wsgi --http 1 --host 127.0.0.1 --port "$http_port" probe:application
      ;;
  esac
}

http_start_python_module() {
  HTTP_WHAT='probe.py'
  case $http_name in
    wsgiref)
      http_python wsgiref && HTTP_VERSION="Python $(http_version "$http_python" -V) wsgiref" || return 1
      ;;
    *) http_python "$http_name" && HTTP_VERSION="$http_name $(http_package "$http_name")" || return 1 ;;
  esac
  case $http_name in
    aiohttp)
      HTTP_WHAT='a probe of its own'
      http_run "$http_python" "$http_conf/aiohttp_server.py" "$http_port"
      ;;
    *) http_run "$http_python" "$http_conf/wsgi.py" "$http_name" "$http_port" ;;
  esac
}

# As it is it speaks HTTP/1.0.
http_start_python() {
  http_python http.server || return 1
  HTTP_VERSION="Python $(http_version "$http_python" -V) http.server" HTTP_WHAT='files'
  http_protocol=''
  if [ "$http_name" = python-1.1 ]; then
    "$http_python" -m http.server --help | grep -q protocol || http_skip 'this http.server has no --protocol' || return 1
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

http_start_node() {
  http_needs node || return 1
  HTTP_VERSION="Node $(http_version node --version) http" HTTP_WHAT='a probe of its own'
  http_run node "$http_conf/node.js" "$http_port"
}

http_start_ruby() {
  HTTP_WHAT='a probe for Rack'
  case $http_name in
    webrick)
      http_needs rackup || return 1
      HTTP_VERSION="WEBrick $(http_version ruby -rwebrick -e 'puts WEBrick::VERSION')"
      http_run rackup --server webrick --env none --host 127.0.0.1 --port "$http_port" "$http_conf/config.ru"
      ;;
    puma)
      http_needs puma || return 1
      HTTP_VERSION="Puma $(http_version puma --version)"
      http_run puma --bind "tcp://127.0.0.1:$http_port" --environment none "$http_conf/config.ru"
      ;;
    thin)
      http_needs thin || return 1
      HTTP_VERSION="Thin $(http_version thin --version)"
      http_run thin --address 127.0.0.1 --port "$http_port" --threaded --rackup "$http_conf/config.ru" start
      ;;
    unicorn)
      http_needs unicorn || return 1
      HTTP_VERSION="Unicorn $(http_version unicorn --version)"
      http_run unicorn --listen "127.0.0.1:$http_port" --env none --no-default-middleware "$http_conf/config.ru"
      ;;
  esac
}

http_start_perl() {
  case $http_name in
    starman)
      http_needs starman || return 1
      HTTP_VERSION="Starman $(http_version starman --version)" HTTP_WHAT='probe.pl as CGI'
      http_run env "GATESPEC_PROBE=$http_www/probe.pl" starman --workers 4 --listen "127.0.0.1:$http_port" "$http_conf/psgi.pl"
      ;;
    mojolicious)
      http_needs perl || return 1
      perl -MMojolicious -e 1 2>/dev/null || http_skip 'Perl has no Mojolicious' || return 1
      HTTP_VERSION="Mojolicious $(perl -MMojolicious -e 'print Mojolicious->VERSION')" HTTP_WHAT='one page'
      http_run perl -Mojo -E 'any "/*rest" => {rest => "", text => "page\n"}; app->start' daemon --mode production \
        --listen "http://127.0.0.1:$http_port"
      ;;
    http-daemon)
      perl -MHTTP::Daemon -e 1 2>/dev/null || http_skip 'Perl has no HTTP::Daemon' || return 1
      HTTP_VERSION="HTTP::Daemon $(perl -MHTTP::Daemon -e 'print HTTP::Daemon->VERSION')" HTTP_WHAT='one page'
      http_run perl "$http_conf/daemon.pl" "$http_port"
      ;;
  esac
}

http_start_jdk() {
  http_needs java || return 1
  HTTP_VERSION="JDK $(http_version java -version) HttpServer" HTTP_WHAT='one page'
  http_run java -Xmx128m "$http_conf/Server.java" "$http_port"
}

http_start_tomcat() {
  tomcat=/usr/share/tomcat10
  [ -f "$tomcat/bin/bootstrap.jar" ] || http_skip 'Tomcat 10 is not installed' || return 1
  http_needs java || return 1
  mkdir -p "$SERVERS_DIR/tomcat/conf" "$SERVERS_DIR/tomcat/webapps" "$SERVERS_DIR/tomcat/temp"
  cp "$tomcat/etc/web.xml" "$SERVERS_DIR/tomcat/conf/"
  fill_in "$http_conf/tomcat.xml.in" "DIR=$SERVERS_DIR" "PORT=$http_port" >"$SERVERS_DIR/tomcat/conf/server.xml"
  HTTP_VERSION="Tomcat $(http_debian tomcat10)" HTTP_WHAT='files'
  http_run java -Xmx256m "-Dcatalina.home=$tomcat" "-Dcatalina.base=$SERVERS_DIR/tomcat" \
    "-Djava.io.tmpdir=$SERVERS_DIR/tomcat/temp" -cp "$tomcat/bin/bootstrap.jar:$tomcat/bin/tomcat-juli.jar" \
    org.apache.catalina.startup.Bootstrap start
}

http_start_jetty() {
  [ -d /usr/share/jetty9/lib ] || http_skip 'Jetty 9 is not installed' || return 1
  http_needs java || return 1
  fill_in "$http_conf/jetty.xml.in" "DIR=$SERVERS_DIR" "PORT=$http_port" >"$SERVERS_DIR/jetty.xml"
  HTTP_VERSION="Jetty $(http_debian jetty9)" HTTP_WHAT='files'
  http_run java -Xmx256m -cp '/usr/share/jetty9/lib/*' org.eclipse.jetty.xml.XmlConfiguration "$SERVERS_DIR/jetty.xml"
}

http_start_small() {
  http_user=''
  [ "$(id -u)" -ne 0 ] || http_user='-u root'
  HTTP_WHAT='files'
  case $http_name in
    busybox)
      http_needs busybox || return 1
      HTTP_VERSION="BusyBox $(http_debian busybox) httpd"
      http_run busybox httpd -f -p "127.0.0.1:$http_port" -h "$http_www"
      ;;
    mini-httpd)
      http_needs mini_httpd || return 1
      HTTP_VERSION="mini_httpd $(http_debian mini-httpd)"
      # shellcheck disable=SC2086
      http_run "$(first_program mini_httpd)" -D -h 127.0.0.1 -p "$http_port" -d "$http_www" $http_user
      ;;
    webfs)
      http_needs webfsd || return 1
      HTTP_VERSION="webfs $(http_debian webfs)"
      # shellcheck disable=SC2086
      http_run webfsd -F -i 127.0.0.1 -p "$http_port" -r "$http_www" -f index.html $http_user
      ;;
    civetweb)
      http_needs civetweb || return 1
      HTTP_VERSION="CivetWeb $(http_debian civetweb)"
      http_run civetweb -listening_ports "127.0.0.1:$http_port" -document_root "$http_www" -enable_keep_alive yes
      ;;
    yaws)
      http_needs yaws || return 1
      fill_in "$http_conf/yaws.conf.in" "DIR=$SERVERS_DIR" "PORT=$http_port" >"$SERVERS_DIR/yaws.conf"
      HTTP_VERSION="Yaws $(http_debian yaws)"
      http_run env HOME="$SERVERS_DIR" yaws --conf "$SERVERS_DIR/yaws.conf" --id "gatespec$http_port" --erlarg -noinput
      ;;
  esac
}

# Servers that are libraries, built into a program of one page.
http_start_library() {
  HTTP_WHAT='one page'
  case $http_name in
    cpp-httplib)
      http_build c++ httplib.cc -lcpp-httplib || return 1
      HTTP_VERSION="cpp-httplib $(http_debian libcpp-httplib-dev)" HTTP_WHAT='files'
      http_run "$SERVERS_DIR/cpp-httplib" "$http_port" "$http_www"
      ;;
    libmicrohttpd)
      http_build cc microhttpd.c -lmicrohttpd || return 1
      HTTP_VERSION="libmicrohttpd $(http_debian libmicrohttpd-dev)"
      http_run "$SERVERS_DIR/libmicrohttpd" "$http_port"
      ;;
    libevent)
      http_build cc evhttp.c -levent || return 1
      HTTP_VERSION="libevent $(http_debian libevent-dev) evhttp"
      http_run "$SERVERS_DIR/libevent" "$http_port"
      ;;
  esac
}

# Builds the program of a library: COMPILER SOURCE LIBRARY...
http_build() {
  http_compiler=$1 http_source=$2
  shift 2
  http_needs "$http_compiler" || return 1
  "$http_compiler" -O1 -o "$SERVERS_DIR/$http_name" "$http_conf/$http_source" "$@" 2>"$SERVERS_DIR/$http_name.err" ||
    http_skip "the program for $http_name cannot be built"
}
