// The faults that only a certain sequence of records shows: their sizes, how many there were, what stood before them,
// and how long nothing came. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ReceivedRecord {
  /// Whether it is an empty record of that type.
  private func isEmpty(_ type: FastCGIRecordType) -> Bool { header.type == type && header.contentLength == 0 }
  /// The role that FCGI_BEGIN_REQUEST asks for.
  fileprivate var begunRole: UInt8? { header.type == .beginRequest && content.count > 1 ? content[1] : nil }
  /// Whether it is shorter than the record before it, of the same stream.
  fileprivate var isShorter: Bool {
    previous.map { $0.type == header.type && $0.contentLength > header.contentLength } ?? false
  }
  fileprivate var isEndOfParams: Bool { isEmpty(.params) }
  fileprivate var isEndOfBody: Bool { isEmpty(.stdin) }
}

extension ResponderFault {
  /// A fault for which such a record closes the connection.
  private static func closing(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith + ["FCGI-5.5-1"]) {
      $0.reacts(.close, to: isSuch)
    }
  }

  /// A fault for which the connection is closed where that is waited for longer than 150 milliseconds.
  private static func hasty(_ name: String, _ summary: String, _ isMeant: @escaping @Sendable (ResponderWait) -> Bool)
    -> ResponderFault
  {
    ResponderFault(name, "FCGI-3.3-22", summary, with: ["FCGI-5.5-1", "FCGI-5.3-1", "FCGI-5.2-3"]) {
      $0.losesPatience = isMeant
      $0.patience = 150
    }
  }

  /// A fault for which content of such records is passed over.
  private static func unread(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (FastCGIRecordHeader) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, "FCGI-3.3-22", summary, with: fallsWith) {
      $0.changes { if isSuch($0.header) { $0.content = [] } }
    }
  }

  /// Faults of one sequence.
  static let sequences: [ResponderFault] = [
    hasty("rest-after-begin-closes", "PARAMS that come long after the begin close the connection.") { $0 == .params },
    hasty("rest-in-params-closes", "PARAMS that rest for long close the connection.") { $0 == .paramsEnd },
    hasty("rest-in-body-closes", "A body that rests for long closes the connection.") { $0 == .bodyEnd },
    unread(
      "body-records-of-8-lost", "A record of STDIN with 8 bytes is taken for a header, and lost.", with: ["FCGI-3.3-6"]
    ) { $0.type == .stdin && $0.contentLength == 8 },
    unread("params-records-of-8-lost", "A record of PARAMS with 8 bytes is taken for a header, and lost.") {
      $0.type == .params && $0.contentLength == 8
    },
    unread(
      "low-byte-of-length-zero", "A record of STDIN whose length is an odd multiple of 256 is taken for empty.",
      with: ["FCGI-3.3-6"]
    ) { $0.type == .stdin && $0.contentLength % 512 == 256 },
    ResponderFault(
      "shorter-record-ends-body", "FCGI-3.3-22", "A record of STDIN that is shorter than the one before ends the body.",
      with: [
        "FCGI-3.3-6", "FCGI-3.3-8", "FCGI-5.3-1", "FCGI-3.3-5", "FCGI-5.1-5", "FCGI-6.2-5", "FCGI-3.3-14",
        "FCGI-3.3-2", "FCGI-6.4-1", "FCGI-6.4-6",
      ]
    ) { $0.changes { if $0.header.type == .stdin, $0.isShorter { $0.endsStream = true } } },
    ResponderFault(
      "shorter-record-ends-params", "FCGI-3.3-22",
      "A record of PARAMS that is shorter than one of more than 64 bytes ends the stream.",
      with: ["FCGI-3.3-8", "FCGI-5.2-3", "FCGI-3.4-1", "FCGI-6.2-1", "FCGI-3.3-6", "FCGI-3.4-3", "FCGI-5.5-5"]
    ) {
      $0.changes { record in
        guard record.header.type == .params, record.isShorter, let previous = record.previous else { return }
        if previous.contentLength > 64 { record.endsStream = true }
      }
    },
    closing(
      "five-thousand-records-only", "FCGI-5.1-5", "A connection that carried 5 000 records is closed.",
      with: ["FCGI-3.3-2", "FCGI-3.3-22"]
    ) { $0.recordCount >= 5_000 },
    closing(
      "two-megabytes-only", "FCGI-5.1-5", "A connection that carried two bodies of a megabyte is closed.",
      with: ["FCGI-3.3-6", "FCGI-3.3-22"]
    ) { $0.header.type == .beginRequest && $0.byteCount > 2 << 20 },
    overlooking(
      "ten-ids-only", "FCGI-3.3-14", "After ten IDs a new one is not served on the connection.",
      with: ["FCGI-3.3-5", "FCGI-5.5-1"]
    ) { $0.header.type == .beginRequest && $0.connection.endedIDs.count >= 10 && !$0.isLate },
    ResponderFault(
      "short-body-filled", "FCGI-5.3-1", "A body that is shorter than CONTENT_LENGTH is filled up with zeros.",
      with: ["FCGI-3.3-8", "FCGI-6.2-11", "FCGI-6.4-7"]
    ) {
      $0.gives = { request in
        let length = DecimalNumber.value(of: request.declaredLength ?? []) ?? 0
        request.declaredLength = nil
        if length < 1 << 20, request.body.count < length {
          request.body += [UInt8](repeating: 0, count: Int(length) - request.body.count)
        }
      }
    },
    ResponderFault(
      "length-is-octal-with-zero", "FCGI-5.3-1", "A CONTENT_LENGTH that begins with a zero is octal.",
      with: ["CGI-4.2-2"]
    ) {
      $0.gives = { request in
        let text = String(decoding: request.declaredLength ?? [], as: UTF8.self)
        if text.hasPrefix("0"), let count = Int(text, radix: 8) { request.body = Array(request.body.prefix(count)) }
      }
    },
    ResponderFault(
      "early-end-of-params-kept", "FCGI-3.3-15", "After an early end of PARAMS the request of its ID is dropped.",
      with: ["FCGI-5.2-3", "FCGI-3.3-16"]
    ) { $0.spoilsNext { $0.isEndOfParams } },
    ResponderFault(
      "early-abort-kept", "FCGI-3.3-15", "After an abort of an ID that was never begun its request is dropped.",
      with: ["FCGI-5.4-2"]
    ) { $0.spoilsNext { $0.header.type == .abortRequest } },
    closing(
      "odd-record-before-question-closes", "FCGI-3.3-8",
      "A question behind a record of PARAMS of odd length closes the connection.",
      with: ["FCGI-4.1-8", "FCGI-4.1-9", "FCGI-4.1-2"]
    ) { record in
      record.header.type == .getValues
        && record.previous.map { $0.type == .params && $0.contentLength % 2 == 1 } ?? false
    },
    ResponderFault(
      "output-mirrored", "FCGI-A-1", "FCGI_STDOUT that is sent to the application comes back.",
      with: [
        "FCGI-7-4", "FCGI-3.3-15", "FCGI-6.1-7", "FCGI-6.2-6", "CGI-6.2-1", "CGI-6.3.1-1", "FCGI-3.3-21", "FCGI-6.1-8",
      ]
    ) {
      $0.changes { record in
        guard record.header.type == .stdout else { return }
        record.connection.sends = [SentRecord(.stdout, id: record.header.requestID, record.content)]
      }
    },
    overlooking(
      "abort-of-used-id-ignored", "FCGI-5.4-2", "An abort of a request whose ID was used before is ignored.",
      with: ["FCGI-5.4-4", "FCGI-3.3-14"]
    ) { $0.header.type == .abortRequest && $0.isLate && $0.request != nil },
    overlooking(
      "abort-of-large-id-ignored", "FCGI-5.4-2", "An abort of an ID above 255 is ignored.", with: ["FCGI-3.3-5"]
    ) { $0.header.type == .abortRequest && $0.header.requestID > 255 },
    overlooking("abort-in-pair-ignored", "FCGI-5.4-2", "An abort in the middle of a pair is ignored.") {
      $0.abortsInsidePair
    },
    closing(
      "abort-of-authorizer-closes", "FCGI-5.4-2", "An abort of an authorizer's request closes the connection.",
      with: ["FCGI-5.4-4"]
    ) { $0.header.type == .abortRequest && $0.role == .authorizer },
    ResponderFault(
      "abort-in-params-is-a-rejection", "FCGI-5.4-2", "An abort in PARAMS ends a request as one of an unknown role.",
      with: ["FCGI-5.5-4", "FCGI-5.5-8"]
    ) {
      $0.changesEndBody { emission, body in
        if emission.kind == .abortedEnd, emission.request?.progress == .params { body.protocolStatus = .unknownRole }
      }
    },
    ResponderFault(
      "abort-of-any-id", "FCGI-3.3-15", "An abort for an ID that is not active aborts the request that is.",
      with: ["FCGI-5.4-4", "FCGI-3.3-18", "FCGI-5.5-1", "FCGI-3.3-14"]
    ) {
      $0.changes { record in
        guard record.header.type == .abortRequest, record.isStray else { return }
        record.header.requestID = record.connection.requests.first?.id ?? record.header.requestID
      }
    },
    overlooking("filter-without-input-unanswered", "FCGI-5.5-1", "A filter that gets no input never answers.") {
      $0.isEndOfBody && $0.role == .filter && $0.request == .paramsEnded
    },
    overlooking("authorizers-dropped", "FCGI-5.5-1", "A request for an authorizer gets no answer at all.") {
      $0.begunRole == 2
    },
    overlooking(
      "second-authorizer-dropped", "FCGI-5.5-1", "A request for an authorizer after another one gets no answer.",
      with: ["FCGI-3.3-14"]
    ) { $0.begunRole == 2 && $0.endedCount > 0 },
    ResponderFault(
      "filter-closes", "FCGI-5.1-5", "A filter's request closes a connection that is to be kept.",
      with: ["FCGI-5.3-2", "FCGI-3.3-14", "FCGI-5.4-4", "FCGI-3.3-16", "FCGI-5.5-1", "FCGI-5.4-2"]
    ) { $0.changesFlags { $0.begun?.role == .filter ? 0 : $1 } },
  ]
}
