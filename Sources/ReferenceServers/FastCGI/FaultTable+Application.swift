// The faults that show between the application and its requests: what it is given, and what becomes of its answer. One
// entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// Faults in what the application is given.
  static let given: [ResponderFault] = [
    ResponderFault(
      "pairs-above-64-lost", "FCGI-5.2-1", "Variables after the 64th are lost.", with: ["FCGI-6.2-1"]
    ) { $0.changesVariables { $0 = Array($0.prefix(64)) } },
    ResponderFault(
      "value-cut-at-65535", "FCGI-3.3-22", "A value is cut after 65 535 bytes."
    ) { $0.changesValues { Array($0.prefix(65_535)) } },
    ResponderFault(
      "values-made-ascii", "FCGI-3.4-6", "Bytes of values above 127 become question marks.", with: ["FCGI-6.2-1"]
    ) { $0.changesValues { $0.map { $0 > 0x7F ? 0x3F : $0 } } },
    ResponderFault(
      "values-trimmed", "FCGI-3.4-1", "Spaces around values are taken away."
    ) {
      $0.changesValues { value in
        let rest = value.drop { $0 == 0x20 }
        return rest.lastIndex { $0 != 0x20 }.map { Array(rest[...$0]) } ?? []
      }
    },
    ResponderFault(
      "length-127-is-long", "FCGI-3.4-2", "A length of 127 is taken for the beginning of four bytes."
    ) {
      $0.receives = { parameters in
        let isLong = parameters.variables.contains { $0.name.count == 127 || $0.value.count == 127 }
        parameters.isMalformed = parameters.isMalformed || isLong
      }
    },
    ResponderFault(
      "finish-loses-output", "FCGI-6.2-5", "What does not fit into a buffer is lost where a request is ended early."
    ) {
      $0.answers = { request, steps in
        guard request.query.probe.elementsEqual("finish".utf8) else { return }
        steps = steps.map { step in
          guard case .output(let content) = step else { return step }
          return .output(.pattern(byteCount: min(content.byteCount, 8_192)))
        }
      }
    },
    ResponderFault("finished-request-ended-again", "FCGI-5.5-1", "A request that is ended early is ended once more.") {
      $0.ends(2) { $0.request?.query.probe.elementsEqual("finish".utf8) ?? false }
    },
    ResponderFault(
      "method-required", "FCGI-5.5-1", "A request without REQUEST_METHOD is never ended."
    ) { $0.awaitsMore = { $0.variables.value(of: "REQUEST_METHOD") == nil } },
    ResponderFault(
      "head-served-as-get", "CGI-4.3.3-1", "HEAD is answered with a body."
    ) {
      $0.changesVariables { variables in
        variables.change("REQUEST_METHOD") { $0.elementsEqual("HEAD".utf8) ? Array("GET".utf8) : $0 }
      }
    },
    ResponderFault(
      "body-truncated-at-8192", "FCGI-5.3-1", "The application is given what fits into one buffer of 8 192 bytes.",
      with: ["FCGI-3.3-6", "FCGI-6.2-11", "FCGI-6.4-7"]
    ) {
      $0.gives = {
        $0.body = Array($0.body.prefix(8_192))
        $0.declaredLength = nil
      }
    },
    ResponderFault(
      "body-truncated-at-1000000", "FCGI-5.3-1", "The application is given at most 1 000 000 bytes of a body."
    ) { $0.changesBodies { Array($0.prefix(1_000_000)) } },
    ResponderFault(
      "body-is-one-record", "FCGI-3.3-22", "The first STDIN record counts as the whole body.",
      with: [
        "FCGI-3.3-16", "FCGI-3.3-2",
        "FCGI-3.3-15", "FCGI-3.3-8", "FCGI-4.1-7", "FCGI-4.1-8", "FCGI-4.2-3", "FCGI-5.3-1", "FCGI-5.4-4",
        "FCGI-6.2-11", "FCGI-6.4-7", "FCGI-3.3-6",
      ]
    ) {
      $0.changes { if $0.header.type == .stdin { $0.endsStream = true } }
      $0.gives = { $0.declaredLength = nil }
    },
    ResponderFault(
      "bodies-share-buffer", "FCGI-3.3-22", "Bodies of requests on one connection are gathered in one buffer.",
      with: ["FCGI-5.3-1", "FCGI-5.4-4"]
    ) {
      $0.changes { record in
        guard record.header.type == .stdin, let index = record.index, index > 0 else { return }
        record.connection.requests[0].stdin.byteCount += UInt64(record.content.count)
        record.connection.requests[0].stdin.bytes += record.content
        record.content = []
      }
    },
    ResponderFault(
      "empty-body-counted", "FCGI-3.3-22", "An empty body counts as one byte.",
      with: [
        "CGI-6.1-1", "FCGI-5.3-2", "FCGI-3.3-12", "FCGI-3.3-14", "FCGI-3.4-1", "FCGI-6.2-2", "FCGI-6.2-1", "CGI-4.1-3",
      ]
    ) { $0.gives = { if $0.bodyByteCount == 0, $0.role != FastCGIRole.authorizer.name { $0.bodyByteCount = 1 } } },
    ResponderFault(
      "unread-body-closes", "FCGI-5.5-1", "Input for a request that is being answered closes the connection.",
      with: ["FCGI-3.3-16", "FCGI-3.3-12", "FCGI-6.2-7"]
    ) { $0.reacts(.close) { $0.header.type == .stdin && !$0.content.isEmpty && $0.isForRunning } },
    ResponderFault(
      "authorizer-waits-for-stdin", "FCGI-6.3-3", "An authorizer answers only when STDIN is complete.",
      with: ["FCGI-5.1-3", "FCGI-5.5-1"]
    ) { $0.awaitsMore = { $0.role == .authorizer && !$0.stdin.isEnded } },
    ResponderFault(
      "empty-data-awaited", "FCGI-6.4-1", "A filter waits for data where its DATA stream is empty.",
      with: ["FCGI-5.5-1", "FCGI-3.3-8"]
    ) {
      $0.reacts(.ignore) { record in
        let count = record.index.map { record.connection.requests[$0].data.byteCount }
        return record.header.type == .data && record.endsStream && count == 0
      }
    },
    ResponderFault(
      "other-roles-overloaded", "FCGI-5.5-7", "Authorizers and filters are rejected with FCGI_OVERLOADED."
    ) { $0.reacts(.reject(.overloaded)) { [.authorizer, .filter].contains($0.begun?.role) } },
  ]

  /// Faults in what becomes of the application's answer.
  static let answers: [ResponderFault] = [
    ResponderFault(
      "repeated-fields-dropped", "CGI-6.2-1", "Of fields of the same name only the first is sent."
    ) {
      $0.changesHeads { head in
        var seen: Set<String> = []
        head.fields.removeAll { !seen.insert($0.name).inserted }
      }
    },
    ResponderFault(
      "location-dropped", "FCGI-6.1-14", "Location is left out where there is a Status.",
      with: ["CGI-6.3-1", "FCGI-5.5-4", "CGI-6.2.4-1"]
    ) { $0.changesHeads { $0.fields.removeAll { $0.name == "Location" } } },
    ResponderFault(
      "content-type-dropped", "CGI-6.3.1-1", "A body has no Content-Type.",
      with: ["CGI-4.3.3-1", "CGI-6.2.1-1", "FCGI-3.3-14", "FCGI-5.3-1"]
    ) { $0.changesHeads { $0.fields.removeAll { $0.name == "Content-Type" } } },
    ResponderFault(
      "content-type-twice", "CGI-6.3-2", "Content-Type is sent twice.", with: ["CGI-6.2.1-1", "FCGI-5.3-1"]
    ) { $0.changesHeads { $0.fields += $0.fields.filter { $0.name == "Content-Type" } } },
    ResponderFault(
      "field-name-with-space", "CGI-6.3-3", "A field name has a space in it.",
      with: ["CGI-6.2.2-1", "CGI-6.2.3-1"]
    ) { $0.changesHeads { $0.append("X Broken", "yes") } },
    ResponderFault(
      "output-cut-at-1000000", "FCGI-6.2-5", "The response is cut after 1 000 000 bytes.", with: ["FCGI-5.3-1"]
    ) { $0.cuts(.output, to: 1_000_000) },
    ResponderFault(
      "stderr-cut-at-65536", "FCGI-6.2-5", "Error text is cut after 65 536 bytes."
    ) { $0.cuts(.error, to: 65_536) },
    ResponderFault(
      "output-after-pause-lost", "FCGI-6.2-5", "What is written after a pause is lost.",
      with: [
        "CGI-6.1-1", "FCGI-3.3-14", "FCGI-4.1-7", "FCGI-4.1-9", "FCGI-4.1-8", "FCGI-4.2-1", "FCGI-5.3-1", "FCGI-6.2-8",
      ]
    ) { $0.drops { emission, _ in emission.kind == .output && emission.request?.pauseCount ?? 0 >= 1 } },
    ResponderFault(
      "app-status-low-byte-only", "FCGI-6.2-10", "Only the low byte of the application status is sent."
    ) { $0.changesEndBody { $1.appStatus &= 0xFF } },
    ResponderFault(
      "app-status-sticks", "FCGI-6.2-10", "A failed request's application status is that of all later ones."
    ) { $0.changesEndBody { $1.appStatus = $0.connection.greatestStatus } },
    ResponderFault(
      "output-after-stdout-end", "FCGI-3.3-23", "Output follows the empty STDOUT record.", with: ["FCGI-6.2-6"]
    ) { $0.changesEnds { $0.insertBeforeEnd(SentRecord(.stdout, id: $0.records[0].id, Array("late\n".utf8))) } },
    ResponderFault(
      "unaligned-records", "FCGI-3.3-9", "Records are not padded to a multiple of 8 bytes."
    ) { $0.changesRecords { $0.isUnpadded = true } },
  ]
}
