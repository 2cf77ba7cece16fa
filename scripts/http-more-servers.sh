# The HTTP servers of http-servers.sh that only its table is made of: how each is started. Sourced by that file.
# What they set is read there.
# shellcheck disable=SC2034,SC2154

http_start_h2o() {
  http_needs h2o || return 1
  http_user=''
  [ "$(id -u)" -ne 0 ] || http_user='user: root'
  fill_in "$http_conf/h2o.yaml.in" "DIR=$SERVERS_DIR" "PORT=$http_port" "USER=$http_user" >"$SERVERS_DIR/h2o.yaml"
  HTTP_VERSION="h2o $(http_version h2o -v)" HTTP_WHAT='files'
  http_run h2o -c "$SERVERS_DIR/h2o.yaml"
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

# Fails unless Perl has all modules.
http_perl() {
  for http_module; do
    perl "-M$http_module" -e 1 2>/dev/null || http_skip "Perl has no $http_module" || return 1
  done
}

http_start_perl() {
  case $http_name in
    starman)
      http_needs starman || return 1
      HTTP_VERSION="Starman $(http_version starman --version)" HTTP_WHAT='a probe for PSGI'
      http_run starman --workers 4 --listen "127.0.0.1:$http_port" "$http_conf/psgi.pl"
      ;;
    mojolicious)
      http_perl Mojolicious || return 1
      HTTP_VERSION="Mojolicious $(perl -MMojolicious -e 'print Mojolicious->VERSION')" HTTP_WHAT='one page'
      http_run perl -Mojo -E 'any "/*rest" => {rest => "", text => "page\n"}; app->start' daemon --mode production \
        --listen "http://127.0.0.1:$http_port"
      ;;
    http-daemon)
      http_perl HTTP::Daemon || return 1
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
    org.apache.catalina.startup.Bootstrap start || return 1
  # It listens before it answers.
  http_left=200
  until grep -q 'Server startup in' "$SERVERS_DIR/http-tomcat.out" || [ "$http_left" -eq 0 ]; do
    http_left=$((http_left - 1))
    sleep 0.1
  done
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
