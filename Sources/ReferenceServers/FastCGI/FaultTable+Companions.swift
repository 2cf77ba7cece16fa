// The faults that another request on the connection shows, or another question, and those of error text and of the end
// that only some requests show. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ReceivedRecord {
  /// Whether it follows, in the same read, the end of a body.
  fileprivate var isBehindEndOfBody: Bool {
    isInSameRead && previous.map { $0.type == .stdin && $0.contentLength == 0 } ?? false
  }
}

extension ResponderFault {
  /// Faults that another request on the connection shows.
  static let companions: [ResponderFault] = [
    ResponderFault(
      "far-id-forgets-others", "FCGI-5.1-7",
      "A request with an ID above 1 000 makes those that are active be forgotten.",
      with: ["FCGI-3.3-5"]
    ) {
      $0.changes { record in
        if record.header.type == .beginRequest, record.header.requestID > 1_000 { record.connection.requests = [] }
      }
    },
    ResponderFault(
      "two-at-once-leave-open", "FCGI-5.1-4", "After two requests at once the connection is not closed.",
      with: ["FCGI-5.1-5"]
    ) {
      $0.changes { record in
        guard record.begun != nil else { return }
        if record.beginsAnother { record.connection.marks.insert(0) }
        guard record.connection.marks.contains(0) else { return }
        record.content[2] = FastCGIFlag.keepConnection
        record.connection.changeFlags(keeps: true)
      }
    },
    ResponderFault(
      "last-flags-count", "FCGI-5.1-4", "The flags of the request that began last are those of all that are active.",
      with: ["FCGI-5.1-5", "FCGI-5.1-7"]
    ) {
      $0.changes { if let begun = $0.begun { $0.connection.changeFlags(keeps: begun.keepsConnection) } }
    },
    ResponderFault(
      "error-text-strays", "FCGI-3.3-5", "Error text goes to another request that is active.",
      with: ["FCGI-6.2-5", "FCGI-6.1-6", "FCGI-6.2-6", "FCGI-3.3-21"]
    ) {
      $0.emits = { emission in
        guard emission.kind == .error, let id = emission.request?.id else { return }
        if let other = emission.connection.requests.first(where: { $0.id != id }) { emission.records[0].id = other.id }
      }
    },
    overlooking(
      "begin-behind-body-lost", "FCGI-5.5-1", "A begin in the same read as the end of another's body is lost.",
      with: ["FCGI-5.1-7"]
    ) { $0.header.type == .beginRequest && $0.isBehindEndOfBody },
    ResponderFault(
      "rejection-under-first-id", "FCGI-3.3-5", "Requests are rejected under the ID 1, whatever theirs is.",
      with: [
        "FCGI-3.3-14", "FCGI-5.5-1", "FCGI-5.5-7", "FCGI-5.1-5", "FCGI-5.1-3", "FCGI-5.1-7", "FCGI-3.3-13",
        "FCGI-3.3-15", "FCGI-4.1-2", "FCGI-4.1-10", "FCGI-5.5-5", "FCGI-5.5-6",
      ]
    ) { $0.emits = { if $0.kind == .rejection { $0.records[0].id = 1 } } },
    ResponderFault(
      "rejection-clears-params", "FCGI-5.5-5", "A request that is refused takes the parameters of the first away.",
      with: ["FCGI-3.3-22"],
      options: { options, policy in
        options.multiplexes = false
        options.maxRequests = 1
        policy.clearsParams { $0.beginsAnother }
      }),
    ResponderFault(
      "mpxs-changes", "FCGI-4.1-7", "Of two questions for FCGI_MPXS_CONNS each is answered otherwise.",
      with: ["FCGI-4.1-2", "FCGI-5.1-7", "FCGI-5.5-6"]
    ) { $0.replies = { if $0.number > 1 { $0.change(FastCGIVariable.multiplexes, to: "0") } } },
    overlooking("fourth-question-ignored", "FCGI-4.1-2", "After three questions no other is answered.") {
      $0.header.type == .getValues && $0.recordCount >= 3 && $0.requests.isEmpty && $0.endedCount == 0
    },
    ResponderFault(
      "error-end-of-post-lost", "FCGI-3.3-21",
      "On a kept connection the error stream of a request with a body is not ended."
    ) {
      $0.drops { emission, record in
        guard emission.isEnd, record.type == .stderr, let request = emission.request else { return false }
        return request.keepsConnection && request.stdin.byteCount > 0
      }
    },
    ResponderFault(
      "end-of-large-output-waits", "FCGI-5.5-1", "On a kept connection the end of a large output waits for more input.",
      with: ["FCGI-3.3-14", "FCGI-5.1-5", "FCGI-5.3-1"]
    ) {
      $0.changesEnds { emission in
        guard let request = emission.request, request.keepsConnection, request.outputByteCount > 1 << 19 else { return }
        for index in emission.records.indices where emission.records[index].type == .endRequest {
          emission.records[index].isHeld = true
        }
      }
    },
    ResponderFault(
      "error-text-out-of-order", "FCGI-3.3-22", "Error text beyond 150 000 bytes is sent before the rest of it.",
      with: ["FCGI-6.2-5"]
    ) {
      $0.answers = { _, steps in
        guard let index = steps.firstIndex(where: { $0.errorByteCount > 150_000 }) else { return }
        let count = steps[index].errorByteCount
        steps[index] = .error(.filledLine(UInt8(ascii: "e"), byteCount: count - 150_000))
        let rest = [UInt8](repeating: UInt8(ascii: "e"), count: 150_000)
        steps.insert(.error(.bytes(rest)), at: index + 1)
      }
    },
    ResponderFault(
      "error-text-of-post-lost", "FCGI-6.2-5", "Error text is lost where the method is POST.", with: ["FCGI-3.3-5"]
    ) {
      $0.answers = { request, steps in
        guard request.variables.has("REQUEST_METHOD", "POST") else { return }
        steps.removeAll { $0.errorByteCount > 0 }
      }
    },
    ResponderFault(
      "status-of-post-lost", "FCGI-6.2-10", "The application status is lost where the method is POST.",
      with: ["FCGI-3.3-14"]
    ) {
      $0.answers = { request, steps in
        guard request.variables.has("REQUEST_METHOD", "POST") else { return }
        steps.removeAll { if case .end = $0 { true } else { false } }
      }
    },
  ]
}

extension ProbeStep {
  /// How many bytes of error text it writes.
  fileprivate var errorByteCount: UInt64 { if case .error(let content) = self { content.byteCount } else { 0 } }
}
