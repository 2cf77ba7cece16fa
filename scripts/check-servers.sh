#!/bin/sh
# Checks real FastCGI, SCGI and uwsgi servers and CGI programs on loopback, each against the baseline of its known deviations.
#
#   scripts/check-servers.sh [-o DIR] GATESPEC [NAME...]
#   scripts/check-servers.sh compare [-o DIR] GATESPEC [NAME...]
#
# NAME is one of those below; without any, all of them. For each it starts the server, runs `gatespec check` with
# baselines/NAME.yaml, and prints the count; DIR keeps a text, a JSON and a JUnit report of each. A server that is not
# installed is skipped, with the reason. Status 1 when a target showed a deviation that its baseline does not explain.
#
# With `compare` one `gatespec compare` asks all servers the same, and its grid is printed: verdicts as they are, without
# baselines. Those that gatespec must start itself are left out.
#
#   reference      gatespec's own reference backend, started by gatespec itself
#   php-fpm        php-fpm over TCP, the PHP probe
#   php-fpm-unix   php-fpm over a Unix socket, the PHP probe
#   libfcgi        the C probe on libfcgi, under spawn-fcgi
#   libfcgi-spawn  the same started by gatespec itself, for the cases about the process
#   perl           Perl's FCGI module, the Perl probe under spawn-fcgi
#   go             Go's net/http/fcgi, the Go probe under spawn-fcgi
#   ruby           Ruby's fcgi, its half in Ruby, the Ruby probe under spawn-fcgi
#   fcgiwrap       fcgiwrap with the shell probe
#   uwsgi          uWSGI's FastCGI socket with the Python probe
#   uwsgi-scgi     uWSGI's SCGI socket with the Python probe
#   uwsgi-uwsgi    uWSGI's own socket with the Python probe
#   gunicorn-uwsgi gunicorn 25 or newer with --protocol uwsgi, the Python probe; GUNICORN says which one
#   flup-scgi      flup's SCGI server with the Python probe; PYTHON says whose
#   perl-scgi      Perl's SCGI module, the Perl probe
#   cgi-shell      the shell probe as a CGI program
#   cgi-python     the Python probe as a CGI program
#   cgi-php        php-cgi as a CGI program
set -eu

usage='usage: scripts/check-servers.sh [compare] [-o DIR] GATESPEC [NAME...]'
mode=check
if [ "${1-}" = compare ]; then
  mode=compare
  shift
fi
reports=''
if [ "${1-}" = -o ]; then
  reports=${2:?"$usage"}
  shift 2
fi
gatespec=${1:?"$usage"}
shift
if [ $# -eq 0 ]; then
  case $mode in
    check) set -- reference php-fpm php-fpm-unix libfcgi libfcgi-spawn perl go ruby fcgiwrap uwsgi \
      uwsgi-scgi uwsgi-uwsgi gunicorn-uwsgi flup-scgi perl-scgi cgi-shell cgi-python cgi-php ;;
    compare) set -- php-fpm libfcgi perl fcgiwrap uwsgi cgi-php ;;
  esac
fi

# shellcheck source=scripts/servers.sh
. "$(dirname -- "$0")/servers.sh"
servers_begin
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

www=$SERVERS_DIR/www
cp "$servers_root"/fixtures/probes/probe.* "$www/"
chmod +x "$www/probe.cgi" "$www/probe.pl" "$www/probe.py" "$www/probe.rb"
results=${reports:-$SERVERS_DIR/reports}
mkdir -p "$results"
# An older gatespec has no JUnit report.
junit=''
if "$gatespec" check --help | grep -q junit; then junit=yes; fi

skip() {
  echo "$1: skipped: $2"
  return 1
}

needs() {
  needs_name=$1
  shift
  for needs_program; do
    first_program "$needs_program" >/dev/null 2>&1 || skip "$needs_name" "$needs_program is not installed" || return 1
  done
}

# The C probe, built once.
build_probe() {
  [ -x "$SERVERS_DIR/probe" ] || cc -O2 -o "$SERVERS_DIR/probe" "$www/probe.c" -lfcgi 2>"$SERVERS_DIR/cc.err" ||
    skip "$1" 'the C probe cannot be built (cc, libfcgi-dev)'
}

# Starts the server of a target, or sets `spawned` to a command for gatespec to start, and sets `arguments` to what
# gatespec check needs for it; fails where it is absent.
start() {
  spawned=''
  case $1 in
    reference)
      # What is spawned is one command for the shell.
      arguments="fastcgi://127.0.0.1:$(free_port)/"
      spawned="$gatespec serve --inherited"
      ;;
    php-fpm)
      php_fpm_program >/dev/null 2>&1 || skip "$1" 'php-fpm is not installed' || return 1
      port=$(free_port)
      start_php_fpm 127.0.0.1 "$port" || exit 1
      arguments="fastcgi://127.0.0.1:$port/probe.php --root $www"
      ;;
    php-fpm-unix)
      php_fpm_program >/dev/null 2>&1 || skip "$1" 'php-fpm is not installed' || return 1
      start_php_fpm_unix "$SERVERS_DIR/php-fpm.sock" || exit 1
      arguments="fastcgi+unix://$SERVERS_DIR/php-fpm.sock:/probe.php --root $www"
      ;;
    libfcgi)
      needs "$1" spawn-fcgi cc && build_probe "$1" || return 1
      port=$(free_port)
      start_spawn_fcgi "$port" "$SERVERS_DIR/probe" || exit 1
      arguments="fastcgi://127.0.0.1:$port/"
      ;;
    libfcgi-spawn)
      needs "$1" cc && build_probe "$1" || return 1
      arguments="fastcgi://127.0.0.1:$(free_port)/ --only fastcgi/process"
      spawned=$SERVERS_DIR/probe
      ;;
    perl)
      needs "$1" spawn-fcgi perl || return 1
      perl -MFCGI -e 1 2>/dev/null || skip "$1" 'the Perl module FCGI is not installed' || return 1
      port=$(free_port)
      start_spawn_fcgi "$port" "$www/probe.pl" || exit 1
      arguments="fastcgi://127.0.0.1:$port/"
      ;;
    go)
      needs "$1" spawn-fcgi go || return 1
      GOCACHE="$SERVERS_DIR/go-cache" go build -o "$SERVERS_DIR/probe-go" "$www/probe.go" 2>"$SERVERS_DIR/go.err" ||
        skip "$1" 'the Go probe cannot be built' || return 1
      port=$(free_port)
      start_spawn_fcgi "$port" "$SERVERS_DIR/probe-go" || exit 1
      arguments="fastcgi://127.0.0.1:$port/"
      ;;
    ruby)
      needs "$1" spawn-fcgi ruby || return 1
      ruby -e 'require "fcgi"' 2>/dev/null || skip "$1" 'the Ruby gem fcgi is not installed' || return 1
      port=$(free_port)
      USE_PURE_RUBY_FCGI=1 start_spawn_fcgi "$port" "$www/probe.rb" || exit 1
      arguments="fastcgi://127.0.0.1:$port/"
      ;;
    fcgiwrap)
      needs "$1" spawn-fcgi fcgiwrap || return 1
      port=$(free_port)
      start_fcgiwrap "$port" 4 || exit 1
      arguments="fastcgi://127.0.0.1:$port/probe.cgi --root $www"
      ;;
    uwsgi)
      needs "$1" uwsgi python3 || return 1
      port=$(free_port)
      start_uwsgi "$port" "$www/probe.py" || skip "$1" 'uWSGI does not start (uwsgi-plugin-python3?)' || return 1
      arguments="fastcgi://127.0.0.1:$port/"
      ;;
    uwsgi-scgi | uwsgi-uwsgi)
      needs "$1" uwsgi python3 || return 1
      port=$(free_port)
      start_uwsgi "$port" "$www/probe.py" "${1#uwsgi-}" || skip "$1" 'uWSGI does not start (uwsgi-plugin-python3?)' ||
        return 1
      arguments="${1#uwsgi-}://127.0.0.1:$port/"
      ;;
    gunicorn-uwsgi)
      "${GUNICORN:-gunicorn}" --help 2>/dev/null | grep -q -e '--protocol ' ||
        skip "$1" 'there is no gunicorn that speaks uwsgi (pip install gunicorn)' || return 1
      port=$(free_port)
      start_gunicorn_uwsgi "$port" "$www/probe.py" || skip "$1" 'gunicorn does not start' || return 1
      arguments="uwsgi://127.0.0.1:$port/"
      ;;
    flup-scgi)
      "${PYTHON:-python3}" -c 'import flup.server.scgi' 2>/dev/null ||
        skip "$1" 'flup is not installed (pip install flup)' || return 1
      port=$(free_port)
      start_flup "$port" "$www/probe.py" || skip "$1" 'flup does not start' || return 1
      arguments="scgi://127.0.0.1:$port/"
      ;;
    perl-scgi)
      perl -MSCGI -e 1 2>/dev/null || skip "$1" "Perl's SCGI is not installed (libscgi-perl)" || return 1
      port=$(free_port)
      start_perl_scgi "$port" "$www/probe.pl" || exit 1
      arguments="scgi://127.0.0.1:$port/"
      ;;
    cgi-shell) arguments="cgi:$www/probe.cgi" ;;
    cgi-python)
      needs "$1" python3 || return 1
      arguments="cgi:$www/probe.py"
      ;;
    cgi-php)
      needs "$1" php-cgi || return 1
      arguments="cgi:$(first_program php-cgi) --root $www --path /probe.php --param REDIRECT_STATUS=200"
      ;;
    *)
      echo "there is no target $1" >&2
      exit 2
      ;;
  esac
}

# Runs gatespec for a target; its exit code goes to a file.
check() {
  check_name=$1
  shift
  check_status=0
  "$gatespec" check "$@" --baseline "$servers_root/baselines/$check_name.yaml" --report "text=$results/$check_name.txt" \
    --report "json=$results/$check_name.json" ${junit:+--report "junit=$results/$check_name.xml"} \
    >"$results/$check_name.out" 2>&1 || check_status=$?
  echo "$check_status" >"$results/$check_name.status"
}

# All servers side by side, with one document root.
compare_all() {
  targets=''
  for name; do
    start "$name" || continue
    if [ -n "$spawned" ]; then
      echo "$name: left out: gatespec starts it for each check" >&2
      continue
    fi
    if [ "$name" = cgi-php ]; then
      # php-cgi is told its script by the path, which the others would take for their own.
      printf '#!/bin/sh\nexport REDIRECT_STATUS=200 SCRIPT_FILENAME=%s\nexec %s "$@"\n' "$www/probe.php" "$(first_program php-cgi)" \
        >"$www/php.cgi"
      chmod +x "$www/php.cgi"
      arguments="cgi:$www/php.cgi"
    fi
    targets="$targets ${arguments%% *}"
  done
  # shellcheck disable=SC2086
  "$gatespec" compare $targets --root "$www" ${reports:+--report "json=$results/compare.json"}
}

if [ "$mode" = compare ]; then
  status=0
  compare_all "$@" || status=$?
  # Findings are what is looked for here.
  [ "$status" -le 1 ] || exit "$status"
  exit 0
fi

started=''
checks=''
for name; do
  start "$name" || continue
  # shellcheck disable=SC2086
  check "$name" $arguments ${spawned:+--spawn "$spawned"} &
  checks="$checks $!"
  started="$started $name"
done
# shellcheck disable=SC2086
wait $checks

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
