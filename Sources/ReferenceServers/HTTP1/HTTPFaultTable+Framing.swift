// The faults of framing requests: lengths, transfer codings and chunks. One entry each; what an entry changes is
// HTTPPolicy's.
//
// Three are how known servers read requests once, as their authors published: those whose summary names one.

internal import WireBytes

extension HTTPFault {
  /// A fault for which such lengths are taken for numbers too.
  private static func length(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ read: @escaping @Sendable ([UInt8]) -> UInt64?
  ) -> HTTPFault {
    HTTPFault(name, "H1-9112-6.3-8", summary, with: ["H1-9112-6.3-9", "H-9110-8.6-7"] + fallsWith) {
      $0.readsLength = { DecimalNumber.value(of: $0) ?? read($0) }
    }
  }

  /// Faults in reading lengths.
  static let lengths: [HTTPFault] = [
    length("signed-length-taken", "A length of +5 is taken, as by Twisted before 22.4.") {
      $0.first == 0x2B ? DecimalNumber.value(of: $0.dropFirst()) : nil
    },
    length("negative-length-is-none", "A length of -5 is one of 0.") { $0.first == 0x2D ? 0 : nil },
    length("hex-length-taken", "A length of 0x5 is taken.") {
      $0.starts(with: "0x".utf8) ? HTTPSyntax.hexNumber($0.dropFirst(2)) : nil
    },
    length("length-with-underscore", "A length of 1_0 is 10.") { text in
      guard text.contains(0x5F), text.first != 0x5F, text.last != 0x5F else { return nil }
      return DecimalNumber.value(of: text.filter { $0 != 0x5F })
    },
    length("length-by-prefix", "Of a length the digits at its beginning count.") {
      DecimalNumber.value(of: $0.prefix(while: ASCII.isDigit))
    },
    length("length-without-blanks", "Spaces inside of a length are passed over.") { text in
      text.contains(0x20) ? DecimalNumber.value(of: text.filter { $0 != 0x20 }) : nil
    },
    length("empty-length-is-none", "A Content-Length without a value is one of 0.") { $0.isEmpty ? 0 : nil },
    length("quoted-length-taken", "A length in quotes is taken.") {
      $0.count > 2 && $0.first == 0x22 && $0.last == 0x22 ? DecimalNumber.value(of: $0.dropFirst().dropLast()) : nil
    },
    length("length-with-point", "Of a length of 5.0 the whole part counts.") { text in
      text.contains(0x2E) ? DecimalNumber.value(of: text.prefix { $0 != 0x2E }) : nil
    },
    length("length-with-exponent", "A length of 1e1 is 10.") { text in
      let parts = text.split(separator: 0x65).map { DecimalNumber.value(of: $0) }
      guard parts.count == 2, let base = parts[0], let exponent = parts[1], exponent < 5 else { return nil }
      return (0..<exponent).reduce(base) { value, _ in value * 10 }
    },
    length("no-length-is-none", "A length that is no number is passed over.") { _ in 0 },
    HTTPFault(
      "octal-length", "H-9110-8.6-7", "A length with a zero before it is octal.",
      with: ["H1-9112-6.3-8", "H1-9112-6.3-9", "H1-9112-9.3-4", "H1-9112-9.2-1"]
    ) {
      $0.readsLength = { text in
        guard text.count > 1, text.first == 0x30 else { return DecimalNumber.value(of: text) }
        return UInt64(String(decoding: text, as: UTF8.self), radix: 8)
      }
    },
    HTTPFault(
      "length-wraps", "H-9110-8.6-7", "A length is taken modulo 2^64.",
      with: ["H1-9112-6.3-8", "H1-9112-6.3-9"]
    ) {
      $0.readsLength = { text in
        guard !text.isEmpty, text.allSatisfy(ASCII.isDigit) else { return nil }
        return text.reduce(0) { $0 &* 10 &+ UInt64($1 - 0x30) }
      }
    },
    HTTPFault(
      "length-of-32-bits", "H-9110-8.6-7", "A length is taken modulo 2^32.",
      with: ["H1-9112-6.3-8", "H1-9112-6.3-9"]
    ) {
      $0.readsLength = { text in
        guard !text.isEmpty, text.allSatisfy(ASCII.isDigit) else { return nil }
        return UInt64(text.reduce(UInt32(0)) { $0 &* 10 &+ UInt32($1 - 0x30) })
      }
    },
    .taking(
      "first-length-taken", "H1-9112-6.3-10", "Of two lengths the first is taken.", with: ["H1-9112-6.3-9"],
      .differingLengths),
    HTTPFault("last-length-taken", "H1-9112-6.3-10", "Of two lengths the last is taken.", with: ["H1-9112-6.3-9"]) {
      $0.takes.insert(.differingLengths)
      $0.neglects.insert(.lastLength)
    },
    HTTPFault(
      "lengths-kept", "H1-9112-6.3-9", "After a length that is no number the connection goes on.",
      with: ["H1-9112-6.3-8", "H1-9112-6.3-10"]
    ) {
      $0.answersInStep = [.invalidLength, .differingLengths]
    },
    .neglecting(
      "no-length-until-close", "H1-9112-6.3-15", "A POST without a length has a body until the connection ends.",
      with: ["H1-9112-6-1", "H1-9112-9.3.2-2"], .noLengthIsUntilEnd),
    .neglecting(
      "body-is-next-request", "H1-9112-6-1", "A body is taken for the next request.",
      with: [
        "H1-9112-9.3-4", "H1-9112-7.1-1", "H-9110-9.3.1-1", "H1-9112-6.3-5", "H1-9112-6.3-8", "H-9110-8.6-7",
        "H1-9112-5.1-3", "H-9110-8.3-2", "H-9110-10.1.1-4", "H-9110-10.1.1-3", "H-9110-10.1.1-5", "H1-9112-9.2-1",
        "H-9110-5.1-1", "H1-9112-7.1-2", "H-9110-3.3-1", "H1-9112-2.1-1", "H1-9112-9.3.2-2", "H-9110-14.2-1",
        "H-9110-9.3.2-1", "H1-9112-9.3-2", "H1-9112-8-3", "H-9110-9.1-3", "H-9110-15.3.5-1", "H-9110-15.3.5-1",
      ], .bodiesAreRequests),
    .neglecting(
      "body-of-get-is-request", "H-9110-9.3.1-1", "The body of a GET is taken for the next request.",
      with: ["H1-9112-6-1", "H1-9112-9.3-4", "H1-9112-9.2-1", "H-9110-9.3.2-1", "H1-9112-8-3"], .bodiesOfGETAreRequests),
    .neglecting(
      "body-of-error-is-request", "H1-9112-9.3-4",
      "The body of a request that is not served is left in the connection.",
      with: ["H1-9112-6-1", "H1-9112-9.2-1", "H-9110-10.1.1-5", "H-9110-9.3.1-1"], .bodiesOfErrorsAreRequests),
    HTTPFault(
      "folded-length-is-zero", "H1-9112-5.2-2", "A folded length is none, and the fold is not seen.",
      with: ["H1-9112-3.2-8", "H1-9112-6.3-8"]
    ) {
      $0.takes.insert(.fold)
      $0.neglects.insert(.foldsAreDropped)
      $0.readsLength = { $0.isEmpty ? 0 : DecimalNumber.value(of: $0) }
    },
  ]

  /// Faults in reading transfer codings.
  static let codings: [HTTPFault] = [
    HTTPFault("two-framings-kept", "H1-9112-6.1-12", "After Content-Length beside chunks the connection goes on.") {
      $0.takes.insert(.lengthBesideCoding)
      $0.neglects.insert(.closingAfterDoubt)
    },
    HTTPFault("old-chunks-kept", "H1-9112-6.1-13", "After chunks from an HTTP/1.0 client the connection goes on.") {
      $0.takes.insert(.codingInOldVersion)
      $0.neglects.insert(.closingAfterDoubt)
    },
    .taking(
      "unknown-coding-taken", "H1-9112-6.3-7", "A transfer coding that is not known is passed over.",
      with: ["H1-9112-6.1-8"], .unknownCoding),
    .taking(
      "coding-behind-chunked-taken", "H1-9112-6.3-7", "chunked counts before another coding too.",
      with: ["H1-9112-6.1-8"], .unknownCoding, .chunkedNotLast),
    HTTPFault(
      "chunked-within-word", "H1-9112-6.3-7", "A coding whose name holds chunked is chunked.",
      with: ["H1-9112-6.1-8", "H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.isChunked = { $0.lowercasedASCII.firstRange(of: Array("chunked".utf8)) != nil }
    },
    HTTPFault(
      "chunked-behind-vertical-tab", "H1-9112-6.3-7",
      "Vertical tabs and form feeds around a coding are white space, as in waitress before 1.4.1.",
      with: ["H1-9112-6.1-8", "H1-9112-2.2-10", "H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.takes.insert(.controlInValue)
      $0.readsCoding = { $0.trimmed { 0x09...0x0D ~= $0 || $0 == 0x20 } }
    },
    HTTPFault(
      "quoted-coding-taken", "H1-9112-6.3-7", "chunked in quotes is chunked.",
      with: ["H1-9112-6.1-8", "H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.readsCoding = { $0.trimmed { $0 == 0x22 || $0 == 0x27 || HTTPSyntax.isBlank($0) } }
    },
    HTTPFault(
      "chunked-twice-taken", "H1-9112-6.1-12", "chunked twice is chunked once.",
      with: ["H1-9112-6.1-2", "H1-9112-6.3-7"]
    ) {
      $0.readsCodingBesideLength()
      $0.takes.insert(.chunkedTwice)
    },
    .taking(
      "empty-coding-taken", "H1-9112-6.3-7", "A Transfer-Encoding without a coding is passed over.",
      with: ["H1-9112-2.2-10", "H1-9112-6.1-8"], .invalidCoding),
    HTTPFault("identity-taken", "H1-9112-6.3-7", "The coding identity is passed over.", with: ["H1-9112-6.1-8"]) {
      $0.changesHead = { request in
        request.fields.removeAll {
          $0.name.equalsIgnoringCase("transfer-encoding".utf8) && $0.value.equalsIgnoringCase("identity".utf8)
        }
      }
    },
    HTTPFault(
      "coding-with-parameters", "H1-9112-6.3-7", "Parameters of chunked are passed over.",
      with: ["H1-9112-7.1-3", "H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.readsCoding = { Array($0.prefix { $0 != 0x3B }).trimmedOfBlanks }
    },
    HTTPFault(
      "indented-coding-counts", "H1-9112-2.2-9", "An indented first line can be Transfer-Encoding.",
      with: ["H1-9112-2.2-10", "H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.takes.insert(.spaceBeforeFirstField)
      $0.neglects.insert(.indentedFieldsAreFields)
    },
    HTTPFault(
      "folded-coding-counts", "H1-9112-5.2-2", "The rest of a folded field can be Transfer-Encoding.",
      with: ["H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.takes.insert(.fold)
      $0.neglects.insert(.foldsAreFields)
    },
    HTTPFault(
      "folded-coding-is-none", "H1-9112-5.2-2", "A folded coding is none, and the fold is not seen.",
      with: ["H1-9112-3.2-8", "H1-9112-6.3-7", "H1-9112-6.3-8"]
    ) {
      $0.takes.formUnion([.fold, .invalidCoding])
      $0.neglects.insert(.foldsAreDropped)
    },
    HTTPFault(
      "coding-behind-cr-counts", "H1-9112-2.2-4", "What stands behind a CR can be Transfer-Encoding.",
      with: ["H1-9112-6.1-12"]
    ) {
      $0.readsCodingBesideLength()
      $0.neglects.insert(.lineEndsWithCR)
    },
    HTTPFault(
      "chunks-close", "H1-9112-7.1-1", "A body in chunks closes the connection without an answer.",
      with: ["H1-9112-9.3-4", "H1-9112-6.1-1", "H1-9112-6.3-5", "H-9110-10.1.1-6", "H-9110-10.1.1-3"]
    ) { $0.dropsHead = { $0.framing == .chunked } },
    HTTPFault(
      "chunks-fail", "H1-9112-7.1-1", "A body in chunks is answered 500.",
      with: [
        "H1-9112-6.1-1", "H1-9112-6.3-5", "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H-9110-5.6.3-3", "H1-9112-7.1-4",
        "H1-9112-2.2-10", "H1-9112-2.2-4", "H1-9112-7.1-5", "H1-9112-7.1.1-3", "H1-9112-7.1.1-2", "H1-9112-9.3-4",
        "H1-9112-7.1.2-3", "H1-9112-5.2-2", "H-9110-5.5-2", "H1-9112-2.2-2", "H-9110-5.4-1", "H1-9112-7-1",
        "H-9110-5.5-1", "H1-9112-6-1", "H1-9112-5.1-3", "H-9110-5.6.1.2-1", "H-9110-7.6.1-5",
      ]
    ) {
      $0.refusesHead = { $0.framing == .chunked ? 500 : nil }
    },
    HTTPFault(
      "unknown-coding-fails", "H1-9112-6.1-8", "A transfer coding that is not known is answered 500.",
      with: ["H1-9112-6.3-7"]
    ) { $0.refusals[.unknownCoding] = .status(500) },
    HTTPFault(
      "chunks-not-decoded", "H1-9112-6.3-5", "The application gets the chunks as they came.",
      with: [
        "H1-9112-7.1-1", "H1-9112-6.1-1", "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H-9110-5.6.3-3", "H1-9112-7-1",
        "H-9110-5.5-1", "H1-9112-6-1", "H1-9112-5.1-3", "H-9110-5.6.1.2-1", "H-9110-7.6.1-5",
      ]
    ) {
      $0.changesRequest = { request in
        guard request.framing == .chunked else { return }
        let size = String(request.body.count, radix: 16)
        request.body = Array("\(size)\r\n".utf8) + request.body + Array("\r\n0\r\n\r\n".utf8)
      }
    },
  ]
}
