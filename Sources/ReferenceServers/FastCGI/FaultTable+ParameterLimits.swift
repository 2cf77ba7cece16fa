// The faults of limits in parameters: a number, a length or a sum up to which a responder reads them right, and variables
// that it takes for granted. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault for which a request with such PARAMS closes the connection.
  private static func parameters(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable ([UInt8], [ProbeVariable]) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith + ["FCGI-5.5-1"]) {
      $0.isRefused = { $0.isParameters(isSuch) }
    }
  }

  /// A fault that changes the variables.
  private static func variables(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout [ProbeVariable]) -> Void
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith) { $0.changesVariables(change) }
  }

  /// A fault that closes the connection at such a record.
  private static func records(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith + ["FCGI-5.5-1"]) {
      $0.reacts(.close, to: isSuch)
    }
  }

  /// A fault for which a request without that variable is never answered.
  private static func required(_ name: String, _ variable: String, with fallsWith: [String] = []) -> ResponderFault {
    ResponderFault(
      name, "FCGI-6.2-1", "A request without \(variable) is never answered.",
      with: ["CGI-4.1-3", "FCGI-5.5-1"] + fallsWith
    ) {
      $0.awaitsMore = { $0.variables.value(of: variable) == nil }
    }
  }

  /// A fault that loses values of one length.
  private static func lost(_ byteCount: Int, with fallsWith: [String] = []) -> ResponderFault {
    variables(
      "value-of-\(byteCount)-lost", "FCGI-3.4-3", "A value of \(byteCount) bytes is lost.", with: fallsWith
    ) { $0.removeAll { $0.value.count == byteCount } }
  }

  /// Faults of limits in parameters.
  static let parameterLimits: [ResponderFault] = [
    lost(512), lost(1_024), lost(2_048), lost(4_096), lost(8_192), lost(16_384),
    lost(65_534), lost(65_535, with: ["FCGI-3.3-22"]), lost(65_537),
    variables("pairs-above-100-lost", "FCGI-5.2-1", "Variables after the 100th are lost.", with: ["FCGI-6.2-1"]) {
      $0 = Array($0.prefix(100))
    },
    variables("pairs-above-256-lost", "FCGI-5.2-1", "Variables after the 256th are lost.") {
      $0 = Array($0.prefix(256))
    },
    variables("pairs-above-4000-lost", "FCGI-5.2-1", "Variables after the 4 000th are lost.") {
      $0 = Array($0.prefix(4_000))
    },
    parameters("pairs-above-512-close", "FCGI-5.2-1", "More than 512 variables close the connection.") {
      $1.count > 512
    },
    parameters(
      "params-above-131072-close", "FCGI-3.3-22", "PARAMS of more than 131 072 bytes close the connection.",
      with: ["FCGI-5.2-1"]
    ) { content, _ in content.count > 131_072 },
    parameters(
      "value-above-32767-closes", "FCGI-3.4-3", "A value of more than 32 767 bytes closes the connection.",
      with: ["FCGI-3.3-22", "FCGI-3.3-6", "FCGI-5.2-1", "FCGI-6.2-1"]
    ) { _, variables in variables.contains { $0.value.count > 32_767 } },
    ResponderFault(
      "name-above-128-bytes-lost", "FCGI-3.4-3", "A pair whose name has more than 128 bytes is lost.",
      with: ["FCGI-3.4-5"]
    ) { $0.changesVariables { $0.removeAll { $0.name.count > 128 } } },
    variables(
      "name-cut-at-512", "FCGI-3.4-3", "A name is cut after 512 bytes.", with: ["FCGI-3.4-5"]
    ) { for index in $0.indices { $0[index].name = Array($0[index].name.prefix(512)) } },
    variables(
      "name-cut-at-4096", "FCGI-3.4-3", "A name is cut after 4 096 bytes.", with: ["FCGI-3.4-5"]
    ) { for index in $0.indices { $0[index].name = Array($0[index].name.prefix(4_096)) } },
    records("params-records-above-1000-close", "FCGI-3.3-22", "The 1 001st record of PARAMS closes the connection.") {
      $0.header.type == .params && $0.number > 1_000
    },
    variables("empty-pair-ends-params", "FCGI-3.4-1", "What follows a pair of no bytes is lost.", with: ["FCGI-3.4-4"])
    {
      guard let index = $0.firstIndex(where: { $0.name.isEmpty && $0.value.isEmpty }) else { return }
      $0.removeSubrange(index...)
    },
    variables("empty-first-value-derails", "FCGI-3.4-1", "Where the first value is empty, the next pair is lost.") {
      if $0.first?.value.isEmpty ?? false, $0.count > 1 { $0.remove(at: 1) }
    },
    variables("five-empty-values-end-params", "FCGI-3.4-1", "What follows a fifth empty value in a row is lost.") {
      var count = 0
      for index in $0.indices {
        count = $0[index].value.isEmpty ? count + 1 : 0
        guard count < 5 else { return $0.removeSubrange((index + 1)...) }
      }
    },
    ResponderFault(
      "empty-last-value-is-cut", "FCGI-3.4-1", "An empty value at the end of PARAMS makes them malformed.",
      with: ["CGI-4.1-3", "FCGI-6.2-1", "FCGI-6.2-2"]
    ) {
      $0.answers = { request, steps in
        guard request.variables.last?.value.isEmpty ?? false else { return }
        steps = ProbeApplication.failure(400, "Bad Request", "the last value is missing")
      }
    },
    ResponderFault(
      "one-pair-closes", "FCGI-5.5-1", "PARAMS of one pair close the connection.",
      with: ["FCGI-3.3-21", "FCGI-5.4-2"]
    ) {
      $0.isRefused = { $0.isParameters { $1.count == 1 } }
    },
    required("query-variable-required", "QUERY_STRING"),
    required("request-uri-variable-required", "REQUEST_URI"),
    required("document-root-required", "DOCUMENT_ROOT"),
    required("host-variable-required", "HTTP_HOST"),
    ResponderFault(
      "type-variable-required", "CGI-4.1-3", "A POST request without a type is never answered.",
      with: [
        "FCGI-6.2-1", "FCGI-5.5-1", "FCGI-5.3-1", "FCGI-3.3-22", "FCGI-6.2-2", "FCGI-4.1-8", "FCGI-6.4-6",
        "FCGI-5.1-3", "FCGI-4.1-9",
      ]
    ) {
      $0.awaitsMore = { request in
        let variables = request.variables
        return variables.has("QUERY_STRING", "probe=echo") && variables.has("REQUEST_METHOD", "POST")
          && request.stdin.byteCount == 5 && variables.value(of: "CONTENT_TYPE") == nil
      }
    },
    ResponderFault(
      "length-required", "FCGI-6.2-2", "A POST request without CONTENT_LENGTH is never answered.",
      with: ["FCGI-3.3-14", "FCGI-3.3-15", "FCGI-5.3-1", "CGI-4.1-3", "FCGI-5.5-1"]
    ) {
      $0.awaitsMore = {
        $0.variables.has("REQUEST_METHOD", "POST") && ($0.variables.value(of: "CONTENT_LENGTH") ?? []).isEmpty
      }
    },
    ResponderFault(
      "empty-length-awaited", "FCGI-6.2-2", "A body with an empty CONTENT_LENGTH is waited for, for good.",
      with: ["CGI-4.1-3", "FCGI-5.5-1"]
    ) {
      $0.awaitsMore = { $0.stdin.byteCount > 0 && $0.variables.value(of: "CONTENT_LENGTH")?.isEmpty ?? false }
    },
    ResponderFault(
      "large-body-without-length-awaited", "FCGI-6.2-2",
      "A body of more than 65 536 bytes without CONTENT_LENGTH is waited for, for good.", with: ["FCGI-5.5-1"]
    ) {
      $0.awaitsMore = { $0.stdin.byteCount > 65_536 && $0.variables.value(of: "CONTENT_LENGTH") == nil }
    },
    variables(
      "empty-variables-are-none", "CGI-4.1-3", "A request with empty variables has no query.", with: ["FCGI-6.2-1"]
    ) { variables in
      guard variables.value(of: "REMOTE_IDENT") != nil else { return }
      variables.change("QUERY_STRING") { _ in Array("probe=none".utf8) }
    },
  ]
}
