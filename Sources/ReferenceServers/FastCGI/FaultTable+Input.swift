// The faults of reading: records, requests, inputs. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// Faults in reading records.
  static let reading: [ResponderFault] = [
    ResponderFault(
      "padding-as-content", "FCGI-3.3-8", "Padding is taken for content.",
      with: ["FCGI-3.3-2", "FCGI-3.3-7", "FCGI-3.3-22", "FCGI-6.2-11"]
    ) { $0.countsPadding { _ in true } },
    ResponderFault(
      "padding-rejected", "FCGI-3.3-7", "A record with padding closes the connection.",
      with: [
        "FCGI-3.3-2", "FCGI-3.3-8", "FCGI-4.1-2", "FCGI-5.5-1", "FCGI-5.4-2", "FCGI-4.2-1", "FCGI-3.3-15",
        "FCGI-3.3-16",
      ]
    ) { $0.reacts(.close) { $0.header.paddingLength > 0 } },
    ResponderFault(
      "max-record-rejected", "FCGI-3.3-6", "A record with more than 32 768 bytes of content closes the connection.",
      with: [
        "FCGI-5.1-5", "FCGI-5.5-1", "FCGI-5.3-1", "FCGI-3.4-3", "FCGI-4.2-1", "FCGI-3.3-15", "FCGI-3.3-16",
        "FCGI-6.4-1",
      ]
    ) { $0.reacts(.close) { $0.header.contentLength > 32_768 } },
    ResponderFault(
      "reserved-significant", "FCGI-3.3-10", "A header whose reserved byte is not 0 closes the connection.",
      with: ["FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.header.reserved > 0 } },
    ResponderFault(
      "id-low-byte-only", "FCGI-3.3-5", "Only the low byte of a request ID is looked at.",
      with: ["FCGI-5.1-7", "CGI-6.1-1", "FCGI-5.5-1", "FCGI-3.3-14"]
    ) { $0.readsHeader = { $0.requestID &= 0x00FF } },
    ResponderFault(
      "inactive-id-closes", "FCGI-3.3-15", "A record for an ID that was never begun closes the connection.",
      with: ["FCGI-3.3-13", "FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.isStray && !$0.isLate } },
    ResponderFault(
      "late-record-closes", "FCGI-3.3-16", "A record for an ID whose request has ended closes the connection.",
      with: ["FCGI-3.3-5", "FCGI-5.5-7", "FCGI-3.3-15", "FCGI-5.1-5", "FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.isStray && $0.isLate } },
    ResponderFault(
      "inactive-id-answered", "FCGI-3.3-5", "A record for an ID that was never begun is answered by FCGI_END_REQUEST.",
      with: ["CGI-6.1-1", "FCGI-3.3-14", "FCGI-5.5-1", "FCGI-6.1-7", "FCGI-3.3-13", "FCGI-3.3-15"]
    ) { $0.reacts(.reject(.requestComplete)) { $0.isStray && !$0.isLate } },
    ResponderFault(
      "ids-mixed", "FCGI-3.3-15", "Records for an inactive ID are given to the request that is active.",
      with: ["FCGI-3.3-16", "FCGI-3.3-18", "FCGI-6.2-11"]
    ) { $0.mixesIDs() },
    ResponderFault(
      "params-record-limited", "FCGI-3.3-6", "A PARAMS record with more than 32 768 bytes closes the connection.",
      with: ["FCGI-5.5-1", "FCGI-3.4-3"]
    ) { $0.reacts(.close) { $0.header.type == .params && $0.header.contentLength > 32_768 } },
    ResponderFault(
      "record-length-16-bit", "FCGI-3.3-6", "A record whose content and padding exceed 65 535 bytes closes.",
      with: ["FCGI-5.5-1", "FCGI-4.2-1"]
    ) { $0.reacts(.close) { Int($0.header.contentLength) + Int($0.header.paddingLength) > 65_535 } },
    ResponderFault(
      "split-header-closes", "FCGI-3.3-2", "A record header that arrives in two reads closes the connection.",
      with: ["FCGI-4.1-2", "FCGI-5.5-1"]
    ) { $0.closes(inside: .header) },
    ResponderFault(
      "id-255-skipped", "FCGI-3.3-5", "Records with ID 255 are skipped.", with: ["FCGI-5.5-1"]
    ) { $0.reacts(.ignore) { $0.header.requestID == 255 } },
    ResponderFault(
      "version-ignored", "FCGI-3.3-3", "Records of any version are taken."
    ) { $0.readsHeader = { $0.version = 1 } },
  ]

  /// Faults in beginning, rejecting and aborting requests.
  static let requests: [ResponderFault] = [
    ResponderFault(
      "role-low-byte-only", "FCGI-5.1-3", "Only the low byte of a role is looked at.",
      with: ["FCGI-5.5-7"]
    ) { $0.changes { if $0.begun != nil { $0.content[0] = 0 } } },
    ResponderFault(
      "flags-any-bit-keeps", "FCGI-5.1-6", "Any bit of the flags keeps the connection.", with: ["FCGI-5.1-4"]
    ) { $0.changesFlags { $1 == 0 ? 0 : FastCGIFlag.keepConnection } },
    ResponderFault(
      "unknown-role-served", "FCGI-5.5-7", "A request for an unknown role is served as if for a responder.",
      with: ["FCGI-5.1-3", "FCGI-5.5-8"]
    ) { $0.serves { _ in true } },
    ResponderFault(
      "unknown-role-closes", "FCGI-5.5-7", "A request for an unknown role closes the connection.",
      with: ["FCGI-5.1-3", "FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.beginsUnknownRole } },
    ResponderFault(
      "rejected-with-output", "FCGI-5.5-8", "A rejected request gets output.",
      with: ["FCGI-6.2-6"]
    ) {
      $0.emits = { emission in
        guard emission.kind == .rejection, let id = emission.request?.id else { return }
        let text = Array("Status: 503 Service Unavailable\r\n\r\n".utf8)
        emission.records.insert(
          contentsOf: [SentRecord(.stdout, id: id, text), SentRecord(.stdout, id: id, [])], at: 0)
      }
    },
    ResponderFault(
      "second-begin-dropped", "FCGI-5.1-7", "A second request on a busy connection is dropped.",
      with: ["FCGI-4.1-7", "FCGI-5.5-1"]
    ) { $0.reacts(.ignore) { $0.beginsAnother } },
    ResponderFault(
      "second-begin-closes", "FCGI-5.5-5", "A second request closes a connection that takes one at a time.",
      with: ["FCGI-4.1-7", "FCGI-5.1-7", "FCGI-5.4-2", "FCGI-5.5-1"],
      options: { options, policy in
        options.multiplexes = false
        options.maxRequests = 1
        policy.reacts(.close) { $0.beginsAnother }
      }),
    ResponderFault(
      "multiplexing-claimed", "FCGI-4.1-7", "FCGI_MPXS_CONNS is 1, and a second request gets FCGI_CANT_MPX_CONN."
    ) { $0.reacts(.reject(.cannotMultiplex)) { $0.beginsAnother } },
    ResponderFault(
      "overload-dropped", "FCGI-5.5-6", "A request above FCGI_MAX_REQS is dropped.",
      with: ["FCGI-3.3-1", "FCGI-4.1-6", "FCGI-5.1-7", "FCGI-5.5-1"],
      options: { options, policy in
        options.maxRequests = 2
        policy.reacts(.ignore) { $0.beginsAnother && $0.requests.count >= 2 }
      }),
    ResponderFault(
      "abort-ignored", "FCGI-5.4-2", "An aborted request goes on as if nothing had happened.",
      with: ["FCGI-5.5-1"]
    ) { $0.reacts(.ignore) { $0.header.type == .abortRequest } },
    ResponderFault(
      "abort-closes", "FCGI-5.4-4", "An abort ends its request, and resets the connection.",
      with: ["FCGI-5.1-5", "FCGI-5.4-2", "FCGI-5.5-1"]
    ) { $0.reacts(.answerAndReset) { $0.header.type == .abortRequest && $0.request != nil } },
    ResponderFault(
      "abort-ends-twice", "FCGI-5.5-1", "An aborted request is ended by the library, and again by the application.",
      with: ["FCGI-5.4-3", "FCGI-3.3-14"]
    ) { $0.ends(2) { $0.kind == .abortedEnd } },
    ResponderFault(
      "abort-needs-params", "FCGI-5.4-2", "An abort is ignored while PARAMS are not complete.",
      with: ["FCGI-5.5-1", "FCGI-5.4-4"]
    ) { $0.reacts(.ignore) { $0.header.type == .abortRequest && [.begun, .params].contains($0.request) } },
    ResponderFault(
      "begin-reserved-significant", "FCGI-5.1-2", "A request whose reserved bytes are not 0 closes the connection.",
      with: ["FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.header.type == .beginRequest && $0.content.dropFirst(3).contains { $0 != 0 } } },
    ResponderFault(
      "used-id-dropped", "FCGI-3.3-14", "An ID other than 1 serves no second request.", with: ["FCGI-5.5-1"]
    ) { $0.reacts(.ignore) { $0.header.type == .beginRequest && $0.header.requestID > 1 && $0.isLate } },
    ResponderFault(
      "rejection-closes", "FCGI-5.1-5", "A request that is rejected for its role closes the connection.",
      with: ["FCGI-3.3-5", "FCGI-5.5-1", "FCGI-5.5-7"]
    ) { $0.reacts(.answerAndClose) { $0.beginsUnknownRole } },
  ]

  /// Faults in reading the inputs of requests.
  static let inputs: [ResponderFault] = [
    ResponderFault(
      "straddling-pair-rejected", "FCGI-3.3-22", "A pair that goes on in the next PARAMS record is malformed."
    ) {
      $0.changes { record in
        guard record.header.type == .params, PairReader(record.content).isCut else { return }
        record.changeRequest { if !$0.paramsEnded { $0.isMalformed = true } }
      }
    },
    ResponderFault(
      "long-lengths-truncated", "FCGI-3.4-4", "Only the low seven bits of a name's or value's length count.",
      with: ["FCGI-3.4-3", "FCGI-3.4-5", "FCGI-3.3-22", "FCGI-6.2-1", "FCGI-6.1-14"]
    ) {
      $0.changesVariables { variables in
        func cut(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.prefix(bytes.count & 0x7F)) }
        variables = variables.map { ProbeVariable(name: cut($0.name), value: cut($0.value)) }
      }
    },
    ResponderFault(
      "cut-pair-used", "FCGI-3.4-7", "A pair that PARAMS cut is used as far as it came."
    ) {
      $0.receives = { parameters in
        guard let pair = parameters.cutPair else { return }
        parameters.variables.append(pair)
        parameters.isMalformed = false
      }
    },
    ResponderFault(
      "value-ends-at-zero", "FCGI-3.4-6", "A value ends at its first zero byte.", with: ["FCGI-6.1-11"]
    ) { $0.changesValues { Array($0.prefix { $0 != 0 }) } },
    ResponderFault(
      "query-must-come-first", "FCGI-5.2-2", "QUERY_STRING counts only where it is the first pair."
    ) {
      $0.changesVariables { variables in
        let isQuery = { (variable: ProbeVariable) in variable.name.elementsEqual("QUERY_STRING".utf8) }
        if let first = variables.first, !isQuery(first) { variables.removeAll(where: isQuery) }
      }
    },
    ResponderFault(
      "params-leak-to-next-request", "FCGI-3.3-14", "Variables of a request are still there in the next one.",
      with: ["CGI-4.3.3-1", "FCGI-5.1-5", "FCGI-5.3-2", "FCGI-6.2-5", "FCGI-3.3-22"]
    ) {
      $0.remembers = .answered
      $0.recalls = { memory, variables in variables.adopt(memory.variables) }
    },
    ResponderFault(
      "partial-params-run", "FCGI-5.2-3", "The request runs when STDIN begins, whether or not PARAMS are complete.",
      with: ["FCGI-6.1-8", "FCGI-6.2-6"]
    ) {
      $0.changes { record in
        if record.header.type == .stdin { record.changeRequest { $0.paramsEnded = true } }
      }
    },
    ResponderFault(
      "filter-does-not-wait", "FCGI-6.4-6", "A filter answers as soon as PARAMS are complete.",
      with: ["FCGI-6.1-8", "FCGI-6.4-1", "FCGI-6.4-7"]
    ) {
      $0.changes { record in
        guard record.header.type == .params, record.endsStream, record.role == .filter else { return }
        record.changeRequest { ($0.stdin.isEnded, $0.data.isEnded) = (true, true) }
      }
    },
    ResponderFault(
      "body-truncated-at-65535", "FCGI-5.3-1", "The application is given at most 65 535 bytes of a body."
    ) { $0.changesBodies { Array($0.prefix(65_535)) } },
    ResponderFault(
      "body-seven-bit", "FCGI-5.3-1", "The top bit of every body byte is lost.",
      with: ["FCGI-3.3-22", "FCGI-5.1-5", "H-9110-8.6-10"]
    ) { $0.changesBodies { $0.map { $0 & 0x7F } } },
    ResponderFault(
      "body-length-not-compared", "FCGI-6.2-11", "A body that is not as long as CONTENT_LENGTH says is served.",
      with: ["FCGI-6.4-7"]
    ) { $0.gives = { $0.declaredLength = nil } },
    ResponderFault(
      "data-length-not-compared", "FCGI-6.4-7", "Data that are not as long as FCGI_DATA_LENGTH says are served."
    ) { $0.gives = { $0.declaredDataLength = nil } },
  ]
}
