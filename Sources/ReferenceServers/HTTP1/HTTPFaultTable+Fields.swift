// The faults of reading targets' hosts and fields. One entry each; what an entry changes is HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// A fault for which such values of Host are taken too.
  private static func host(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isTaken: @escaping @Sendable ([UInt8]) -> Bool
  ) -> HTTPFault {
    HTTPFault(name, "H1-9112-3.2-8", summary, with: ["H1-9112-3.3-2"] + fallsWith) {
      $0.acceptsHost = { isTaken($0) || HTTPSyntax.isHost($0) }
    }
  }

  /// Faults in reading hosts.
  static let hosts: [HTTPFault] = [
    .taking("host-not-needed", "H1-9112-3.2-6", "HTTP/1.1 is served without Host.", .missingHost),
    HTTPFault(
      "host-always-needed", "H1-9112-3.2-6", "HTTP/1.0 without Host is refused.",
      with: ["H1-9112-3.2.2-4", "H-9110-6.2-1"]
    ) {
      $0.refusesHead = { $0.values("host").isEmpty ? 400 : nil }
    },
    HTTPFault("host-missing-is-not-found", "H1-9112-3.2-6", "HTTP/1.1 without Host is answered 404.") {
      $0.refusals[.missingHost] = .status(404)
    },
    .taking("second-host-ignored", "H1-9112-3.2-7", "Of two Host fields the first is taken.", .secondHost),
    HTTPFault("same-host-twice", "H1-9112-3.2-7", "Two Host fields of one value are taken.") {
      $0.takes.insert(.secondHost)
      $0.refusesHead = { Set($0.values("host")).count > 1 ? 400 : nil }
    },
    HTTPFault("host-checked-once", "H1-9112-3.2-6", "Only the first request of a connection needs a Host.") {
      $0.takes.insert(.missingHost)
      $0.refusesHead = { $0.precedingCount == 0 && !$0.isOld && $0.values("host").isEmpty ? 400 : nil }
    },
    HTTPFault(
      "host-valid-once", "H1-9112-3.2-8", "Only the first Host of a connection has to be valid.",
      with: ["H-9110-4.2.1-2", "H1-9112-3.2-2"]
    ) {
      $0.acceptsHost = { _ in true }
      $0.refusesHead = { request in
        let isValid = request.values("host").allSatisfy { HTTPSyntax.isHost($0) }
        return isValid || request.precedingCount > 0 ? nil : 400
      }
    },
    HTTPFault(
      "old-clients-unchecked", "H1-9112-3.2-7", "Fields of HTTP/1.0 are not looked at.",
      with: ["H1-9112-3.2-8", "H1-9112-5.1-1"]
    ) {
      $0.takesOfOldClients = [.secondHost, .invalidHost, .spaceBeforeColon]
    },
    host("any-host", "Any value of Host is taken.", with: ["H1-9112-3.2-2", "H-9110-4.2.1-2"]) { _ in true },
    host("host-with-path", "A path in Host is passed over.") { $0.contains(0x2F) },
    host("host-with-user", "User information in Host is passed over.") { $0.contains(0x40) },
    host("host-with-space", "A Host with white space inside is taken.") { $0.contains(0x20) },
    host("host-with-any-port", "A port that is no number, or too large, is passed over.", with: ["H1-9112-3.2-2"]) {
      value in
      guard let colon = value.lastIndex(of: ASCII.colon), value[colon...].count > 1, value.first != 0x5B else {
        return false
      }
      return HTTPSyntax.isHost(Array(value[..<colon]))
    },
    host("host-of-any-bytes", "Bytes above 127 in Host are taken.") { $0.contains { $0 > 0x7F } },
    host("broken-brackets", "An address of IPv6 that is none is taken.", with: ["H1-9112-3.2-2"]) {
      $0.first == 0x5B || $0.count { $0 == 0x3A } > 1
    },
    HTTPFault(
      "bracketed-host-refused", "H1-9112-3.2-8", "An address of IPv6 in Host is answered 400.",
      with: ["H1-9112-3.2.2-4", "H-9110-5.1-1"]
    ) {
      $0.acceptsHost = { $0.first != 0x5B && HTTPSyntax.isHost($0) }
    },
    HTTPFault(
      "absolute-form-refused", "H1-9112-3.2.2-4", "A target that is a whole URI is answered 400.",
      with: ["H-9110-4.1-1", "H1-9112-3.2.2-3", "H1-9112-3.2.4-1"]
    ) {
      $0.refusesHead = { $0.scheme == nil ? nil : 400 }
    },
    HTTPFault(
      "absolute-form-not-found", "H1-9112-3.2.2-4", "A target that is a whole URI is a path that is not there.",
      with: ["H-9110-9.3.2-1", "H1-9112-3.2-6", "H1-9112-3.2-2", "H-9110-4.2.4-2"]
    ) {
      $0.decides = { request, answer in if request.scheme != nil { answer = .refusal(404) } }
    },
    HTTPFault(
      "absolute-form-and-host", "H1-9112-3.2.2-3", "A target of another authority than Host is answered 400.",
      with: ["H1-9112-3.2.2-4"]
    ) {
      $0.refusesHead = { request in
        guard let authority = request.authority, let host = request.values("host").first else { return nil }
        return authority == host ? nil : 400
      }
    },
    .taking(
      "other-scheme-served", "H-9110-7.4-1", "A target of https is served on a connection without TLS.",
      .otherScheme),
    .taking(
      "user-information-taken", "H-9110-4.2.4-2", "User information in a target is passed over.",
      .userInformation),
    HTTPFault("empty-authority-taken", "H-9110-4.2.1-2", "A target without a host is served as /.") {
      $0.takes.insert(.emptyAuthority)
      $0.changesHead = { if $0.authority == [] { $0.target = [0x2F] } }
    },
    HTTPFault("asterisk-refused", "H1-9112-3.2.4-1", "OPTIONS * is answered 400.", with: ["H-9110-9.3.7-1"]) {
      $0.refusesHead = { $0.target == [0x2A] ? 400 : nil }
    },
    HTTPFault(
      "connect-without-port", "H-9110-9.3.6-1", "CONNECT to a host without a port opens a tunnel.",
      with: ["H-9110-9.3.6-3", "H1-9112-2.2-10", "H1-9112-3.2-2"]
    ) {
      $0.takes.insert(.invalidAuthority)
      $0.decides = { request, answer in
        guard request.hasMethod("CONNECT") else { return }
        answer = HTTPAnswer(ProbeHead(code: 200, reason: "Established"))
        answer.framing = .unsaid
      }
    },
  ]

  /// Faults in reading fields.
  static let fields: [HTTPFault] = [
    .taking(
      "space-before-colon-taken", "H1-9112-5.1-1", "A space between a field's name and its colon is taken.",
      with: ["H1-9112-2.2-10"],
      .spaceBeforeColon),
    .taking(
      "odd-name-taken", "H1-9112-2.2-10", "A field name that is no token is taken.",
      with: ["H1-9112-5.1-4", "H1-9112-5-1", "H1-9112-5.1-1"], .invalidName),
    .taking("zero-in-value-taken", "H-9110-5.5-2", "A zero byte in a value is taken.", .nulInValue),
    HTTPFault(
      "value-ends-at-zero", "H-9110-5.5-2", "A value ends at its first zero byte.",
      with: ["H1-9112-6.3-8", "H1-9112-3.2-8"]
    ) {
      $0.readsValue = { Array($0.prefix { $0 != 0 }).trimmedOfBlanks }
    },
    HTTPFault("white-space-kept", "H1-9112-5.1-3", "The tabs around a value belong to it.", with: ["H-9110-5.5-1"]) {
      $0.readsValue = { $0.trimmed { $0 == ASCII.space } }
    },
    HTTPFault(
      "trailing-space-kept", "H1-9112-5.1-3", "The white space behind a value belongs to it.",
      with: ["H-9110-5.5-1"]
    ) { $0.readsValue = { Array($0.drop(while: HTTPSyntax.isBlank)) } },
    HTTPFault(
      "space-needed-after-colon", "H1-9112-5.1-3", "A value begins with the second byte behind its colon.",
      with: ["H-9110-5.5-1", "H1-9112-3.2-8"]
    ) { $0.readsValue = { Array($0.dropFirst()).trimmedOfBlanks } },
    HTTPFault(
      "high-bytes-trimmed", "H-9110-5.5-4", "The bytes 133 and 160 around a value are white space.",
      with: ["H1-9112-6.3-8", "H1-9112-3.2-8"]
    ) {
      $0.readsValue = { $0.trimmed { $0 == 0x20 || $0 == 0x09 || $0 == 0x85 || $0 == 0xA0 } }
    },
    HTTPFault("high-bytes-replaced", "H-9110-5.5-4", "Bytes above 127 in a value become question marks.") {
      $0.readsValue = { $0.trimmedOfBlanks.map { $0 > 0x7F ? 0x3F : $0 } }
    },
    HTTPFault(
      "high-bytes-refused", "H-9110-5.5-4", "Bytes above 127 in a value are answered 400.", with: ["H1-9112-2.2-1"]
    ) {
      $0.refusesHead = { $0.fields.contains { $0.value.contains { $0 > 0x7F } } ? 400 : nil }
    },
    HTTPFault(
      "names-have-case", "H-9110-5.1-1", "Field names have a case.",
      with: ["H1-9112-3.2-6", "H1-9112-9.6-2", "H1-9112-6.1-1", "H1-9112-6-1", "H1-9112-9.2-1"]
    ) { $0.readsName = { $0.asCapitalised } },
    HTTPFault(
      "underscore-is-hyphen", "H1-9112-6-1", "An underscore in a field name is a hyphen.",
      with: ["H-9110-17.10-1", "H1-9112-6.3-10", "H1-9112-6.3-9", "H-9110-5.1-1"]
    ) { $0.readsName = { $0.map { $0 == 0x5F ? 0x2D : $0 } } },
    HTTPFault(
      "unknown-fields-refused", "H-9110-5.1-3", "A field that is not known is answered 400.",
      with: [
        "H1-9112-5.1-3", "H1-9112-5-1", "H-9110-5.5-4", "H-9110-5.3-1", "H-9110-2.3-1", "H-9110-5.1-1", "H-9110-5.5-1",
        "H-9110-17.10-1", "H1-9112-2.2-1", "H1-9112-3.3-1", "H-9110-5.4-1",
      ]
    ) {
      $0.refusesHead = { request in
        let isUnknown = request.fields.contains { $0.name.lowercasedASCII.starts(with: "x-".utf8) }
        return isUnknown ? 400 : nil
      }
    },
    HTTPFault(
      "odd-names-refused", "H-9110-5.1-1", "A field name of other than letters and hyphens is answered 400.",
      with: ["H-9110-17.10-1", "H-9110-2.3-1", "H-9110-5.1-3"]
    ) {
      $0.refusesHead = { request in
        let isOdd = request.fields.contains { field in
          field.name.count == 1 || field.name.contains { !(0x61...0x7A ~= $0 | 0x20 || $0 == 0x2D) }
        }
        return isOdd ? 400 : nil
      }
    },
    HTTPFault("names-found-in-names", "H-9110-5.1-1", "A name that holds that of a framing field is one.") {
      $0.readsName = { name in
        let name = String(decoding: name.lowercasedASCII, as: UTF8.self)
        for framing in ["content-length", "transfer-encoding"] where name.contains(framing) {
          return Array(framing.utf8)
        }
        return Array((name == "content-lengt" ? "content-length" : name).utf8)
      }
    },
    HTTPFault(
      "last-underscore-lost", "H-9110-17.10-1", "An underscore at the end of a field name is not seen.",
      with: ["H1-9112-3.2-6", "H-9110-5.1-1"]
    ) {
      $0.readsName = { $0.last == 0x5F ? Array($0.dropLast()) : $0 }
    },
    HTTPFault("fields-after-the-64th-lost", "H-9110-5.4-1", "Of more than 64 fields the others are dropped.") {
      $0.changesHead = { $0.fields = Array($0.fields.prefix(64)) }
    },
    HTTPFault("many-fields-close", "H-9110-5.4-1", "Too many bytes of fields close the connection.") {
      $0.refusals = [.longLine: .silence, .largeHead: .silence]
    },
    HTTPFault("many-fields-fail", "H-9110-5.4-1", "Too many bytes of fields are answered 500.") {
      $0.refusals = [.longLine: .status(500), .largeHead: .status(500)]
    },
    HTTPFault("empty-elements-refused", "H-9110-5.6.1.2-1", "An empty element in a list is answered 400.") {
      $0.refusesHead = { request in
        let lists = request.values("connection") + request.values("transfer-encoding")
        let isEmpty = lists.contains {
          $0.split(separator: 0x2C, omittingEmptySubsequences: false).contains { $0.trimmedOfBlanks.isEmpty }
        }
        return isEmpty ? 400 : nil
      }
    },
  ]
}

extension [UInt8] {
  /// The name where it is spelled with capitals, as most clients do; otherwise one that nobody knows.
  fileprivate var asCapitalised: [UInt8] {
    let isCapitalised = split(separator: 0x2D).allSatisfy { $0.first.map { 0x41...0x5A ~= $0 } ?? false }
    return isCapitalised ? self : Array("X-".utf8) + self
  }
}
