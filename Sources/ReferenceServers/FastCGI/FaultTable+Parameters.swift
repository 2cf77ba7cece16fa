// The faults in reading parameters and bodies that only some of them show. One entry each; what an entry changes is
// ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault that changes the variables.
  private static func given(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout [ProbeVariable]) -> Void
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith) { $0.changesVariables(change) }
  }

  /// A fault that loses the variable behind one whose name is such.
  private static func derailed(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    by isSuch: @escaping @Sendable ([UInt8]) -> Bool
  ) -> ResponderFault {
    given(name, violates, summary, with: fallsWith) { variables in
      guard let index = variables.firstIndex(where: { isSuch($0.name) }) else { return }
      variables.removeSubrange(variables.index(after: index)...)
    }
  }

  /// A fault that changes values of certain lengths.
  private static func values(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ResponderFault {
    given(name, violates, summary, with: fallsWith) { variables in
      for index in variables.indices { variables[index].value = change(variables[index].value) }
    }
  }

  /// Faults in reading pairs.
  static let parameters: [ResponderFault] = [
    ResponderFault(
      "long-form-needs-length", "FCGI-3.4-4", "A length below 128 that is written in four bytes is malformed."
    ) { $0.receives = { if PairReader.hasNeedlessLongForm($0.content) { $0.isMalformed = true } } },
    ResponderFault(
      "three-params-records-only", "FCGI-3.3-22", "Of PARAMS three records are read.",
      with: ["FCGI-5.2-1", "FCGI-3.3-8"]
    ) { $0.reacts(.ignore) { $0.header.type == .params && !$0.endsStream && $0.number > 3 } },
    ResponderFault(
      "params-above-65535-lost", "FCGI-3.3-22", "A record that makes PARAMS longer than 65 535 bytes is lost.",
      with: ["FCGI-5.2-1", "FCGI-3.4-3", "FCGI-3.4-4", "FCGI-3.3-6"]
    ) {
      $0.reacts(.ignore) { record in
        let count = record.index.map { record.connection.requests[$0].params.count } ?? 0
        return record.header.type == .params && !record.endsStream && count + record.content.count > 65_535
      }
    },
    given(
      "empty-value-derails", "FCGI-3.4-1", "What follows a pair with an empty value is lost.",
      with: ["FCGI-3.4-2", "FCGI-3.4-4"]
    ) {
      variables in
      let isSuch = { (pair: ProbeVariable) in pair.value.isEmpty && pair.name.starts(with: "X_".utf8) }
      guard let index = variables.firstIndex(where: isSuch) else { return }
      variables.removeSubrange(variables.index(after: index)...)
    },
    given("short-names-lost", "FCGI-3.4-1", "A pair whose name has one byte is lost.") {
      $0.removeAll { $0.name.count == 1 }
    },
    given("names-made-upper-case", "FCGI-3.4-1", "Names are folded to upper case.") { variables in
      for index in variables.indices {
        variables[index].name = variables[index].name.map { 0x61...0x7A ~= $0 ? $0 - 32 : $0 }
      }
    },
    given("same-names-joined", "FCGI-3.4-1", "The values of a name that comes twice are joined.") { variables in
      var joined: [ProbeVariable] = []
      for variable in variables {
        if let index = joined.firstIndex(where: { $0.name == variable.name }) {
          joined[index].value += [0x2C] + variable.value
        } else {
          joined.append(variable)
        }
      }
      variables = joined
    },
    derailed("slash-in-name-derails", "FCGI-3.4-1", "What follows a name with a slash in it is lost.") {
      $0.contains(0x2F)
    },
    derailed("equals-sign-in-name-derails", "FCGI-6.1-12", "What follows a name with an equals sign in it is lost.") {
      $0.contains(0x3D)
    },
    derailed("empty-name-derails", "FCGI-3.4-1", "What follows a pair without a name is lost.", with: ["FCGI-3.4-4"]) {
      $0.isEmpty
    },
    values("length-255-is-none", "FCGI-3.4-3", "A length of 255 is taken for -1.", with: ["FCGI-3.4-4", "FCGI-3.4-6"]) {
      $0.count == 255 ? [] : $0
    },
    values(
      "length-low-byte-only", "FCGI-3.4-3", "Only the low byte of a value's length is looked at.",
      with: ["FCGI-3.4-4", "FCGI-5.2-1", "FCGI-3.3-22", "FCGI-6.2-1", "FCGI-3.4-5", "FCGI-3.3-6", "FCGI-6.1-14"]
    ) { Array($0.prefix($0.count & 0xFF)) },
    values(
      "value-cut-at-8192", "FCGI-3.4-3", "A value is cut after 8 192 bytes.",
      with: ["FCGI-3.3-22", "FCGI-5.2-1", "FCGI-6.2-1", "FCGI-3.3-6"]
    ) { Array($0.prefix(8_192)) },
    values("value-ends-at-line-end", "FCGI-3.4-6", "A value ends at its first line end.") {
      Array($0.prefix { $0 != 0x0A && $0 != 0x0D })
    },
    ResponderFault(
      "late-params-end-closes", "FCGI-5.2-3", "PARAMS that take a while to end close the connection.",
      with: ["FCGI-3.3-22", "FCGI-5.5-1"]
    ) { $0.losesPatience = { $0 == .paramsEnd } },
  ]

  /// Faults in reading bodies and data.
  static let bodies: [ResponderFault] = [
    ResponderFault("one-byte-body-is-none", "FCGI-5.3-1", "A body of one byte is lost.") {
      $0.gives = { if $0.body.count == 1 { $0.body = [] } }
    },
    ResponderFault(
      "body-counted-to-8192", "FCGI-5.3-1", "The application is told of 8 192 bytes of a body, where it is longer.",
      with: ["FCGI-5.1-5", "FCGI-6.2-2", "FCGI-6.2-11", "FCGI-6.4-7"]
    ) {
      $0.gives = {
        $0.bodyByteCount = min($0.bodyByteCount, 8_192)
        $0.declaredLength = nil
      }
    },
    ResponderFault(
      "bytes-at-record-border-lost", "FCGI-5.3-1", "Of a body of several records the last byte of the first is lost.",
      with: ["FCGI-3.3-22", "FCGI-3.3-2", "FCGI-3.3-5", "FCGI-3.3-6"]
    ) {
      $0.gives = { if $0.body.count > 65_535 { $0.body.remove(at: 65_534) } }
    },
    ResponderFault(
      "body-searched-for-records", "FCGI-3.3-2", "A body ends where it holds an empty STDIN record.",
      with: ["FCGI-5.3-1"]
    ) {
      $0.gives = { request in
        let end: [UInt8] = [1, 5, 0, 1, 0, 0, 0, 0]
        if let range = request.body.firstRange(of: end) { request.body.removeSubrange(range.lowerBound...) }
      }
    },
    ResponderFault("line-ends-in-body-converted", "FCGI-5.3-1", "CR LF in a body becomes LF.") {
      $0.gives = { $0.body = $0.body.replacing([0x0D, 0x0A], with: [0x0A]) }
    },
    ResponderFault(
      "body-ends-at-zero-byte", "FCGI-5.3-1", "A body ends at its first zero byte.",
      with: ["FCGI-3.3-2", "FCGI-3.3-22", "FCGI-3.3-6", "FCGI-5.1-5"]
    ) {
      $0.gives = { $0.body = Array($0.body.prefix { $0 != 0 }) }
    },
    ResponderFault("body-taken-for-a-response", "FCGI-5.3-1", "A body that looks like a response loses its head.") {
      $0.gives = { request in
        guard request.body.starts(with: "Status:".utf8) else { return }
        let end = request.body.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A] as [UInt8])
        request.body = end.map { Array(request.body[$0.upperBound...]) } ?? []
      }
    },
    ResponderFault("body-read-for-parameters", "FCGI-5.3-1", "The body of a form is read before the application can.") {
      $0.gives = { request in
        if request.contentType?.starts(with: "application/x-www-form-urlencoded".utf8) ?? false {
          request.bodyByteCount = 0
        }
      }
    },
    ResponderFault(
      "body-without-type-lost", "FCGI-5.3-1", "A body without a type is lost.",
      with: [
        "FCGI-3.3-10", "FCGI-3.3-12", "FCGI-3.3-15", "FCGI-3.3-16", "FCGI-3.3-2", "FCGI-3.3-22", "FCGI-3.3-6",
        "FCGI-3.3-7", "FCGI-3.3-8", "FCGI-4.1-7", "FCGI-4.1-8", "FCGI-4.2-3", "FCGI-5.2-2", "FCGI-5.2-3", "FCGI-5.4-4",
        "FCGI-6.2-2", "FCGI-5.1-5", "FCGI-3.3-14",
      ]
    ) { $0.gives = { if $0.contentType == nil { $0.body = [] } } },
    ResponderFault("json-escaped", "FCGI-5.3-1", "Characters of JSON above 127 are escaped.") {
      $0.gives = { request in
        guard request.contentType?.elementsEqual("application/json".utf8) ?? false else { return }
        request.body = request.body.flatMap { $0 < 0x80 ? [$0] : [0x3F] }
      }
    },
    ResponderFault(
      "late-body-end-closes", "FCGI-5.3-1", "A body that takes a while to end closes the connection.",
      with: ["FCGI-5.5-1", "FCGI-3.3-21", "FCGI-3.3-22", "FCGI-6.4-6"]
    ) { $0.losesPatience = { $0 == .bodyEnd } },
    ResponderFault(
      "unread-data-awaited", "FCGI-6.4-5", "A filter that does not read its data is never answered.",
      with: ["FCGI-5.5-1", "FCGI-6.4-1", "FCGI-3.3-16"]
    ) {
      $0.awaitsMore = {
        $0.variables.value(of: "FCGI_DATA_LENGTH") != nil && $0.variables.has("QUERY_STRING", "probe=unread")
      }
    },
    ResponderFault(
      "late-padding-closes", "FCGI-3.3-8", "Padding that comes later than its content closes the connection.",
      with: ["FCGI-5.5-1", "FCGI-3.3-2"]
    ) { $0.losesPatience = { $0 == .padding } },
    ResponderFault(
      "fifty-data-records-only", "FCGI-3.3-22", "Of DATA fifty records are read.", with: ["FCGI-6.4-1"]
    ) { $0.reacts(.ignore) { $0.header.type == .data && !$0.endsStream && $0.number > 50 } },
    ResponderFault(
      "body-without-length-awaited", "FCGI-6.2-2", "A body without CONTENT_LENGTH is waited for, for good.",
      with: ["FCGI-3.3-15", "FCGI-5.5-1"]
    ) { $0.awaitsMore = { $0.stdin.byteCount > 0 && ($0.variables.value(of: "CONTENT_LENGTH") ?? []).isEmpty } },
  ]
}
