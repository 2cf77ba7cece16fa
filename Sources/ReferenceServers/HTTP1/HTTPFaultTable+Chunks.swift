// The faults of the chunked coding: sizes, extensions, line ends, trailers. One entry each; what an entry changes is
// HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// A fault for which such sizes are taken for numbers too.
  private static func size(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ read: @escaping @Sendable ([UInt8]) -> UInt64?
  ) -> HTTPFault {
    HTTPFault(name, "H1-9112-7.1-4", summary, with: fallsWith) {
      $0.readsChunkSize = { HTTPSyntax.hexNumber($0) ?? read($0) }
    }
  }

  /// Faults in reading chunks.
  static let chunks: [HTTPFault] = [
    .taking(
      "odd-chunk-size-taken", "H1-9112-7.1-4", "A size that is no number is one of 0.",
      with: ["H1-9112-7.1-2", "H1-9112-8-3"], .invalidChunkSize),
    size("hex-prefix-taken", "A size of 0x5 is taken, as by Twisted before 22.4.") {
      $0.prefix(2).equalsIgnoringCase("0x".utf8) ? HTTPSyntax.hexNumber($0.dropFirst(2)) : nil
    },
    size("signed-size-taken", "A size of +5 is taken.") {
      $0.first == 0x2B ? HTTPSyntax.hexNumber($0.dropFirst()) : nil
    },
    size("negative-size-is-zero", "A size of -5 or -0 is one of 0.", with: ["H1-9112-8-3"]) {
      $0.first == 0x2D ? 0 : nil
    },
    size("size-with-underscore", "A size of 1_0 is 16.") { text in
      text.contains(0x5F) ? HTTPSyntax.hexNumber(text.filter { $0 != 0x5F }) : nil
    },
    size("size-behind-space", "Spaces before a size are passed over.") {
      $0.first == 0x20 || $0.first == 0x09 ? HTTPSyntax.hexNumber($0.trimmedOfBlanks) : nil
    },
    size(
      "size-by-prefix", "Of a size the digits at its beginning count.",
      with: ["H1-9112-7.1.1-3", "H1-9112-8-3", "H1-9112-2.2-4"]
    ) {
      HTTPSyntax.hexNumber($0.prefix { ASCII.hexValue($0) != nil }.prefix(15))
    },
    HTTPFault("huge-chunk-size-taken", "H1-9112-7.1-2", "A size is taken modulo 2^64.") {
      $0.readsChunkSize = { text in
        guard !text.isEmpty, text.allSatisfy({ ASCII.hexValue($0) != nil }) else { return nil }
        return text.reduce(0) { $0 << 4 | UInt64(ASCII.hexValue($1) ?? 0) }
      }
    },
    HTTPFault("size-of-32-bits", "H1-9112-7.1-2", "A size is taken modulo 2^32.") {
      $0.readsChunkSize = { text in HTTPSyntax.hexNumber(text).map { $0 & 0xFFFF_FFFF } }
    },
    HTTPFault("upper-case-size-refused", "H1-9112-7.1-1", "A size in capitals is answered 400.") {
      $0.readsChunkSize = { text in text.contains { 0x41...0x46 ~= $0 } ? nil : HTTPSyntax.hexNumber(text) }
    },
    HTTPFault(
      "decimal-size", "H1-9112-7.1-1", "Sizes are decimal.",
      with: [
        "H1-9112-6.3-5", "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H-9110-5.6.3-3", "H1-9112-7-1", "H-9110-5.5-1",
        "H1-9112-6-1", "H1-9112-5.1-3", "H-9110-5.6.1.2-1", "H-9110-7.6.1-5",
      ]
    ) {
      $0.readsChunkSize = { DecimalNumber.value(of: $0) }
    },
    HTTPFault(
      "zeros-before-size-refused", "H1-9112-7.1-1", "A size with zeros before it is answered 400.",
      with: ["H1-9112-7.1-2"]
    ) {
      $0.readsChunkSize = { text in text.count > 1 && text.first == 0x30 ? nil : HTTPSyntax.hexNumber(text) }
    },
    .taking("chunk-without-end-taken", "H1-9112-7.1-5", "Any two bytes end a chunk's data.", .missingChunkEnd),
    .taking(
      "lf-between-chunks", "H1-9112-7.1-5", "LF alone ends the lines of chunks.",
      with: ["H1-9112-7.1-4", "H1-9112-7.1.1-3", "H1-9112-2.2-10"], .bareLFOfChunk),
    .taking(
      "space-behind-size-taken", "H1-9112-7.1-4", "White space behind a size is passed over.",
      .spaceBehindChunkSize),
    .taking(
      "any-extension-taken", "H1-9112-7.1.1-3", "What stands behind a size's semicolon may be anything.",
      with: ["H1-9112-2.2-4"],
      .invalidExtension),
    HTTPFault(
      "extensions-refused", "H1-9112-7.1.1-1", "A chunk with an extension is answered 400.",
      with: ["H-9110-5.6.3-3", "H1-9112-7.1-1"]
    ) {
      $0.extensionLimit = 0
    },
    HTTPFault(
      "extension-quotes-unread", "H1-9112-7.1.1-1", "A quoted value in an extension is answered 400.",
      with: ["H1-9112-7.1-1"]
    ) {
      $0.extensionLimit = 16_384
      $0.changesChunkLine = { $0.contains(0x22) ? Array("!".utf8) : $0 }
    },
    HTTPFault("extensions-without-limit", "H1-9112-7.1.1-2", "Extensions may be of any length.") {
      $0.chunkLineLimit = .max
      $0.extensionLimit = .max
    },
    .neglecting(
      "trailers-left", "H1-9112-9.3-4", "What follows the last chunk is left for the next request.",
      with: ["H1-9112-7.1-1", "H1-9112-6.3-5", "H1-9112-7.1-4", "H1-9112-8-3", "H-9110-6.5.1-2"], .trailersAreRequests),
    HTTPFault(
      "cut-chunks-taken", "H1-9112-8-3", "Chunks without a last one are a whole body.",
      with: ["H1-9112-6.3-14"]
    ) { $0.neglects.insert(.cutBodiesAreWhole) },
    HTTPFault("trailers-are-fields", "H1-9112-7.1.2-3", "Trailer fields become fields of the head.") {
      $0.changesRequest = { $0.fields += $0.trailers }
    },
    .neglecting(
      "odd-trailers-fail", "H1-9112-5.2-2", "What is odd about a trailer is answered 500.",
      with: ["H-9110-5.4-1", "H-9110-5.5-2", "H1-9112-2.2-10", "H1-9112-2.2-2", "H1-9112-2.2-4", "H1-9112-7.1-4"],
      .statusOfOddTrailers),
    .refusing(
      "odd-chunk-size-fails", "H1-9112-7.1-4", "A size that is no number is answered 500.",
      with: ["H1-9112-2.2-10", "H1-9112-2.2-4", "H1-9112-7.1-5"], .invalidChunkSize,
      .status(500)),
  ]
}
