#!/bin/sh
# Installs what building, testing or measuring needs, on Debian and Ubuntu; elsewhere it only says what that is.
#
#   scripts/install-dependencies.sh [--print] [build] [lint] [test] [bench] [dist] [distcheck]
#
# (build when nothing is named)
#
# It lists what it is going to install, asks nothing, uses sudo only where it is not root, and leaves what is
# installed alone. No service is started, and none that it brings is enabled afterwards: the tests start servers of
# their own. What cannot be had is named, and written to .build/unobtainable-packages where `test` is among the words:
# the tests that need one of those are skipped; one that needs another that is missing fails where CI is set. Only a
# missing package of `build` is a failure (status 1). --print lists what is missing, one package a line, and installs
# nothing.
set -eu

build_packages='libpcap-dev libyaml-dev zlib1g-dev pkg-config make git'
test_packages='nginx php-fpm php-cgi spawn-fcgi libfcgi-dev fcgiwrap gcc tcpdump tshark curl python3 gunicorn'
test_packages="$test_packages libfcgi-perl uwsgi-core uwsgi-plugin-python3 libxml2-utils python3-jsonschema tmux"
test_packages="$test_packages golang-go ruby ruby-fcgi python3-markdown perl libscgi-perl"
test_packages="$test_packages apache2-bin lighttpd caddy php-cli python3-waitress uvicorn python3-hypercorn python3-asgiref"
lint_packages='shellcheck'
dist_packages='dpkg-dev binutils'
distcheck_packages='debootstrap lintian'
bench_packages='wrk hyperfine gcc tcpdump tshark tcpflow python3'

print_only=''
wanted=''
unobtainable=''
for word; do
  case $word in
    --print) print_only=yes ;;
    build) wanted="$wanted $build_packages" ;;
    lint) wanted="$wanted $lint_packages" ;;
    test)
      wanted="$wanted $test_packages"
      unobtainable=$(dirname -- "$0")/../.build/unobtainable-packages
      ;;
    bench) wanted="$wanted $bench_packages" ;;
    dist) wanted="$wanted $dist_packages" ;;
    distcheck) wanted="$wanted $distcheck_packages" ;;
    *)
      echo 'usage: scripts/install-dependencies.sh [--print] [build] [lint] [test] [bench] [dist] [distcheck]' >&2
      exit 2
      ;;
  esac
done
wanted=${wanted:-$build_packages}

# Its words on one line, however they are parted.
say() { echo "dependencies: $*" | tr -s '\n' ' ' | sed 's/ $//' && echo; }

# Leaves the packages that cannot be had to the tests.
record() {
  [ -n "$unobtainable" ] || return 0
  mkdir -p "$(dirname -- "$unobtainable")"
  printf '%s\n' "$@" >"$unobtainable"
}

# Fails when something of `build` is among the packages that are not there.
finish_without() {
  record "$@"
  for package; do
    case " $build_packages " in
      *" $package "*)
        case " $wanted " in *" $package "*) say "cannot build without $package" >&2 && exit 1 ;; esac
        ;;
    esac
  done
  exit 0
}

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
  say "no apt-get here; by their Debian names these are needed: $wanted"
  # shellcheck disable=SC2086
  record $wanted
  exit 0
fi

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
  for package; do
    is_installed "$package" || echo "$package"
  done | awk '!seen[$0]++'
}

# shellcheck disable=SC2086
missing=$(missing_packages $wanted)
if [ -n "$print_only" ]; then
  [ -z "$missing" ] || echo "$missing"
  exit 0
fi
if [ -z "$missing" ]; then
  record
  say 'everything is installed'
  exit 0
fi

as_root=''
if [ "$(id -u)" -ne 0 ]; then
  as_root=sudo
  # Nobody is there to type a password.
  [ -t 0 ] || as_root='sudo -n'
  # shellcheck disable=SC2086
  if ! command -v sudo >/dev/null 2>&1 || ! $as_root true; then
    say "not root, and no sudo: cannot install $missing" >&2
    # shellcheck disable=SC2086
    finish_without $missing
  fi
fi

work=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
made_policy=''
clean_up() {
  if [ -n "$made_policy" ]; then
    $as_root rm -f "$policy"
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

apt() {
  if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" >"$work/apt.log" 2>&1; then
    tail -n 20 "$work/apt.log" >&2
    return 1
  fi
}

has_candidate() {
  LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'
}

obtainable() {
  for package; do
    if has_candidate "$package"; then echo "$package"; fi
  done
}

# shellcheck disable=SC2086
available=$(obtainable $missing)
if [ "$available" != "$missing" ]; then
  say 'refreshing the package lists (apt-get update)'
  apt update || say 'apt-get update failed' >&2
  # shellcheck disable=SC2086
  available=$(obtainable $missing)
fi
if [ -z "$available" ]; then
  say "none of these can be had: $missing" >&2
  # shellcheck disable=SC2086
  finish_without $missing
fi

say "installing $available"

# Debian asks this program before it starts a service; 101 forbids it. One that is there already stays.
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi

dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort >"$work/before"
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $available; then
  say 'once more with fresh package lists, then one by one'
  apt update || :
  if ! apt install --no-install-recommends $available; then
    for package in $available; do
      apt install --no-install-recommends "$package" || :
    done
  fi
fi
dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort >"$work/after"

# Packages enable their services; those that came just now are turned off again.
for package in $(comm -13 "$work/before" "$work/after"); do
  dpkg -L "$package" | sed -n 's#^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.\(service\|socket\)\)$#\2#p' |
    while read -r unit; do
      if command -v systemctl >/dev/null 2>&1; then
        $as_root systemctl disable "$unit" >/dev/null 2>&1 || :
      elif command -v deb-systemd-helper >/dev/null 2>&1; then
        $as_root deb-systemd-helper disable "$unit" >/dev/null 2>&1 || :
      fi
    done
  dpkg -L "$package" | sed -n 's#^/etc/init\.d/\([^/]*\)$#\1#p' |
    while read -r script; do
      $as_root update-rc.d "$script" disable >/dev/null 2>&1 || :
    done
done

# shellcheck disable=SC2086
still_missing=$(missing_packages $wanted)
if [ -n "$still_missing" ]; then
  say "could not be installed; the tests that need them are skipped: $still_missing" >&2
  # shellcheck disable=SC2086
  finish_without $still_missing
fi
record
say 'installed'
