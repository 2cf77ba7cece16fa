// The faults that only one state of a request or a connection shows: questions, unknown types, aborts and stray records
// at one moment of all. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault for which such a record closes the connection.
  private static func closing(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith + (violates == "FCGI-5.5-1" ? [] : ["FCGI-5.5-1"])) {
      $0.reacts(.close, to: isSuch)
    }
  }

  /// Faults of one state.
  static let states: [ResponderFault] = [
    overlooking("question-after-begin-ignored", "FCGI-4.1-8", "A question behind FCGI_BEGIN_REQUEST gets no answer.") {
      $0.isQuestion && $0.requests.first == .begun
    },
    overlooking("question-in-body-ignored", "FCGI-4.1-8", "A question while a body arrives gets no answer.") {
      $0.isQuestion && $0.requests.first == .body
    },
    closing(
      "question-in-output-closes", "FCGI-4.1-8", "A question while output streams closes the connection.",
      with: ["FCGI-4.1-9", "FCGI-4.1-2"]
    ) { $0.isQuestion && $0.requests.first == .paused(hasOutput: true) },
    closing(
      "question-after-requests-closes", "FCGI-5.1-5", "A question after the fifth request closes the connection.",
      with: ["FCGI-4.1-2", "FCGI-4.1-8", "FCGI-4.1-10"]
    ) { $0.isQuestion && $0.endedCount >= 5 },
    closing(
      "question-among-two-closes", "FCGI-4.1-8", "A question while two requests are active closes the connection.",
      with: ["FCGI-4.1-9", "FCGI-4.1-2"]
    ) { $0.isQuestion && $0.requests.count > 1 },
    overlooking(
      "question-after-request-ignored", "FCGI-4.1-8", "A question after a request has ended gets no answer.",
      with: ["FCGI-4.1-2", "FCGI-4.1-9", "FCGI-4.1-10"]
    ) { $0.isQuestion && $0.endedCount > 0 },
    overlooking(
      "sixth-request-dropped", "FCGI-5.1-5", "The sixth request on a connection gets no answer.",
      with: ["FCGI-4.1-10", "FCGI-5.4-4"]
    ) {
      $0.header.type == .beginRequest && $0.endedCount >= 5
    },
    overlooking(
      "request-21-dropped", "FCGI-5.1-5", "From the twenty-first request on a connection on, none gets an answer."
    ) { $0.header.type == .beginRequest && $0.endedCount >= 20 },
    overlooking(
      "request-101-dropped", "FCGI-5.1-5", "From the hundred-and-first request on a connection on, none gets an answer."
    ) { $0.header.type == .beginRequest && $0.endedCount >= 100 },
    overlooking(
      "question-after-unknown-type-ignored", "FCGI-4.1-2", "A question after a record of unknown type gets no answer."
    ) { $0.isQuestion && $0.unknownTypeCount > 0 },
    overlooking("unknown-type-after-begin-ignored", "FCGI-4.2-1", "An unknown type behind a begin gets no answer.") {
      $0.isUnknown && $0.requests.first == .begun
    },
    overlooking("unknown-type-in-params-ignored", "FCGI-4.2-1", "An unknown type among PARAMS gets no answer.") {
      $0.isUnknown && $0.requests.first == .params
    },
    overlooking("unknown-type-before-body-ignored", "FCGI-4.2-1", "An unknown type before a body gets no answer.") {
      $0.isUnknown && $0.requests.first == .paramsEnded
    },
    closing(
      "unknown-type-in-body-closes", "FCGI-4.2-3", "An unknown type in a body closes the connection.",
      with: ["FCGI-4.2-1"]
    ) { $0.isUnknown && $0.requests.first == .body },
    closing(
      "unknown-type-in-output-closes", "FCGI-4.2-1", "An unknown type while output streams closes the connection.",
      with: ["FCGI-4.2-3"]
    ) { $0.isUnknown && $0.requests.first == .paused(hasOutput: true) },
    closing(
      "unknown-type-after-request-closes", "FCGI-4.2-3", "An unknown type after a request closes the connection.",
      with: ["FCGI-4.2-1", "FCGI-5.1-5"]
    ) { $0.isUnknown && $0.endedCount > 0 },
    overlooking("unknown-type-100-ignored", "FCGI-4.2-1", "A management record of type 100 gets no answer.") {
      $0.isUnknown && $0.header.type.rawValue == 100
    },
    overlooking(
      "large-unknown-type-ignored", "FCGI-4.2-1", "An unknown type with more than 1 024 bytes gets no answer.",
      with: ["FCGI-3.3-6"]
    ) { $0.isUnknown && $0.header.contentLength > 1_024 },
    closing(
      "unknown-type-of-one-byte-closes", "FCGI-4.2-1",
      "An unknown type with one byte of content closes the connection.",
      with: ["FCGI-3.3-2", "FCGI-4.2-3"]
    ) { $0.isUnknown && $0.header.contentLength == 1 },
    closing(
      "undefined-type-of-nobody-closes", "FCGI-3.3-15", "An unknown type for an inactive ID closes the connection.",
      with: ["FCGI-3.3-13", "FCGI-3.3-16"]
    ) { $0.isStray && !$0.header.type.isDefined },
    closing(
      "data-of-nobody-closes", "FCGI-3.3-15", "FCGI_DATA for an inactive ID closes the connection.",
      with: ["FCGI-3.3-8", "FCGI-3.3-13", "FCGI-3.3-16", "FCGI-3.3-18"]
    ) { $0.isStray && $0.header.type == .data },
    closing(
      "large-stray-record-closes", "FCGI-3.3-15", "A large record for an inactive ID closes the connection.",
      with: ["FCGI-3.3-13", "FCGI-3.3-16", "FCGI-5.5-5", "FCGI-5.5-7"]
    ) { $0.isStray && $0.header.contentLength > 8_192 },
    closing(
      "late-params-close", "FCGI-3.3-16", "PARAMS for an ID whose request has ended close the connection.",
      with: ["FCGI-3.3-5", "FCGI-3.3-15", "FCGI-5.1-5", "FCGI-5.5-7", "FCGI-5.5-5"]
    ) { $0.isStray && $0.isLate && $0.header.type == .params },
    closing(
      "stray-records-in-request-close", "FCGI-3.3-15", "A record of another ID closes a connection with a request.",
      with: ["FCGI-3.3-18"]
    ) {
      $0.isStray && !$0.requests.isEmpty
        && (!$0.header.type.isDefined || [.data, .abortRequest].contains($0.header.type))
    },
    overlooking(
      "abort-after-begin-ignored", "FCGI-5.4-2", "An abort behind FCGI_BEGIN_REQUEST is ignored.", with: ["FCGI-5.4-4"]
    ) { $0.header.type == .abortRequest && $0.request == .begun },
    overlooking(
      "abort-after-params-ignored", "FCGI-5.4-2", "An abort between PARAMS and STDIN is ignored.",
      with: [
        "FCGI-3.3-14", "FCGI-5.4-4", "FCGI-4.1-8", "FCGI-4.1-2", "FCGI-4.2-1", "FCGI-3.3-16", "FCGI-5.1-4",
        "FCGI-4.1-10", "FCGI-4.2-3",
      ]
    ) { $0.header.type == .abortRequest && $0.request == .paramsEnded },
    overlooking(
      "abort-in-data-ignored", "FCGI-5.4-2", "An abort while a filter waits for its data is ignored.",
      with: ["FCGI-5.4-4", "FCGI-3.3-8"]
    ) { $0.header.type == .abortRequest && $0.role == .filter },
    closing(
      "abort-after-begin-closes", "FCGI-5.4-4", "An abort behind FCGI_BEGIN_REQUEST closes the connection.",
      with: ["FCGI-5.4-2", "FCGI-5.1-5", "FCGI-3.3-14"]
    ) { $0.header.type == .abortRequest && $0.request == .begun },
    closing(
      "abort-in-params-closes", "FCGI-5.4-4", "An abort among PARAMS closes the connection.",
      with: ["FCGI-5.4-2", "FCGI-5.1-5", "FCGI-3.3-14"]
    ) { $0.header.type == .abortRequest && $0.request == .params },
    closing(
      "abort-in-output-closes", "FCGI-5.4-4", "An abort while a program runs closes the connection.",
      with: ["FCGI-5.4-2", "FCGI-5.1-5", "FCGI-3.3-14", "FCGI-5.1-4"]
    ) {
      guard $0.header.type == .abortRequest, let request = $0.request else { return false }
      return [.output, .paused(hasOutput: true), .paused(hasOutput: false)].contains(request)
    },
    closing(
      "fifth-abort-closes", "FCGI-5.4-4", "An abort after four requests closes the connection.", with: ["FCGI-5.4-2"]
    ) { $0.header.type == .abortRequest && $0.endedCount >= 4 },
    ResponderFault(
      "abort-leaves-open", "FCGI-5.1-4", "After an abort a connection is not closed that was not to be kept.",
      with: ["FCGI-5.4-2"]
    ) {
      $0.changes { record in
        if record.header.type == .abortRequest { record.changeRequest { $0.keepsConnection = true } }
      }
    },
    ResponderFault(
      "aborted-params-leak", "FCGI-3.3-14", "Variables of a request that was aborted are there in the next one.",
      with: ["FCGI-5.4-4"]
    ) {
      $0.remembers = .aborted
      $0.recalls = { memory, variables in variables.adopt(memory.variables) }
    },
    ResponderFault(
      "failure-closes", "FCGI-5.1-5", "A request that ends with application status 1 closes the connection.",
      with: [
        "FCGI-5.5-1", "FCGI-3.3-14", "FCGI-3.3-16", "FCGI-3.3-8", "FCGI-4.1-10", "FCGI-4.1-2", "FCGI-4.1-8",
        "FCGI-4.2-1", "FCGI-4.2-3", "FCGI-5.4-2", "FCGI-5.4-4", "FCGI-6.2-10",
      ]
    ) { $0.isRefused = { $0.isEnd(status: 1) } },
    ResponderFault(
      "announced-length-awaited", "FCGI-5.5-1", "A body that is shorter than CONTENT_LENGTH is waited for, for good.",
      with: ["FCGI-3.3-16", "FCGI-6.2-11", "FCGI-6.4-7", "FCGI-3.3-14"]
    ) {
      $0.awaitsMore = { request in request.declaredLength.map { $0 > request.stdin.byteCount } ?? false }
    },
    ResponderFault(
      "full-buffer-awaits-more", "FCGI-5.5-1", "A short body is waited for where it fills a buffer of 8 192 bytes.",
      with: ["FCGI-6.2-11"]
    ) {
      $0.awaitsMore = { $0.stdin.byteCount == 8_192 && $0.declaredLength != 8_192 }
    },
    ResponderFault(
      "nothing-is-awaited", "FCGI-5.5-1", "A body of which nothing came is waited for, for good.",
      with: ["FCGI-6.2-11", "FCGI-6.2-2"]
    ) {
      $0.awaitsMore = { $0.stdin.byteCount == 0 && $0.declaredLength ?? 0 > 0 }
    },
    ResponderFault(
      "one-missing-byte-awaited", "FCGI-5.5-1", "A body that lacks one byte is waited for, for good.",
      with: ["FCGI-6.2-11"]
    ) {
      $0.awaitsMore = { $0.declaredLength == $0.stdin.byteCount + 1 }
    },
    ResponderFault(
      "body-against-length-zero-awaited", "FCGI-6.2-2", "A body with CONTENT_LENGTH 0 is waited for, for good.",
      with: ["FCGI-5.5-1", "FCGI-5.3-1"]
    ) { $0.awaitsMore = { $0.variables.has("CONTENT_LENGTH", "0") && $0.stdin.byteCount > 0 } },
    closing(
      "unread-data-closes", "FCGI-3.3-16", "Data for a filter that has answered, or does, close the connection.",
      with: ["FCGI-3.3-8", "FCGI-6.4-5", "FCGI-3.3-15", "FCGI-6.4-1", "FCGI-3.3-13", "FCGI-3.3-18", "FCGI-7-4"]
    ) { $0.header.type == .data && ($0.request == nil || $0.request == .output) },
    ResponderFault("data-counted-to-200000", "FCGI-6.4-1", "Of data 200 000 bytes are counted.") {
      $0.gives = { $0.dataByteCount = $0.dataByteCount.map { min($0, 200_000) } }
    },
    ResponderFault("data-of-65535-loses-a-byte", "FCGI-6.4-1", "Data of 65 535 or 65 536 bytes lose the last one.") {
      $0.gives = { $0.dataByteCount = $0.dataByteCount.map { 65_535...65_536 ~= $0 ? $0 - 1 : $0 } }
    },
    ResponderFault("one-byte-of-data-lost", "FCGI-6.4-1", "A single byte of data is lost.", with: ["FCGI-3.3-22"]) {
      $0.gives = { $0.dataByteCount = $0.dataByteCount.map { $0 == 1 ? 0 : $0 } }
    },
    ResponderFault(
      "rejected-once", "FCGI-5.5-5", "Of requests on a busy connection the second that is to be rejected is dropped.",
      with: ["FCGI-5.1-7", "FCGI-5.5-1", "FCGI-3.3-14"],
      options: { options, policy in
        options.multiplexes = false
        options.maxRequests = 1
        policy.reacts(.ignore) { $0.header.type == .beginRequest && $0.endedCount > 0 && !$0.requests.isEmpty }
      }),
    closing(
      "id-257-closes", "FCGI-3.3-5", "A request with ID 257 closes the connection while another is active.",
      with: ["FCGI-5.1-7"]
    ) { $0.header.type == .beginRequest && $0.header.requestID == 257 && !$0.requests.isEmpty },
    closing(
      "used-id-closes-beside-another", "FCGI-3.3-14",
      "An ID that is used again closes a connection with another request.",
      with: ["FCGI-5.1-7"]
    ) { $0.header.type == .beginRequest && $0.isLate && !$0.requests.isEmpty },
  ]
}
