#!/bin/sh
# Makes the pages of the libraries in .build/docs, a documentation archive for each product that is for others.
#
# A warning is a failure: a link to nothing, an unknown parameter. SWIFT and SWIFT_FLAGS as in the Makefile.
set -eu

cd "$(dirname -- "$0")/.."
swift=${SWIFT:-swift}
docs=.build/docs
symbols=$docs/symbols

# docc comes with the compiler, beside it.
docc=$(dirname -- "$(readlink -f -- "$(command -v "$swift")")")/docc
if [ ! -x "$docc" ]; then
  echo "docs.sh: no docc beside $swift" >&2
  exit 1
fi

# TCPStreams is for the benchmarks alone.
products=$(sed -n 's/^ *\.library(name: "\([A-Za-z0-9]*\)".*/\1/p' Package.swift | grep -v '^TCPStreams$')
rm -rf "$symbols"
mkdir -p "$symbols"
for product in $products; do
  mkdir -p "$symbols/$product"
  # What the compiler would take for up to date it writes no symbols of.
  # shellcheck disable=SC2086
  "$swift" build ${SWIFT_FLAGS-} --quiet --scratch-path "$docs/build" --target "$product" \
    -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$PWD/$docs/graphs"
  cp "$docs/graphs/$product.symbols.json" "$docs/graphs/$product@"*.symbols.json "$symbols/$product/" 2>/dev/null ||
    cp "$docs/graphs/$product.symbols.json" "$symbols/$product/"
  "$docc" convert "Sources/$product/$product.docc" --warnings-as-errors \
    --fallback-display-name "$product" --fallback-bundle-identifier "gatespec.$product" \
    --additional-symbol-graph-dir "$symbols/$product" --output-path "$docs/$product.doccarchive"
  echo "$docs/$product.doccarchive"
done
