// The faults of a process that keeps what it should forget: of a request on the same connection, or on another. One
// entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault that remembers a kind of requests.
  private static func kept(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    of kind: ResponderMemory.Kind = .answered, for scope: ResponderMemory.Scope = .connection,
    _ change: @escaping @Sendable (inout ResponderPolicy) -> Void
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith) { policy in
      policy.remembers = kind
      policy.memoryScope = scope
      change(&policy)
    }
  }

  /// A fault that puts something of an earlier answer into a later one.
  private static func blended(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    for scope: ResponderMemory.Scope = .connection,
    _ change: @escaping @Sendable (ResponderMemory, inout [ProbeStep]) -> Void
  ) -> ResponderFault {
    kept(name, violates, summary, with: fallsWith, for: scope) { $0.blends = change }
  }

  private static let keepsStatus: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { memory, steps in
    guard let code = memory.head?.code, code >= 400, memory.head?.reason == "Probe" else { return }
    steps.changeHead { $0.code = code }
  }

  private static let keepsCookies: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { memory, steps in
    let cookies = memory.head?.fields.filter { $0.name == "Set-Cookie" } ?? []
    steps.changeHead { $0.fields += cookies }
  }

  private static let keepsErrors: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { memory, steps in
    steps += memory.steps.filter { if case .error = $0 { true } else { false } }
  }

  private static let keepsEnd: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { memory, steps in
    if case .end? = steps.last { return }
    steps += memory.steps.filter { if case .end = $0 { true } else { false } }
  }

  /// Nobody serves a request while the program of the one before works on.
  private static let waitsForGood: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { memory, steps in
    guard memory.asks("finish") else { return }
    steps = [.pause(milliseconds: ProbeApplication.longestPause)]
  }

  private static let keepsErrorFields: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { memory, steps in
    guard memory.asks("error") else { return }
    let fields = memory.head?.fields.filter { $0.name == "X-Probe" } ?? []
    steps.changeHead { $0.fields += fields }
  }

  /// Faults in what is left of earlier requests.
  static let kept: [ResponderFault] = [
    kept(
      "params-leak-to-other-connections", "FCGI-3.3-12", "Variables of a request are there on another connection.",
      with: ["CGI-4.3.3-1", "FCGI-6.2-10"], for: .otherConnections
    ) { $0.recalls = { memory, variables in variables.adopt(memory.variables) } },
    kept(
      "cut-params-leak", "FCGI-3.3-12", "Variables of a request that was cut are there in the next one.",
      of: .cut, for: .otherConnections
    ) { $0.recalls = { memory, variables in variables.adopt(memory.variables) } },
    kept(
      "cut-body-leaks", "FCGI-3.3-12", "The body of a request that was cut precedes that of the next one.",
      of: .cut, for: .otherConnections
    ) { $0.recallsInput = { $1.body = $0.body + $1.body } },
    kept(
      "bodies-by-id-alone", "FCGI-3.3-12", "Of requests with one ID on two connections one is given both bodies.",
      with: ["FCGI-5.3-1"], for: .twins
    ) { $0.recallsInput = { $1.body = $0.body + $1.body } },
    kept(
      "aborted-body-leaks", "FCGI-5.4-4", "The body of a request that was aborted precedes that of the next one.",
      with: ["FCGI-3.3-14"], of: .aborted
    ) { $0.recallsInput = { $1.body = $0.body + $1.body } },
    kept(
      "late-body-leaks", "FCGI-3.3-16", "A body that its request did not read precedes that of the next one.",
      with: ["FCGI-3.3-14", "FCGI-3.3-15", "FCGI-3.3-18"], of: .late
    ) { $0.recallsInput = { $1.body = $0.body + $1.body } },
    kept(
      "rejected-params-leak", "FCGI-3.3-14", "Variables of a request that was rejected are there in the next one.",
      with: ["FCGI-5.5-8", "FCGI-3.3-15", "FCGI-3.3-16"], of: .rejected
    ) { $0.recalls = { memory, variables in variables.adopt(memory.variables) } },
    kept(
      "value-tails-kept", "FCGI-3.3-14", "A value that is shorter than that of the request before keeps its end."
    ) {
      $0.recalls = { memory, variables in
        for index in variables.indices where variables[index].name.starts(with: "X_".utf8) {
          let name = String(decoding: variables[index].name, as: UTF8.self)
          variables[index].value += (memory.variables.value(of: name) ?? []).dropFirst(variables[index].value.count)
        }
      }
    },
    kept("query-tail-kept", "FCGI-3.3-14", "A query that is the beginning of the one before becomes that one.") {
      $0.recalls = { memory, variables in
        let earlier = memory.variables.value(of: "QUERY_STRING") ?? []
        variables.change("QUERY_STRING") { !$0.isEmpty && earlier.starts(with: $0) ? earlier : $0 }
      }
    },
    blended(
      "finish-deafens-connection", "FCGI-5.1-5", "A connection whose request was ended early serves no other.",
      waitsForGood),
    blended(
      "finish-deafens-process", "FCGI-3.5-4", "After a request that was ended early no other connection is served.",
      for: .otherConnections, waitsForGood),
    blended(
      "error-fields-kept", "FCGI-6.1-14", "The fields of a program that failed are there in the next response.",
      with: ["FCGI-3.3-14"], keepsErrorFields),
    blended(
      "error-fields-kept-across-connections", "FCGI-6.1-14",
      "The fields of a program that failed are there in the next response on another connection.",
      for: .otherConnections, keepsErrorFields),
    blended("head-kept", "FCGI-3.3-14", "After a HEAD request the next one gets no body.") { memory, steps in
      guard memory.variables.has("REQUEST_METHOD", "HEAD") else { return }
      steps.removeAll { if case .output = $0 { true } else { false } }
    },
    blended(
      "status-kept", "FCGI-6.1-14", "The status of an error is that of the next response on the connection.",
      with: ["FCGI-3.3-14", "CGI-6.2.4-1"], keepsStatus),
    blended(
      "status-kept-across-connections", "FCGI-6.1-14", "The status of an error is that of the next response.",
      with: ["CGI-6.2.4-1"], for: .otherConnections, keepsStatus),
    blended(
      "cookies-kept", "FCGI-6.1-14", "Set-Cookie fields of a response are there in the next one on the connection.",
      with: ["FCGI-3.3-14", "CGI-6.2.2-1", "CGI-6.2.3-1"], keepsCookies),
    blended(
      "cookies-kept-across-connections", "FCGI-6.1-14", "Set-Cookie fields of a response are there in the next one.",
      with: ["CGI-6.2.2-1", "CGI-6.2.3-1"], for: .otherConnections, keepsCookies),
    blended(
      "location-kept", "FCGI-6.1-14", "The Location of a redirect is there in the next response.",
      with: ["CGI-6.2.4-1"]
    ) { memory, steps in
      let locations = memory.head?.fields.filter { $0.name == "Location" } ?? []
      steps.changeHead { $0.fields += locations }
    },
    blended(
      "error-text-kept", "FCGI-3.3-14", "Error text is repeated in the next request on the connection.",
      with: ["FCGI-3.3-5", "FCGI-6.2-5"], keepsErrors),
    blended(
      "error-text-kept-across-connections", "FCGI-6.2-5", "Error text is repeated in the next request.",
      for: .otherConnections, keepsErrors),
    blended(
      "app-status-kept-across-connections", "FCGI-6.2-10", "An application status is that of the next connection too.",
      for: .otherConnections, keepsEnd),
    blended(
      "large-output-has-a-tail", "FCGI-3.3-14", "The last byte of a large response precedes the next body.",
      with: ["FCGI-5.1-5", "FCGI-5.3-1", "FCGI-6.2-5"]
    ) { memory, steps in
      let isLarge = memory.steps.contains {
        if case .output(let content) = $0 { content.byteCount > 65_536 } else { false }
      }
      guard isLarge, let index = steps.firstIndex(where: { if case .output = $0 { true } else { false } }) else {
        return
      }
      steps.insert(.output(.bytes([0])), at: index)
    },
    ResponderFault(
      "refused-body-given-to-first", "FCGI-5.5-5", "The body of a request that was refused goes to the one that runs.",
      with: ["FCGI-3.3-16", "FCGI-3.3-18", "FCGI-3.3-15"],
      options: { options, policy in
        options.multiplexes = false
        options.maxRequests = 1
        policy.mixesIDs()
      }),
    ResponderFault(
      "refused-id-dropped", "FCGI-5.5-5", "An ID that was refused serves no later request.",
      with: ["FCGI-5.1-5", "FCGI-5.5-1", "FCGI-5.5-7", "FCGI-3.3-14", "FCGI-4.1-10"],
      options: { options, policy in
        options.multiplexes = false
        options.maxRequests = 1
        policy.reads = { record in
          guard record.header.type == .beginRequest, record.index == nil else { return .proper }
          if record.connection.marks.contains(record.header.requestID) { return .ignore }
          if record.beginsAnother || record.beginsUnknownRole {
            record.connection.marks.insert(record.header.requestID)
          }
          return .proper
        }
      }),
  ]
}

extension ResponderFault {
  /// A fault in which a request without a variable is given the one of the request before.
  private static func stale(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    for scope: ResponderMemory.Scope = .connection, _ names: String...
  ) -> ResponderFault {
    kept(name, violates, summary, with: fallsWith, for: scope) {
      $0.recalls = { memory, variables in
        variables.adopt(memory.variables.filter { names.contains(String(decoding: $0.name, as: UTF8.self)) })
      }
    }
  }

  /// Faults in what is left of a request's variables, data and failure.
  static let leftovers: [ResponderFault] = [
    stale(
      "cookie-kept-on-connection", "FCGI-3.3-14",
      "A request without HTTP_COOKIE is given the one of the request before.",
      with: ["FCGI-6.2-1"], "HTTP_COOKIE"),
    stale(
      "user-kept", "FCGI-3.3-12", "A request without REMOTE_USER is given that of another connection.",
      with: ["FCGI-6.2-1"], for: .otherConnections, "REMOTE_USER", "HTTP_AUTHORIZATION"),
    stale(
      "type-kept", "FCGI-3.3-14", "A request without CONTENT_TYPE is given the one of the request before.",
      with: ["FCGI-6.2-1"], "CONTENT_TYPE"),
    stale(
      "length-kept", "FCGI-3.3-14", "A request without CONTENT_LENGTH is given the one of the request before.",
      with: ["FCGI-6.2-1", "FCGI-5.3-1", "FCGI-5.1-3", "FCGI-5.3-2", "FCGI-5.1-5", "FCGI-6.2-5", "CGI-4.3.3-1"],
      "CONTENT_LENGTH"),
    stale(
      "query-kept", "FCGI-3.3-14", "A request without QUERY_STRING is given the one of the request before.",
      with: ["FCGI-6.2-1"], "QUERY_STRING"),
    kept("field-tails-kept", "FCGI-3.3-14", "A field that is shorter than that of the request before keeps its end.") {
      $0.recalls = { memory, variables in
        for index in variables.indices where variables[index].name.starts(with: "HTTP_".utf8) {
          let name = String(decoding: variables[index].name, as: UTF8.self)
          variables[index].value += (memory.variables.value(of: name) ?? []).dropFirst(variables[index].value.count)
        }
      }
    },
    kept("reports-cached", "FCGI-3.3-14", "A request with the query of the one before is given its variables.") {
      $0.recalls = { memory, variables in
        let query = variables.value(of: "QUERY_STRING")
        if query == memory.variables.value(of: "QUERY_STRING"), query?.elementsEqual("probe=echo".utf8) ?? false {
          variables.change("X_TURN") { memory.variables.value(of: "X_TURN") ?? $0 }
        }
      }
    },
    kept("data-kept", "FCGI-5.3-2", "The data of a filter's request are there in the next one.", with: ["FCGI-3.3-14"])
    {
      $0.recallsInput = { memory, request in
        request.dataByteCount = request.dataByteCount.map { $0 + memory.dataByteCount }
      }
    },
    blended(
      "bad-request-kept", "FCGI-3.3-14", "After a request that was a bad one every one on the connection is.",
      with: ["FCGI-6.1-14", "CGI-4.3.3-1", "FCGI-5.5-1"]
    ) { memory, steps in
      guard memory.head?.code == 400, memory.head?.reason == "Bad Request" else { return }
      steps = ProbeApplication.page("bad request\n", 400, "Bad Request")
    },
    blended(
      "body-kept-for-next", "FCGI-3.3-14", "A response without a body is given that of the request before.",
      with: ["FCGI-5.3-1", "FCGI-6.2-5", "CGI-4.3.3-1"]
    ) { memory, steps in
      guard memory.asks("reflect"), !memory.body.isEmpty, steps.count == 2, steps[1] == .output(.bytes([])) else {
        return
      }
      steps[1] = .output(.bytes(memory.body))
    },
  ]
}

extension ResponderMemory {
  /// Whether the request asked the probe for that behaviour.
  fileprivate func asks(_ behaviour: String) -> Bool {
    ProbeQuery(variables.value(of: "QUERY_STRING") ?? []).probe.elementsEqual(behaviour.utf8)
  }
}
