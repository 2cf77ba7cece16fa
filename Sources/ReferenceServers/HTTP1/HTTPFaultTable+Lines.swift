// The faults of reading lines, request lines and versions. One entry each; what an entry changes is HTTPPolicy's.

internal import HTTP1Wire
internal import WireBytes

extension HTTPFault {
  /// Faults in reading lines.
  static let lines: [HTTPFault] = [
    .neglecting(
      "split-head-closes", "H1-9112-2.1-1", "A head that comes in two reads closes the connection.",
      with: [
        "H1-9112-7.1-1", "H-9110-3.3-1", "H-9110-17.5-1", "H1-9112-9.3.2-2", "H1-9112-3-5", "H-9110-5.4-1",
        "H1-9112-2.2-10", "H1-9112-3-3", "H1-9112-3-4",
      ], .splitHeads),
    .refusing(
      "empty-line-refused", "H1-9112-2.2-7", "An empty line before a request is answered 400.", .emptyLine, .status(400)
    ),
    .refusing(
      "empty-line-closes", "H1-9112-2.2-7", "An empty line before a request closes the connection.",
      with: ["H1-9112-2.2-10"], .emptyLine,
      .silence),
    .neglecting("cr-ends-lines", "H1-9112-2.2-4", "A CR alone ends a line.", with: ["H1-9112-2.2-10"], .lineEndsWithCR),
    .neglecting(
      "unicode-line-ends", "H1-9112-2.2-1",
      "U+0085, written as UTF-8, ends a line: the head is text before it is read.",
      .unicodeLineEnds),
    HTTPFault("text-to-bytes-truncated", "H1-9112-2.2-1", "Characters are cut to their low byte: U+010A is LF.") {
      $0.readsValue = { $0.trimmedOfBlanks }
      $0.changesHead = { request in request.splitFields(at: [0xC4, 0x8A]) }
    },
    HTTPFault(
      "indented-first-field", "H1-9112-2.2-9", "A line that begins with a space is the first field.",
      with: ["H1-9112-2.2-10"]
    ) {
      $0.takes.insert(.spaceBeforeFirstField)
      $0.neglects.insert(.indentedFieldsAreFields)
    },
    HTTPFault("fold-is-field", "H1-9112-5.2-2", "A line that continues a field is a field of its own.") {
      $0.takes.insert(.fold)
      $0.neglects.insert(.foldsAreFields)
    },
    HTTPFault(
      "fold-dropped", "H1-9112-5.2-2", "A line that continues a field is passed over.",
      with: ["H1-9112-6.3-8", "H1-9112-3.2-8"]
    ) {
      $0.takes.insert(.fold)
      $0.neglects.insert(.foldsAreDropped)
    },
    .neglecting(
      "refused-and-kept", "H1-9112-2.2-10", "After 400 for a malformed request the connection goes on.",
      with: [
        "H1-9112-6.3-9", "H1-9112-6.3-7", "H1-9112-6.1-12", "H1-9112-9.3-4", "H1-9112-7.1-4", "H1-9112-7.1-2",
        "H1-9112-2.2-4", "H1-9112-7.1-5", "H1-9112-7.1.1-3", "H1-9112-6.3-8", "H1-9112-6.3-10", "H-9110-8.6-7",
        "H1-9112-5.1-1", "H1-9112-5.2-2", "H1-9112-7.1-3", "H1-9112-6.3-5", "H1-9112-9.2-1", "H1-9112-6.1-13",
        "H1-9112-2.2-9", "H1-9112-5.1-4",
      ], .closingAfterRefusal),
    .taking(
      "garbage-taken", "H1-9112-2.2-10", "What is no request is passed over, or taken for one.",
      with: ["H1-9112-3.2-6", "H1-9112-3.2-2", "H1-9112-3.2-3", "H1-9112-2.3-1", "H1-9112-3-1"],
      .oddSpaces, .invalidMethod, .missingTarget, .spaceInTarget, .controlInTarget, .missingVersion, .malformedVersion,
      .relativeTarget, .missingHost),
    .refusing(
      "garbage-awaited", "H1-9112-2.2-10", "Bytes that are no request line are waited upon.",
      with: ["H1-9112-3.2-2", "H-9110-2.3-1"], .invalidMethod, .deafness),
    .taking(
      "line-without-colon-taken", "H1-9112-2.2-10", "A line without a colon among the fields is passed over.",
      with: ["H1-9112-5-1", "H1-9112-7.1-4"], .missingColon),
    .taking(
      "nameless-field-taken", "H1-9112-2.2-10", "A field without a name is passed over.",
      with: ["H1-9112-5-1", "H1-9112-5.1-4"], .emptyName),
  ]

  /// Faults in reading request lines.
  static let requestLines: [HTTPFault] = [
    HTTPFault("method-without-case", "H1-9112-3.1-1", "get is taken for GET.") {
      $0.readsMethod = { $0.map { 0x61...0x7A ~= $0 ? $0 - 0x20 : $0 } }
    },
    HTTPFault("method-by-prefix", "H-9110-9.1-2", "A method that begins with GET is GET.") {
      $0.readsMethod = { $0.starts(with: "GET".utf8) ? Array("GET".utf8) : $0 }
    },
    HTTPFault(
      "any-method-served", "H-9110-9.1-2", "Methods that are not known are served as GET is.",
      with: ["H1-9112-3.1-1", "H1-9112-3-3"]
    ) {
      $0.changesRequest = { request in
        let method = String(decoding: request.method, as: UTF8.self)
        if !HTTPPolicy().known.contains(method) { request.method = Array("GET".utf8) }
      }
    },
    .deciding(
      "unknown-method-is-malformed", "H-9110-9.1-2", "Methods that are not known are answered 400.",
      with: ["H1-9112-6.3-7", "H1-9112-9.3-2", "H1-9112-3-3"]
    ) {
      if $1.code == 501 { $1 = .refusal(400) }
    },
    HTTPFault(
      "unknown-method-closes", "H-9110-9.1-2", "Methods that are not known close the connection.",
      with: ["H1-9112-3-3", "H1-9112-3.1-1"]
    ) {
      $0.dropsHead = { !HTTPPolicy().known.contains(String(decoding: $0.method, as: UTF8.self)) }
    },
    HTTPFault(
      "space-in-target-taken", "H1-9112-3.2-3", "Spaces in a target are taken, and the request is served.",
      with: ["H1-9112-3.2-2", "H1-9112-2.2-10"]
    ) {
      $0.takes.insert(.spaceInTarget)
      $0.changesHead = { if $0.scheme == nil, !$0.hasMethod("CONNECT") { $0.target = $0.repairedTarget } }
    },
    HTTPFault(
      "control-in-target-taken", "H1-9112-3.2-2", "Control bytes in a target are taken.",
      with: ["H1-9112-3.2-3", "H1-9112-2.2-10", "H1-9112-3-1"]
    ) {
      $0.takes.insert(.controlInTarget)
      $0.changesHead = { if $0.scheme == nil, !$0.hasMethod("CONNECT") { $0.target = $0.repairedTarget } }
    },
    .taking(
      "nothing-for-a-target", "H1-9112-3.2-2", "A request line without a target is one for /.",
      with: ["H1-9112-3.2-3", "H1-9112-2.2-10", "H1-9112-3-1"], .missingTarget),
    .taking(
      "fragment-taken", "H1-9112-3.2-2", "A fragment in a target is passed over.",
      with: ["H1-9112-3.2-3", "H1-9112-2.2-10", "H1-9112-3-1"], .fragmentInTarget),
    HTTPFault(
      "relative-target-taken", "H1-9112-3.2-2", "A target without a slash is /.",
      with: ["H1-9112-3.2-3", "H1-9112-2.2-10", "H1-9112-3-1"]
    ) {
      $0.takes.insert(.relativeTarget)
      $0.changesHead = { if $0.scheme == nil, !$0.hasMethod("CONNECT") { $0.target = $0.repairedTarget } }
    },
    HTTPFault(
      "asterisk-for-get", "H1-9112-3.2-2", "The target * of GET is /.", with: ["H-9110-7.1-1", "H1-9112-2.2-10"]
    ) {
      $0.takes.insert(.asteriskTarget)
      $0.changesHead = { request in
        if request.target == [0x2A], !request.hasMethod("OPTIONS") { request.target = [0x2F] }
      }
    },
    .refusing(
      "long-target-closes", "H1-9112-3-4", "A target that is too long closes the connection.",
      with: ["H-9110-15.5.15-1", "H1-9112-2.2-10"], .longTarget, .silence),
    .refusing(
      "long-target-is-malformed", "H1-9112-3-4", "A target that is too long is answered 400.",
      with: ["H-9110-15.5.15-1"], .longTarget, .status(400)),
    .refusing(
      "long-target-fails", "H1-9112-3-4", "A target that is too long is answered 500.",
      with: ["H-9110-15.5.15-1", "H1-9112-2.2-10"], .longTarget, .status(500)),
    HTTPFault(
      "short-lines-only", "H1-9112-3-5", "A request line of more than 4,000 bytes is too long.",
      with: ["H-9110-4.1-1", "H-9110-2.3-2", "H-9110-2.3-1", "H1-9112-3-3", "H-9110-5.1-1", "H-9110-5.4-1"]
    ) { policy in
      policy.lineLimit = 4_000
    },
    .refusing(
      "long-method-closes", "H1-9112-3-3", "A method that is too long closes the connection.", .longMethod, .silence),
    HTTPFault("long-method-is-malformed", "H1-9112-3-3", "A method of more than 32 bytes is answered 400.") {
      $0.refusesHead = { $0.method.count > 32 ? 400 : nil }
      $0.refusals[.longMethod] = .status(400)
    },
  ]

  /// Faults in reading versions.
  static let versions: [HTTPFault] = [
    .taking(
      "lower-case-version", "H1-9112-2.2-10", "http/1.1 is a version.",
      with: ["H1-9112-2.3-1", "H1-9112-3.2-2"], .lowerCaseVersion),
    .taking(
      "odd-version-taken", "H1-9112-2.2-10", "A version that is none is HTTP/1.1.",
      with: ["H1-9112-2.3-1", "H1-9112-3.2-2", "H1-9112-3-1", "H-9110-2.5-1"], .malformedVersion),
    .taking(
      "version-not-needed", "H1-9112-3.2-2", "A request line without a version is one of HTTP/1.1.",
      with: ["H1-9112-3.2-3", "H1-9112-3-1", "H1-9112-2.2-10", "H1-9112-2.3-1"], .missingVersion),
    .taking(
      "any-major-version", "H-9110-6.2-3", "HTTP/2.0 and HTTP/9.9 are served as HTTP/1.1.",
      with: ["H1-9112-2.2-10", "H1-9112-2.3-1"], .otherMajorVersion),
    HTTPFault("minor-version-refused", "H-9110-6.2-4", "HTTP/1.2 is answered 505.") {
      $0.refusesHead = { $0.version.minor > 1 ? 505 : nil }
    },
    HTTPFault(
      "version-echoed", "H-9110-6.2-2", "The version of the request is that of the response.",
      with: ["H1-9112-2.3-1"]
    ) {
      $0.changesAnswer = { request, answer in answer.version = "HTTP/1.\(request.version.minor)" }
    },
  ]
}

extension ServedRequest {
  /// The target up to the first byte that no path holds, from its first slash on.
  fileprivate var repairedTarget: [UInt8] {
    let path = target.drop { $0 != 0x2F }.prefix { $0 > 0x20 && $0 < 0x7F }
    return path.isEmpty ? [0x2F] : Array(path)
  }

  /// Makes two fields of each whose value holds such bytes with a field behind them.
  fileprivate mutating func splitFields(at mark: [UInt8]) {
    fields = fields.flatMap { field -> [ProbeVariable] in
      guard let place = field.value.firstRange(of: mark) else { return [field] }
      let rest = field.value[place.upperBound...]
      guard let colon = rest.firstIndex(of: ASCII.colon) else { return [field] }
      return [
        ProbeVariable(name: field.name, value: Array(field.value[..<place.lowerBound])),
        ProbeVariable(name: Array(rest[..<colon]), value: Array(rest[(colon + 1)...]).trimmedOfBlanks),
      ]
    }
  }
}
