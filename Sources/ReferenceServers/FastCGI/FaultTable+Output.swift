// The faults of answering: management, output, ends. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// Faults in answering management records.
  static let management: [ResponderFault] = [
    ResponderFault(
      "get-values-ignored", "FCGI-4.1-2", "FCGI_GET_VALUES gets no answer.",
      with: ["FCGI-4.1-5", "FCGI-4.1-6", "FCGI-4.1-7", "FCGI-4.1-8", "FCGI-4.1-9"]
    ) { $0.reacts(.ignore) { $0.isQuestion } },
    ResponderFault(
      "get-values-closes", "FCGI-4.1-10", "The connection is closed after the answer to FCGI_GET_VALUES.",
      with: ["FCGI-4.1-2", "FCGI-4.1-8", "FCGI-5.5-1", "FCGI-3.3-8"]
    ) { $0.reacts(.answerAndClose) { $0.isQuestion } },
    ResponderFault(
      "get-values-waits", "FCGI-4.1-9", "FCGI_GET_VALUES is answered when no request is active.",
      with: ["FCGI-4.1-8"]
    ) { $0.reacts(.whenIdle) { $0.isQuestion } },
    ResponderFault(
      "get-values-clears-params", "FCGI-4.1-8", "FCGI_GET_VALUES makes the PARAMS received so far forgotten."
    ) { $0.clearsParams { $0.isQuestion } },
    ResponderFault(
      "get-values-extra-names", "FCGI-4.1-4", "All variables are answered, whether asked for or not.",
      with: ["FCGI-4.1-3", "FCGI-4.1-2", "FCGI-3.4-4"]
    ) { $0.replies = { $0.pairs = $0.known } },
    ResponderFault(
      "get-values-unknown-names", "FCGI-4.1-3", "Unknown variables are answered with an empty value."
    ) {
      $0.replies = { reply in
        let known = reply.known.map(\.name)
        reply.pairs += reply.names.filter { !known.contains($0) }.map { ProbeVariable(name: $0, value: []) }
      }
    },
    ResponderFault(
      "get-values-nonzero-id", "FCGI-3.3-19", "FCGI_GET_VALUES_RESULT carries request ID 1.",
      with: ["FCGI-4.1-2", "FCGI-6.1-1", "FCGI-A-2"]
    ) { $0.changesRecords { if $0.type == .getValuesResult { $0.id = 1 } } },
    ResponderFault(
      "get-values-extra-record", "FCGI-3.3-20", "An empty record follows FCGI_GET_VALUES_RESULT.",
      with: ["FCGI-4.1-2"]
    ) { $0.emits = { if $0.kind == .result { $0.records.append(SentRecord(.getValuesResult, id: 0, [])) } } },
    ResponderFault(
      "max-conns-word", "FCGI-4.1-5", "FCGI_MAX_CONNS is no number.",
      with: ["FCGI-4.1-2"]
    ) { $0.replies = { $0.change(FastCGIVariable.maxConnections, to: "many") } },
    ResponderFault(
      "max-reqs-hexadecimal", "FCGI-4.1-6", "FCGI_MAX_REQS is a hexadecimal number.",
      with: ["FCGI-4.1-2"]
    ) { $0.replies = { $0.change(FastCGIVariable.maxRequests, to: "0x40") } },
    ResponderFault(
      "mpxs-maybe", "FCGI-4.1-7", "FCGI_MPXS_CONNS is yes.",
      with: ["FCGI-4.1-2"]
    ) { $0.replies = { $0.change(FastCGIVariable.multiplexes, to: "yes") } },
    ResponderFault(
      "unknown-type-ignored", "FCGI-4.2-1", "A management record of unknown type gets no answer.",
      with: ["FCGI-4.2-2"]
    ) { $0.reacts(.ignore) { $0.isUnknown } },
    ResponderFault(
      "unknown-type-closes", "FCGI-4.2-3", "The connection is closed after FCGI_UNKNOWN_TYPE.",
      with: ["FCGI-5.5-1", "FCGI-4.2-1", "FCGI-3.3-8", "FCGI-5.1-5"]
    ) { $0.reacts(.answerAndClose) { $0.isUnknown } },
    ResponderFault(
      "unknown-type-wrong", "FCGI-4.2-1", "FCGI_UNKNOWN_TYPE names another type than was sent."
    ) { $0.changesRecords { if $0.type == .unknownType { $0.content[0] &+= 1 } } },
    ResponderFault(
      "unknown-type-short", "FCGI-4.2-2", "FCGI_UNKNOWN_TYPE has one byte of content."
    ) { $0.changesRecords { if $0.type == .unknownType { $0.content = [$0.content[0]] } } },
    ResponderFault(
      "unknown-type-with-content-ignored", "FCGI-4.2-1",
      "A management record of unknown type gets no answer where it has content.",
      with: ["FCGI-3.3-8"]
    ) { $0.reacts(.ignore) { $0.isUnknown && $0.header.contentLength > 0 } },
  ]

  /// Faults in sending output.
  static let outputs: [ResponderFault] = [
    ResponderFault(
      "wrong-version", "FCGI-3.3-3", "Every record carries version 2.", with: ["FCGI-8-2"]
    ) { $0.changesRecords { $0.version = 2 } },
    ResponderFault(
      "wrong-request-id", "FCGI-3.3-5", "Records carry the request's ID plus one.",
      with: ["CGI-6.1-1", "FCGI-3.3-19", "FCGI-5.5-1", "FCGI-6.2-6", "FCGI-A-2"]
    ) { $0.changesRecords { if $0.id != 0 { $0.id &+= 1 } } },
    ResponderFault(
      "stderr-id-zero", "FCGI-3.3-19", "STDERR records carry request ID 0.",
      with: ["FCGI-A-2", "FCGI-6.1-5", "FCGI-6.2-5", "FCGI-7-3"]
    ) { $0.changesErrorText { $0.id = 0 } },
    ResponderFault(
      "stderr-id-one", "FCGI-3.3-5", "STDERR records carry request ID 1, whatever that of the request.",
      with: ["FCGI-3.3-14", "FCGI-3.3-21", "FCGI-5.3-3", "FCGI-6.2-5", "FCGI-A-2"]
    ) { $0.changesErrorText { $0.id = 1 } },
    ResponderFault(
      "undefined-type-sent", "FCGI-3.3-4", "A record of type 12 precedes the end of each request."
    ) {
      $0.changesEnds { emission in
        let id = emission.records[0].id
        emission.records.insert(SentRecord(FastCGIRecordType(rawValue: 12), id: id, []), at: 0)
      }
    },
    ResponderFault(
      "stderr-as-data", "FCGI-A-1", "Error text is sent in DATA records.",
      with: ["FCGI-5.3-3", "FCGI-6.1-5", "FCGI-6.2-5", "FCGI-7-3"]
    ) { $0.changesErrorText { $0.type = .data } },
    ResponderFault(
      "stderr-into-stdout", "FCGI-6.2-5", "Error text is sent in STDOUT records.",
      with: ["CGI-6.2-1", "CGI-6.3-3", "FCGI-5.3-3", "FCGI-6.1-5", "FCGI-7-3", "H-9110-8.6-10"]
    ) {
      $0.emits = { emission in
        emission.records.removeAll { $0.type == .stderr && $0.content.isEmpty }
        for index in emission.records.indices where emission.kind == .error { emission.records[index].type = .stdout }
      }
    },
    ResponderFault(
      "stderr-lost", "FCGI-6.2-5", "Error text is not sent.", with: ["FCGI-6.1-5", "FCGI-7-3"]
    ) { $0.drops { $1.type == .stderr } },
    ResponderFault(
      "two-empty-stderr", "FCGI-6.1-6", "Two empty STDERR records end each request.", with: ["FCGI-3.3-23"],
      options: { options, policy in
        options.alwaysEndsErrorStream = true
        policy.changesEnds { emission in
          if let end = emission.records.first(where: { $0.type == .stderr }) { emission.insertBeforeEnd(end) }
        }
      }),
    ResponderFault(
      "no-stderr-end", "FCGI-3.3-21", "The empty STDERR record is missing."
    ) { $0.drops { $0.isEnd && $1.type == .stderr } },
    ResponderFault(
      "no-stdout-end", "FCGI-3.3-21", "The empty STDOUT record is missing.", with: ["FCGI-6.1-7"]
    ) { $0.drops { $0.isEnd && $1.type == .stdout } },
    ResponderFault(
      "no-stdout-record", "FCGI-6.1-7", "No STDOUT record is sent where there is no output.", with: ["FCGI-3.3-21"]
    ) { $0.drops { $0.isEnd && $1.type == .stdout && $0.request?.hasOutput == false } },
    ResponderFault(
      "early-empty-stdout", "FCGI-3.3-23", "An empty STDOUT record precedes the output.",
      with: ["CGI-6.1-1", "CGI-6.2-1", "FCGI-3.3-21"]
    ) {
      $0.changesFirstOutput { emission in
        emission.records.insert(SentRecord(.stdout, id: emission.records[0].id, []), at: 0)
      }
    },
    ResponderFault(
      "early-output", "FCGI-6.2-6", "Output begins while PARAMS arrive.",
      with: ["CGI-6.2-1", "CGI-6.2.2-1", "CGI-6.2.3-1", "FCGI-6.1-8", "FCGI-6.4-6"]
    ) {
      $0.changes { record in
        guard record.header.type == .params, !record.content.isEmpty, let request = record.request,
          request == .begun || request == .params
        else { return }
        let early = SentRecord(.stdout, id: record.header.requestID, Array("X-Early: yes\r\n".utf8))
        if let index = record.index, !record.connection.requests[index].hasOutput { record.connection.sends = [early] }
        record.changeRequest { $0.hasOutput = true }
      }
    },
    ResponderFault(
      "nph-output", "FCGI-6.1-13", "Output begins with an HTTP status line.", with: ["FCGI-6.1-14"]
    ) { $0.statusLine = { "HTTP/1.1 \($0) \($1)" } },
    ResponderFault(
      "status-swapped", "FCGI-6.1-14", "The status field holds the reason before the code.",
      with: ["CGI-4.3.3-1", "CGI-6.3.3-1"]
    ) { $0.statusLine = { $1 == "Probe" ? "Status: \($1) \($0)" : "Status: \($0) \($1)" } },
  ]

  /// Faults in ending requests and connections.
  static let endings: [ResponderFault] = [
    ResponderFault(
      "no-end-request", "FCGI-5.5-1", "No FCGI_END_REQUEST is sent for a request that was served.",
      with: ["FCGI-3.3-23", "FCGI-5.4-2", "FCGI-5.5-4", "FCGI-6.2-10", "FCGI-6.2-8", "FCGI-6.2-9"]
    ) { $0.ends(0) },
    ResponderFault(
      "end-twice", "FCGI-5.5-1", "Two FCGI_END_REQUEST records end each request.",
      with: ["FCGI-3.3-14", "FCGI-5.4-3", "FCGI-6.2-8"]
    ) { $0.ends(2) },
    ResponderFault(
      "end-before-streams", "FCGI-3.3-14", "FCGI_END_REQUEST goes out before the streams are ended.",
      with: ["FCGI-3.3-21", "FCGI-6.1-7", "FCGI-6.2-8"]
    ) {
      $0.changesEnds { emission in
        emission.records =
          emission.records.filter { $0.type == .endRequest } + emission.records.filter { $0.type != .endRequest }
      }
    },
    ResponderFault(
      "stdout-after-end", "FCGI-3.3-14", "Output follows FCGI_END_REQUEST.", with: ["FCGI-3.3-23", "FCGI-6.2-8"]
    ) { $0.changesEnds { $0.records.append(SentRecord(.stdout, id: $0.records[0].id, Array("late\n".utf8))) } },
    ResponderFault(
      "swapped-end-body-length", "FCGI-3.3-2", "The content length of FCGI_END_REQUEST is little-endian.",
      with: ["FCGI-3.1-1", "FCGI-5.5-1", "FCGI-5.5-2"]
    ) { $0.changesRecords { $0.swapsLength = $0.type == .endRequest } },
    ResponderFault(
      "short-end-body", "FCGI-5.5-2", "FCGI_END_REQUEST has five bytes of content.",
      with: ["FCGI-5.5-1", "FCGI-5.5-4"]
    ) { $0.changesRecords { if $0.type == .endRequest { $0.content = Array($0.content.prefix(5)) } } },
    ResponderFault(
      "app-status-always-zero", "FCGI-6.2-10", "The application status is always 0.",
      with: ["CGI-6.1-1", "FCGI-7-3", "H-9110-8.6-10"]
    ) { $0.changesEndBody { $1.appStatus = 0 } },
    ResponderFault(
      "app-status-little-endian", "FCGI-3.1-1", "The application status is little-endian.", with: ["FCGI-6.2-10"]
    ) { $0.changesEndBody { $1.appStatus = $1.appStatus.byteSwapped } },
    ResponderFault(
      "protocol-status-undefined", "FCGI-5.5-3", "Requests are ended with protocol status 9.",
      with: ["FCGI-5.4-2", "FCGI-5.5-4", "FCGI-6.2-9"]
    ) { $0.changesEndBody { $1.protocolStatus = FastCGIProtocolStatus(rawValue: 9) } },
    ResponderFault(
      "overloaded-after-output", "FCGI-5.5-4", "Requests that were served are ended with FCGI_OVERLOADED.",
      with: ["FCGI-5.4-2", "FCGI-5.5-8", "FCGI-6.2-9"]
    ) { $0.changesEndBody { $1.protocolStatus = .overloaded } },
    ResponderFault(
      "keep-conn-closes", "FCGI-5.1-5", "The connection is closed although FCGI_KEEP_CONN is set.",
      with: [
        "FCGI-3.3-5", "FCGI-3.3-14", "FCGI-3.3-16", "FCGI-5.1-6", "FCGI-5.4-4", "FCGI-5.5-1", "FCGI-5.5-7",
        "FCGI-2.2-2",
      ]
    ) { $0.changesFlags { _, _ in 0 } },
    ResponderFault(
      "no-close-without-keep-conn", "FCGI-5.1-4", "The connection is left open although FCGI_KEEP_CONN is not set.",
      with: ["FCGI-5.1-6"]
    ) { $0.changesFlags { _, _ in FastCGIFlag.keepConnection } },
    ResponderFault(
      "plain-text-farewell", "FCGI-3.3-1", "Text that is no record precedes the end of the connection."
    ) { $0.changesLastBytes = { $0 += Array("HTTP/1.1 500 goodbye\r\n".utf8) } },
    ResponderFault(
      "last-record-cut", "FCGI-3.3-2", "The connection is closed in the middle of the last record.",
      with: ["FCGI-5.5-1"]
    ) { $0.changesLastBytes = { $0.removeLast(min(4, $0.count)) } },
    ResponderFault(
      "keep-conn-exact-flags", "FCGI-5.1-6", "The connection is kept only where no other flag is set.",
      with: ["FCGI-5.1-5", "FCGI-5.5-1"]
    ) { $0.changesFlags { $1 == FastCGIFlag.keepConnection ? $1 : 0 } },
    ResponderFault(
      "keep-conn-sticks", "FCGI-5.1-4", "A connection that was kept once is never closed."
    ) {
      $0.changes { record in
        guard record.begun != nil else { return }
        if record.begun?.keepsConnection == true { record.connection.marks.insert(0) }
        guard record.connection.marks.contains(0) else { return }
        record.content[2] = FastCGIFlag.keepConnection
        record.connection.changeFlags(keeps: true)
      }
    },
    ResponderFault(
      "five-requests-only", "FCGI-5.1-5", "The connection is closed after five requests.", with: ["FCGI-5.5-1"]
    ) { $0.changesFlags { $0.endedCount + $0.requests.count >= 4 ? 0 : $1 } },
    ResponderFault(
      "half-close-drops", "FCGI-6.2-8", "A client that shuts down its sending side gets no answer.",
      with: ["FCGI-5.5-1"]
    ) { $0.isRefused = { if case .lost = $0 { true } else { false } } },
  ]
}
