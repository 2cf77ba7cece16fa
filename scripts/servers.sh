# Real servers for captures and end-to-end tests: nginx, php-fpm and tcpdump on loopback, as the current user, in a
# directory of their own. Sourced by POSIX shells; the caller says `trap stop_all EXIT` and the like. Everything that
# is started is noted by its process id, and stop_all ends exactly that.
#
#   servers_begin                       makes SERVERS_DIR with an empty www in it
#   free_port [PORT...]                 prints the first of the PORTs that is free, or else some free port
#   wait_port PORT [PID]                returns once something listens there; fails after 10 s or when PID has ended
#   start_php_fpm ADDRESS PORT [WORKERS]
#   start_php_fpm_unix SOCKET [WORKERS]
#   start_spawn_fcgi PORT PROGRAM [ARGUMENT...]    a FastCGI program with its listening socket as descriptor 0
#   start_fcgiwrap PORT WORKERS                    with the error stream; its workers do not end with it
#   start_uwsgi PORT WSGI_FILE [fastcgi|uwsgi|scgi]    uWSGI, with the socket of that protocol
#   start_gunicorn PORT WSGI_FILE [CLASS]          gunicorn, which keeps connections; its worker class, or gthread
#   start_gunicorn_uwsgi PORT WSGI_FILE            gunicorn that speaks uwsgi; $GUNICORN, or one that knows it
#   start_flup PORT WSGI_FILE                      flup's SCGI server, with threads; $PYTHON, or python3
#   start_perl_scgi PORT PROBE                     the Perl probe on SCGI.pm
#   start_nginx ADDRESS PORT BACKEND_ADDRESS BACKEND_PORT [on|off]    the last: keep connections to the backend;
#                                       UWSGI_PORT, SCGI_PORT and PROXIED_PORT: the other backends, on 127.0.0.1
#   start_capture FILE PORT...          tcpdump on the loopback interface, once it captures
#   stop_capture                        ends it, fails when the kernel dropped packets
#   stop_process PID [SIGNAL]           ends one of ours and waits for it
#   stop_all                            ends whatever still runs, and removes SERVERS_DIR
#
# Addresses are 127.0.0.1 or ::1, and of nginx's backend also unix:PATH. Ports are watched in /proc/net, so that no
# connection is made that nobody asked for.

# The repository: SERVERS_ROOT, or the folder above the one of the script that sources this file.
servers_root=${SERVERS_ROOT:-$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)}
SERVERS_PIDS=''

servers_begin() {
  SERVERS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/gatespec-servers.XXXXXX")
  mkdir "$SERVERS_DIR/www"
  : >"$SERVERS_DIR/ports"
}

servers_fail() {
  echo "servers: $*" >&2
  return 1
}

# The first of the given programs that exists.
first_program() {
  for program_name; do
    for program_path in "$(command -v "$program_name" 2>/dev/null)" "/usr/sbin/$program_name" "/sbin/$program_name"; do
      if [ -n "$program_path" ] && [ -x "$program_path" ]; then
        printf '%s\n' "$program_path"
        return 0
      fi
    done
  done
  servers_fail "none of these programs is installed: $*"
}

# Debian names the program after its version; the newest wins.
php_fpm_program() {
  php_fpm_names=''
  for program_path in /usr/sbin/php-fpm[0-9]*; do
    [ -x "$program_path" ] && php_fpm_names="${program_path##*/} $php_fpm_names"
  done
  # shellcheck disable=SC2086
  first_program $php_fpm_names php-fpm
}

# Whether something listens on the port, on any address (state 0A of /proc/net/tcp is LISTEN).
port_listens() {
  grep -qs ":$(printf '%04X' "$1") [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6
}

free_port() {
  # Below the range that the kernel takes the ports of clients from.
  port_choice=$(od -An -N 64 -tu2 /dev/urandom | awk '{ for (i = 1; i <= NF; i++) print 20000 + $i % 10000 }')
  for port_found in "$@" $port_choice; do
    if ! port_listens "$port_found" && ! grep -qx "$port_found" "$SERVERS_DIR/ports"; then
      echo "$port_found" | tee -a "$SERVERS_DIR/ports"
      return 0
    fi
  done
  servers_fail 'no free port found'
}

wait_port() {
  wait_left=200
  until port_listens "$1"; do
    if [ -n "${2-}" ] && ! kill -0 "$2" 2>/dev/null; then
      servers_fail "the process that should listen on port $1 has ended"
      return 1
    fi
    wait_left=$((wait_left - 1))
    if [ "$wait_left" -eq 0 ]; then
      servers_fail "nothing listens on port $1 after 10 seconds"
      return 1
    fi
    sleep 0.05
  done
}

# Returns once there is a socket of that path: PATH [PID]
wait_socket() {
  wait_left=200
  until [ -S "$1" ]; do
    wait_left=$((wait_left - 1))
    if [ "$wait_left" -eq 0 ] || { [ -n "${2-}" ] && ! kill -0 "$2" 2>/dev/null; }; then
      servers_fail "there is no socket $1"
      return 1
    fi
    sleep 0.05
  done
}

# ADDRESS PORT as configuration files write them; unix:PATH as it is.
host_port() {
  case $1 in
    unix:*) echo "$1" ;;
    *:*) echo "[$1]:$2" ;;
    *) echo "$1:$2" ;;
  esac
}

# Fills in a template: FILE NAME=VALUE...
fill_in() {
  fill_template=$1
  shift
  fill_script=''
  for fill_pair; do
    fill_script="${fill_script}s|@${fill_pair%%=*}@|${fill_pair#*=}|g;"
  done
  sed "$fill_script" "$fill_template"
}

start_php_fpm() {
  php_fpm=$(php_fpm_program) || return 1
  php_fpm_user='' php_fpm_root=''
  if [ "$(id -u)" -eq 0 ]; then
    php_fpm_user="user = $(id -un)" php_fpm_root=-R
  fi
  fill_in "$servers_root/Tests/Servers/php-fpm.conf.in" "DIR=$SERVERS_DIR" "USER=$php_fpm_user" \
    "FASTCGI_ADDRESS=$(host_port "$1" "$2")" "WORKERS=${3:-4}" >"$SERVERS_DIR/php-fpm.conf"
  # shellcheck disable=SC2086
  "$php_fpm" $php_fpm_root -F -y "$SERVERS_DIR/php-fpm.conf" >"$SERVERS_DIR/php-fpm.out" 2>&1 &
  PHP_FPM_PID=$!
  SERVERS_PIDS="$PHP_FPM_PID $SERVERS_PIDS"
  if ! wait_port "$2" "$PHP_FPM_PID"; then
    cat "$SERVERS_DIR/php-fpm.out" >&2
    return 1
  fi
}

start_php_fpm_unix() {
  php_fpm=$(php_fpm_program) || return 1
  php_fpm_user='' php_fpm_root=''
  if [ "$(id -u)" -eq 0 ]; then
    php_fpm_user="user = $(id -un)" php_fpm_root=-R
  fi
  mkdir "$SERVERS_DIR/php-fpm-unix"
  fill_in "$servers_root/Tests/Servers/php-fpm.conf.in" "DIR=$SERVERS_DIR/php-fpm-unix" "USER=$php_fpm_user" \
    "FASTCGI_ADDRESS=$1" "WORKERS=${2:-4}" >"$SERVERS_DIR/php-fpm-unix/php-fpm.conf"
  # shellcheck disable=SC2086
  "$php_fpm" $php_fpm_root -F -y "$SERVERS_DIR/php-fpm-unix/php-fpm.conf" >"$SERVERS_DIR/php-fpm-unix/out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_socket "$1" "$!"
}

# Under spawn-fcgi -n the process is the program itself.
start_spawn_fcgi() {
  spawn_fcgi=$(first_program spawn-fcgi) || return 1
  spawn_port=$1
  shift
  "$spawn_fcgi" -n -a 127.0.0.1 -p "$spawn_port" -- "$@" >"$SERVERS_DIR/spawn-fcgi-$spawn_port.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$spawn_port" "$!"
}

start_fcgiwrap() {
  start_spawn_fcgi "$1" "$(first_program fcgiwrap)" -f -c "$2" || return 1
  fcgiwrap_pid=${SERVERS_PIDS%% *}
  fcgiwrap_left=200
  until fcgiwrap_workers=$(cat "/proc/$fcgiwrap_pid/task/$fcgiwrap_pid/children") &&
    [ "$(echo "$fcgiwrap_workers" | wc -w)" -eq "$2" ]; do
    fcgiwrap_left=$((fcgiwrap_left - 1))
    if [ "$fcgiwrap_left" -eq 0 ]; then
      servers_fail 'fcgiwrap does not start its workers'
      return 1
    fi
    sleep 0.05
  done
  SERVERS_PIDS="$SERVERS_PIDS $fcgiwrap_workers"
}

start_uwsgi() {
  uwsgi=$(first_program uwsgi) || return 1
  "$uwsgi" --master --die-on-term --processes 2 "--${3:-fastcgi}-socket" "127.0.0.1:$1" --plugin python3 \
    --wsgi-file "$2" >"$SERVERS_DIR/uwsgi-$1.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$1" "$!"
}

start_gunicorn() {
  gunicorn=$(first_program gunicorn) || return 1
  gunicorn_module=${2##*/}
  # A worker of the kind that keeps connections; the default one closes each.
  PYTHONDONTWRITEBYTECODE=1 "$gunicorn" --bind "127.0.0.1:$1" --worker-class "${3:-gthread}" --workers 2 --threads 4 \
    --keep-alive 5 --worker-tmp-dir "$SERVERS_DIR" --chdir "${2%/*}" "${gunicorn_module%.py}:application" \
    >"$SERVERS_DIR/gunicorn.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$1" "$!"
}

start_gunicorn_uwsgi() {
  gunicorn_module=${2##*/}
  PYTHONDONTWRITEBYTECODE=1 "${GUNICORN:-gunicorn}" --protocol uwsgi --bind "127.0.0.1:$1" --workers 4 \
    --worker-tmp-dir "$SERVERS_DIR" --no-control-socket --chdir "${2%/*}" "${gunicorn_module%.py}:application" \
    >"$SERVERS_DIR/gunicorn-uwsgi.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$1" "$!"
}

start_flup() {
  PYTHONPATH=${2%/*} PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" -c '
import sys
from flup.server.scgi import WSGIServer
from probe import application
WSGIServer(application, bindAddress=("127.0.0.1", int(sys.argv[1])), debug=False).run()' "$1" \
    >"$SERVERS_DIR/flup.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$1" "$!"
}

start_perl_scgi() {
  perl "$2" scgi "$1" >"$SERVERS_DIR/perl-scgi.out" 2>&1 &
  SERVERS_PIDS="$! $SERVERS_PIDS"
  wait_port "$1" "$!"
}

start_nginx() {
  nginx=$(first_program nginx) || return 1
  nginx_user='' nginx_keepalive=''
  [ "$(id -u)" -ne 0 ] || nginx_user="user $(id -un) $(id -gn);"
  [ "${5:-off}" = off ] || nginx_keepalive='keepalive 8;'
  fill_in "$servers_root/Tests/Servers/nginx.conf.in" "DIR=$SERVERS_DIR" "USER=$nginx_user" \
    "HTTP_ADDRESS=$(host_port "$1" "$2")" "FASTCGI_ADDRESS=$(host_port "$3" "$4")" \
    "UWSGI_ADDRESS=127.0.0.1:${UWSGI_PORT:-9}" "SCGI_ADDRESS=127.0.0.1:${SCGI_PORT:-9}" \
    "PROXIED_ADDRESS=127.0.0.1:${PROXIED_PORT:-9}" \
    "UPSTREAM_KEEPALIVE=$nginx_keepalive" "KEEP_CONN=${5:-off}" >"$SERVERS_DIR/nginx.conf"
  "$nginx" -p "$SERVERS_DIR" -c "$SERVERS_DIR/nginx.conf" -e "$SERVERS_DIR/nginx-error.log" \
    >"$SERVERS_DIR/nginx.out" 2>&1 &
  NGINX_PID=$!
  SERVERS_PIDS="$NGINX_PID $SERVERS_PIDS"
  if ! wait_port "$2" "$NGINX_PID"; then
    cat "$SERVERS_DIR/nginx.out" >&2
    return 1
  fi
}

start_capture() {
  capture_file=$1
  shift
  tcpdump=$(first_program tcpdump) || return 1
  capture_filter=''
  for capture_port; do
    capture_filter="$capture_filter${capture_filter:+ or }tcp port $capture_port"
  done
  capture_as=''
  if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then
    capture_as='sudo -n'
  fi
  # A large buffer, and no -l or immediate mode: those drop packets when the loopback interface is busy.
  # shellcheck disable=SC2086
  $capture_as "$tcpdump" -i lo -n -U -B 65536 -Z "$(id -un)" -w "$capture_file" $capture_filter \
    2>"$SERVERS_DIR/tcpdump.err" &
  CAPTURE_PID=$!
  SERVERS_PIDS="$CAPTURE_PID $SERVERS_PIDS"
  capture_left=200
  until grep -qs '^tcpdump: listening on\|^listening on' "$SERVERS_DIR/tcpdump.err"; do
    capture_left=$((capture_left - 1))
    if [ "$capture_left" -eq 0 ] || ! kill -0 "$CAPTURE_PID" 2>/dev/null; then
      cat "$SERVERS_DIR/tcpdump.err" >&2
      servers_fail 'tcpdump does not capture (it needs root, or the capability cap_net_raw)'
      return 1
    fi
    sleep 0.05
  done
}

stop_capture() {
  # The kernel hands packets over in blocks, at the latest after a second: none may be left behind.
  sleep 1.5
  stop_process "$CAPTURE_PID" INT
  if ! grep -q '^0 packets dropped by kernel' "$SERVERS_DIR/tcpdump.err"; then
    cat "$SERVERS_DIR/tcpdump.err" >&2
    servers_fail 'the capture is not whole'
    return 1
  fi
}

stop_process() {
  # Under sudo tcpdump is root's, and so is the right to end it.
  if ! kill "-${2:-TERM}" "$1" 2>/dev/null && [ "$1" = "${CAPTURE_PID-}" ]; then
    ${capture_as:+$capture_as kill "-${2:-TERM}" "$1"} 2>/dev/null || :
  fi
  wait "$1" 2>/dev/null || :
  forget_process "$1"
}

# Ours no longer: it has ended by itself, and its id may be given to another process.
forget_process() {
  forget_left=''
  for forget_pid in $SERVERS_PIDS; do
    [ "$forget_pid" = "$1" ] || forget_left="$forget_left $forget_pid"
  done
  SERVERS_PIDS=$forget_left
}

stop_all() {
  for stop_each in $SERVERS_PIDS; do
    stop_process "$stop_each"
  done
  if [ -n "${SERVERS_DIR-}" ]; then
    rm -rf "$SERVERS_DIR"
    SERVERS_DIR=''
  fi
}
