#!/bin/sh
# Makes what is installed elsewhere, in .build/dist:
#
#   gatespec-VERSION-linux-ARCH.tar.gz   the program, which needs glibc and the C++ library alone, its manual pages and
#                                        completions: unpacked under /usr/local, or used where it lies
#   gatespec_VERSION-1_ARCH.deb          the same for Debian and Ubuntu, with the system's libpcap, libyaml and zlib
#   SHA256SUMS                           of both
#   symbols/                             what was stripped from the two programs, for debuggers
#
#   scripts/dist.sh        SWIFT and SWIFT_FLAGS are those of the Makefile; DEBFULLNAME and DEBEMAIL name the maintainer
#
# Swift's own libraries are linked statically into both (docs/decisions/0016-one-file.md). All times are those of the
# last commit, or SOURCE_DATE_EPOCH, so that the same program gives the same archives.
set -eu

cd "$(dirname -- "$0")/.."
umask 022
export LC_ALL=C TZ=UTC
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

swift=${SWIFT:-swift}
toolchain=$(dirname -- "$(dirname -- "$(readlink -f "$(command -v "$swift")")")")
build=.build/static
work=$build/dist
out=.build/dist
rm -rf "$work" "$out"
mkdir -p "$work/archives" "$work/manual" "$work/completions" "$out/symbols"

# --- The programs.

# Builds a product with Swift's libraries inside; other options go to the build.
swift_build() {
  # shellcheck disable=SC2086
  "$swift" build ${SWIFT_FLAGS:-} -c release --static-swift-stdlib --scratch-path "$build" \
    -Xlinker --no-export-dynamic --product "$@"
}

# Takes the program that was built last, without its symbols, which are kept beside.
take_program() {
  cp "$build/release/gatespec" "$work/gatespec-$1"
  objcopy --only-keep-debug --compress-debug-sections "$work/gatespec-$1" "$out/symbols/gatespec-$1.debug"
  strip --strip-all --remove-section=.comment "$work/gatespec-$1"
}

# The C libraries as archives, and pkg-config's files for them with these in place of the system's shared ones.
c_libraries='libpcap:pcap yaml-0.1:yaml zlib:z'
for library in $c_libraries; do
  name=${library#*:}
  archive=$("$toolchain/bin/clang" -print-file-name="lib$name.a")
  if [ ! -e "$archive" ]; then
    echo "dist: lib$name.a is not installed; it belongs to the library's -dev package" >&2
    exit 1
  fi
  cp -L "$archive" "$work/archives/"
  description=$(pkg-config --variable=pcfiledir "${library%:*}")/${library%:*}.pc
  sed "s#^Libs:.*#Libs: -L$PWD/$work/archives -l$name#" "$description" >"$work/archives/${library%:*}.pc"
done
"$toolchain/bin/clang" -O2 -c scripts/dist/pcap-dbus.c -o "$work/pcap-dbus.o"
ar rD "$work/archives/libpcap.a" "$work/pcap-dbus.o"

swift_build gatespec
take_program deb
PKG_CONFIG_PATH="$PWD/$work/archives" swift_build gatespec
take_program tar
program=$work/gatespec-tar
version=$("$program" --version)

# --- What comes with them.

# The manual: from the program's own help, by swift-argument-parser's generator. What it leaves undone is mended: names
# with a hyphen, as `man gatespec trace` looks for them; examples on lines of their own; no page of hidden verbs.
swift_build generate-manual
"$build/release/generate-manual" "$program" --multi-page --date "$(date -d "@$SOURCE_DATE_EPOCH" +%F)" \
  --output-directory "$work/manual"
rm "$work/manual/gatespec.relay-guard.1" "$work/manual/gatespec.help.1"
for page in "$work"/manual/*.1; do
  name=$(basename -- "$page" .1 | tr . -)
  sed -e '/^\.Xr gatespec\.\(relay-guard\|help\) /d' \
    -e '/^\.Xr /s/\./-/2g' \
    -e "s/^\.Nm\$/.Nm \"$(echo "$name" | tr - ' ')\"/" \
    -e "s/^\.Nm \"gatespec .*/.Nm $name/" \
    -e "s/^\.Dt .*/.Dt $(echo "$name" | tr '[:lower:]' '[:upper:]') 1/" \
    -e "s/^\.Os\$/.Os Gatespec $version/" \
    -e '/^\.Sh DESCRIPTION/,/^\.Bl /{
      /^\(gatespec\|ssh\|exec\|#!\)/{
        s/"/\\(dq/g
        s/^/.Dl /
      }
      s/^Exit codes:/.Pp\n&/
    }' \
    -e 's/^$/.Pp/' "$page" >"$work/manual/$name.mended"
  rm "$page"
done
for page in "$work"/manual/*.mended; do mv "$page" "${page%.mended}.1"; done

for shell in bash zsh fish; do
  "$program" --generate-completion-script "$shell" | sed '1{/^#!/d}' >"$work/completions/$shell"
done

# The licences of what is linked in: Swift's packages and libraries, then the C libraries of the packages named.
notices() {
  for folder in "$build"/checkouts/*/; do
    printf '\n=== %s\n\n' "$(basename -- "$folder")"
    cat "$folder"/LICENSE* "$folder"/NOTICE* 2>/dev/null || :
  done
  printf '\n=== Swift\n\n'
  cat "$toolchain/share/swift/LICENSE.txt"
  for package; do
    printf '\n=== %s\n\n' "$package"
    cat "/usr/share/doc/$package/copyright"
  done
}

# Lays everything out under a folder: the program, the manual, the completions.
#
#   lay_out PROGRAM FOLDER ZSH_FOLDER
lay_out() {
  install -D -m 755 "$1" "$2/bin/gatespec"
  install -D -m 644 -t "$2/share/man/man1" "$work"/manual/*.1
  gzip -9n "$2"/share/man/man1/*.1
  install -D -m 644 "$work/completions/bash" "$2/share/bash-completion/completions/gatespec"
  install -D -m 644 "$work/completions/zsh" "$2/share/zsh/$3/_gatespec"
  install -D -m 644 "$work/completions/fish" "$2/share/fish/vendor_completions.d/gatespec.fish"
  mkdir -p "$2/share/doc/gatespec"
}

# --- The tarball.

name=gatespec-$version-linux-$(uname -m)
lay_out "$work/gatespec-tar" "$work/$name" site-functions
install -m 644 README.md CHANGELOG.md LICENSE "$work/$name/share/doc/gatespec/"
notices libpcap-dev libyaml-dev zlib1g-dev >"$work/$name/share/doc/gatespec/NOTICES"
tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
  -c "$name" | gzip -9n >"$out/$name.tar.gz"

# --- The package.

root=$work/deb
doc=$root/usr/share/doc/gatespec
maintainer="${DEBFULLNAME:-$(git log -1 --format=%an)} <${DEBEMAIL:-$(git log -1 --format=%ae)}>"
lay_out "$work/gatespec-deb" "$root/usr" vendor-completions
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
notices | gzip -9nc >"$doc/NOTICES.gz"
gzip -9nc >"$doc/changelog.Debian.gz" <<END
gatespec ($version-1) unstable; urgency=medium

  * What changed is in changelog.gz.

 -- $maintainer  $(date -R -d "@$SOURCE_DATE_EPOCH")
END
cat >"$doc/copyright" <<END
Gatespec, a conformance tester and inspector for FastCGI, CGI, SCGI, uwsgi and HTTP/1.

Copyright (C) $(date -d "@$SOURCE_DATE_EPOCH" +%Y) the authors of Gatespec
License: Apache License, Version 2.0, in /usr/share/common-licenses/Apache-2.0.

The program contains Swift's runtime and standard library, FoundationEssentials, swift-argument-parser,
swift-atomics, swift-collections, swift-log, swift-nio, swift-numerics, swift-subprocess, swift-system and
hdrhistogram-swift, all under the same license, Swift's own with the Runtime Library Exception; NOTICES.gz in
this folder holds their licenses and notices.
END
mkdir -p "$root/DEBIAN" "$work/debian"
(cd "$root" && find usr -type f | sort | xargs md5sum >DEBIAN/md5sums)
# What the program needs of the system, with versions: dpkg-shlibdeps wants a source package around it.
printf 'Source: gatespec\n\nPackage: gatespec\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O deb/usr/bin/gatespec | sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<END
Package: gatespec
Version: $version-1
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du -k --apparent-size -s "$root/usr" | cut -f 1)
Depends: $depends
Section: web
Priority: optional
Description: conformance tester and inspector for FastCGI, CGI and HTTP backends
 gatespec check plays conformance cases against a running backend and says
 which requirement of which specification it violates, with the bytes that
 show it. gatespec trace decodes captured or live traffic between a web server
 and its FastCGI, CGI, SCGI, uwsgi or HTTP/1 backends into exchanges a person
 can read, and judges both sides by the same rules.
END
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/gatespec_$version-1_$(dpkg --print-architecture).deb" >/dev/null

(cd "$out" && sha256sum ./*.tar.gz ./*.deb | sed 's#\./##' >SHA256SUMS)
ls -l "$out"
