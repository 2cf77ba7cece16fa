#!/bin/sh
# Tries what `make dist` made where nothing of ours was ever installed: in a bare Debian or Ubuntu that debootstrap makes.
#
#   scripts/check-dist.sh [SUITE MIRROR [OPTION...]]       by default the suite and the mirror of this machine's apt;
#                                                          options are debootstrap's, such as --keyring=FILE
#
# First the tarball, under /usr/local and without libpcap; then the .deb, which apt installs. Each tells its size, what it
# links and how fast it starts, checks a reference backend over a Unix socket, decodes a capture as recorded, and is
# removed: what it leaves behind is a failure. lintian's errors are as well. Needs root, for chroot. Where the bare system
# cannot be had it says so, and ends with 0.
set -eu

cd "$(dirname -- "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
  echo 'check-dist: needs root, for debootstrap and chroot' >&2
  exit 3
fi
out=$PWD/.build/dist
capture=$PWD/captures/php-fpm-keepalive
(cd "$out" && sha256sum --check --quiet SHA256SUMS)
deb=$(find "$out" -name '*.deb')
tarball=$(find "$out" -name '*.tar.gz')
version=$(dpkg-deb --field "$deb" Version | sed 's/-[^-]*$//')
byte_limit=36000000

suite=${1:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}
# shellcheck disable=SC2016
mirror=${2:-$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
  awk -v suite="$suite" '$1 == suite { print $2; exit }')}
[ $# -lt 2 ] || shift 2
# The scripts of Ubuntu's suites are one; debootstrap only lacks the names of those younger than itself.
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/gutsy

root=$(mktemp -d)
chmod 755 "$root"
server=''
clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || :
  ! mountpoint -q "$root/proc" || umount "$root/proc"
  rm -rf --one-file-system "$root"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf 'check-dist: %s\n' "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

# Runs a program in the bare system, in place of the shell that calls it: for background use as well.
enter() {
  exec chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TZ=UTC HOME=/root \
    DEBIAN_FRONTEND=noninteractive "$@"
}
in_root() { (enter "$@"); }

# apt-get in the bare system; its words only where it fails.
apt_get() {
  in_root apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$root/tmp/apt.log" 2>&1 ||
    fail "apt-get $1 failed: $(tail -n 5 "$root/tmp/apt.log")"
}

# Every file of the bare system, without what apt and dpkg remember, and what was put there to try things.
files() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/log \
    -o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dpkg \) -prune -o -print | sort)
}

# Fails when files came or went since the list was made.
nothing_is_left() {
  files >"$root/tmp/after"
  diff "$root/tmp/before" "$root/tmp/after" || fail "$1 left something behind, or took something away"
  say "$1 left nothing behind"
}

# Uses the program that was installed: what it links, and a check and a trace.
#
#   try PATH
try() {
  size=$(stat -c %s "$root$1")
  [ "$size" -lt "$byte_limit" ] || fail "$1 has $size bytes; the limit is $byte_limit"
  say "$1 has $size bytes and links"
  in_root ldd "$1" | tee "$root/tmp/links"
  ! grep -E 'not found|swift|Foundation' "$root/tmp/links" || fail "$1 links what is not everywhere"
  [ "$(in_root "$1" --version)" = "$version" ] || fail "$1 --version is not $version"

  start=$(date +%s%N)
  # shellcheck disable=SC2016
  in_root sh -c 'for _ in $(seq 100); do "$0" --version >/dev/null; done' "$1"
  say "$1 starts and ends in $((($(date +%s%N) - start) / 100000)) µs"

  enter "$1" serve fastcgi+unix:///tmp/reference.sock >"$root/tmp/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    [ ! -S "$root/tmp/reference.sock" ] || break
    sleep 0.1
  done
  in_root "$1" check fastcgi+unix:///tmp/reference.sock >"$root/tmp/check.txt" || fail "the check ended with $?"
  say "check: $(tail -n 1 "$root/tmp/check.txt")"
  kill "$server"
  wait "$server" || :
  server=''

  cp "$capture/capture.pcap" "$root/tmp/"
  in_root "$1" trace -r /tmp/capture.pcap >"$root/tmp/exchanges.txt"
  diff "$capture/exchanges.txt" "$root/tmp/exchanges.txt" || fail "the trace is not the recorded one"
  say "trace: $(grep ' exchanges' "$root/tmp/exchanges.txt")"
}

if command -v lintian >/dev/null 2>&1; then
  lintian --allow-root --fail-on error "$deb" || fail "lintian finds errors"
fi

say "making a bare $suite from $mirror"
if ! debootstrap --variant=minbase "$@" "$suite" "$root" "$mirror" "$script" \
  >"$out/debootstrap.log" 2>&1; then
  tail -n 5 "$out/debootstrap.log"
  say 'the bare system cannot be had; nothing was tried'
  exit 0
fi
rm "$out/debootstrap.log"
# A program finds its arguments there.
mount --bind /proc "$root/proc"
apt_get update
files >"$root/tmp/before"

say "=== $(basename -- "$tarball")"
tar -xzf "$tarball" -C "$root/usr/local" --strip-components=1 --keep-directory-symlink
try /usr/local/bin/gatespec
# What the tarball says that it holds, deepest first; folders that were there before stay.
tar -tzf "$tarball" | cut -d / -f 2- | sort -r | while read -r path; do
  case $path in
    '') ;;
    */) rmdir --ignore-fail-on-non-empty "$root/usr/local/$path" ;;
    *) rm "$root/usr/local/$path" ;;
  esac
done
for folder in bin share share/man; do mkdir -p "$root/usr/local/$folder"; done
nothing_is_left 'the tarball'

say "=== $(basename -- "$deb")"
cp "$deb" "$root/tmp/gatespec.deb"
# Twice, so that what it needs of the system is there before: that stays with apt, which may keep some of it.
apt_get install --no-install-recommends /tmp/gatespec.deb
apt_get purge gatespec
files >"$root/tmp/before"
apt_get install --no-install-recommends /tmp/gatespec.deb
try /usr/bin/gatespec
apt_get purge gatespec
! in_root dpkg-query --status gatespec >/dev/null 2>&1 || fail 'dpkg still knows gatespec'
nothing_is_left 'the package'
