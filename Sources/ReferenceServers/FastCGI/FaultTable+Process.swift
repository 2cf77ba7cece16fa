// The faults of a process: whom it admits, how it starts and ends, and those that only some types, roles and statuses
// show. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault in admitting connections.
  private static func admission(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ admits: @escaping @Sendable (Admission) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith + ["FCGI-5.5-1"]) { $0.admits = admits }
  }

  private static func servedRole(_ name: String, _ role: UInt16, _ summary: String) -> ResponderFault {
    ResponderFault(name, "FCGI-5.1-3", summary, with: ["FCGI-5.5-7"]) {
      $0.serves { $0.rawValue == role }
    }
  }

  private static func ignoredType(_ name: String, _ type: UInt8, _ summary: String) -> ResponderFault {
    ResponderFault(name, "FCGI-4.2-1", summary) {
      $0.reacts(.ignore) { $0.isUnknown && $0.header.type.rawValue == type }
    }
  }

  private static func statusOfAnswer(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ status: @escaping @Sendable ([ProbeVariable], Int?) -> FastCGIProtocolStatus?
  ) -> ResponderFault {
    ResponderFault(name, "FCGI-5.5-4", summary, with: ["FCGI-5.5-8", "FCGI-6.2-9"] + fallsWith) {
      $0.changesEndBody { emission, body in
        guard let request = emission.request, let status = status(request.variables, request.code) else { return }
        body.protocolStatus = status
      }
    }
  }

  /// Faults of the process, and faults with one cause of several.
  static let processes: [ResponderFault] = [
    admission(
      "web-server-addresses-ignored", "FCGI-3.2-2", "FCGI_WEB_SERVER_ADDRS is not looked at.", with: ["FCGI-3.2-1"]
    ) { _ in true },
    admission(
      "web-server-addresses-as-text", "FCGI-3.2-2",
      "An address is allowed that is part of one in FCGI_WEB_SERVER_ADDRS."
    ) { admission in
      guard let list = admission.peers?.text, let address = admission.address else { return admission.isAllowed }
      return list.contains(address) || list.split(separator: ",").contains { address.hasSuffix($0) }
    },
    admission("unix-socket-admitted", "FCGI-3.2-2", "FCGI_WEB_SERVER_ADDRS is not looked at over a Unix socket.") {
      $0.isAllowed || $0.address == nil
    },
    admission("only-first-address", "FCGI-3.2-1", "Of FCGI_WEB_SERVER_ADDRS the first address counts.") { admission in
      guard let list = admission.peers?.text else { return admission.isAllowed }
      return PeerList(String(list.prefix { $0 != "," }))?.allows(admission.address) ?? false
    },
    admission("web-server-addresses-close-all", "FCGI-3.2-1", "With FCGI_WEB_SERVER_ADDRS nobody is served.") {
      $0.isAllowed && $0.peers == nil
    },
    admission(
      "descriptor-0-not-served", "FCGI-2.2-2", "A socket that is descriptor 0 at the start is not served.",
      with: ["FCGI-3.2-1", "FCGI-3.3-1", "FCGI-7-2"]
    ) {
      $0.isAllowed && !$0.isInherited
    },
    admission("unix-socket-refused", "FCGI-2.2-2", "A connection over a Unix socket is closed.") {
      $0.isAllowed && $0.address != nil
    },
    admission("fifth-connection-lost", "FCGI-3.5-4", "The fifth connection of a process is lost.") {
      $0.isAllowed && $0.number != 5
    },
    admission(
      "abandoned-requests-kept", "FCGI-3.5-4",
      "Requests whose clients left are kept until five of them are all there is."
    ) { $0.isAllowed && $0.abandonedCount < 5 },
    admission(
      "silent-client-blocks", "FCGI-3.5-4", "While a client sends nothing, no other connection is served.",
      with: ["FCGI-3.2-4"]
    ) { $0.isAllowed && !$0.others.contains(.untouched) },
    admission(
      "slow-client-blocks", "FCGI-3.5-4", "While a client stands inside a header, no other connection is served.",
      with: ["FCGI-3.2-4"]
    ) { $0.isAllowed && !$0.others.contains(.header) },
    ResponderFault(
      "prints-to-closed-output", "FCGI-3.3-1", "What is printed goes to a connection where descriptor 1 was closed.",
      with: ["FCGI-2.2-2", "FCGI-3.3-3"]
    ) {
      $0.changesFirstOutput { if $0.hasClosedOutput { $0.records[0].prefix = Array("notice: served\n".utf8) } }
    },
    ResponderFault("sigterm-ignored", "FCGI-7-2", "SIGTERM does not end the process.", with: ["FCGI-7-1"]) {
      $0.exitCode = nil
    },
    ResponderFault("sigterm-is-an-error", "FCGI-7-2", "After SIGTERM the exit code is 1.", with: ["FCGI-7-1"]) {
      $0.exitCode = 1
    },
    ignoredType("unknown-type-0-ignored", 0, "A management record of type 0 gets no answer."),
    ignoredType("unknown-type-12-ignored", 12, "A management record of type 12 gets no answer."),
    ignoredType("unknown-type-255-ignored", 255, "A management record of type 255 gets no answer."),
    ResponderFault(
      "second-unknown-type-ignored", "FCGI-4.2-1", "Of records of unknown types only the first gets an answer.",
      with: ["FCGI-4.2-3"]
    ) { $0.reacts(.ignore) { $0.isUnknown && $0.unknownTypeCount > 0 } },
    ResponderFault(
      "get-values-once", "FCGI-4.1-2", "Only the first FCGI_GET_VALUES of a connection is answered.",
      with: ["FCGI-4.1-7"]
    ) {
      $0.reacts(.ignore) { $0.isQuestion && $0.connection.questionCount > 0 }
    },
    ResponderFault(
      "get-values-sets", "FCGI-4.1-1", "Values that come with FCGI_GET_VALUES are answered.",
      with: ["FCGI-4.1-4", "FCGI-4.1-7"]
    ) {
      $0.replies = { reply in
        for pair in reply.asked where !pair.value.isEmpty {
          let name = String(decoding: pair.name, as: UTF8.self)
          reply.pairs.change(name) { _ in pair.value }
        }
      }
    },
    ResponderFault(
      "get-values-in-pieces-ignored", "FCGI-3.3-2", "FCGI_GET_VALUES that comes in several reads gets no answer.",
      with: ["FCGI-4.1-2"]
    ) { $0.reacts(.ignore) { $0.isQuestion && !$0.isWhole } },
    ResponderFault(
      "get-values-result-cut", "FCGI-3.4-1", "The last byte of FCGI_GET_VALUES_RESULT is missing.",
      with: [
        "FCGI-3.4-7", "FCGI-4.1-5", "FCGI-4.1-6", "FCGI-4.1-7", "FCGI-4.1-2", "FCGI-4.1-3", "FCGI-4.1-4", "FCGI-3.3-2",
        "FCGI-3.4-4",
      ]
    ) { $0.changesRecords { if $0.type == .getValuesResult { $0.content = $0.content.dropLast() } } },
    servedRole("role-0-served", 0, "A request for role 0 is served as a responder's."),
    servedRole("role-4-served", 4, "A request for role 4 is served as a responder's."),
    servedRole("role-65535-served", 65_535, "A request for role 65 535 is served as a responder's."),
    ResponderFault(
      "rejection-waits-for-body", "FCGI-5.5-7",
      "A request for an unknown role is rejected when STDIN ends without content.",
      with: ["FCGI-3.3-5", "FCGI-5.5-1", "FCGI-5.1-3", "FCGI-5.1-5"]
    ) {
      $0.reads = { record in
        let id = record.header.requestID
        if record.beginsUnknownRole {
          record.connection.marks.insert(id)
          return .ignore
        }
        guard record.isStray, record.header.type == .stdin, record.connection.marks.remove(id) != nil else {
          return .proper
        }
        guard record.endsStream else { return .ignore }
        // What begins a request of an unknown role as the first one did: a begin without content.
        record.header.type = .beginRequest
        record.content = []
        return .proper
      }
    },
    ResponderFault(
      "authorizer-as-responder", "FCGI-5.1-3", "An authorizer's request is given to a responder.",
      with: ["FCGI-6.3-3", "FCGI-5.5-7"]
    ) {
      $0.gives = { if $0.role == FastCGIRole.authorizer.name { $0.role = FastCGIRole.responder.name } }
    },
    ResponderFault(
      "filter-as-responder", "FCGI-5.5-7", "A filter's request is given to a responder.",
      with: ["FCGI-6.4-1", "FCGI-5.1-3"]
    ) {
      $0.gives = { if $0.role == FastCGIRole.filter.name { $0.role = FastCGIRole.responder.name } }
    },
    ResponderFault(
      "authorizer-allows-all", "FCGI-6.3-3", "An authorizer's denial has status 200.", with: ["FCGI-6.1-14"]
    ) {
      $0.answers = { request, steps in
        if request.role == FastCGIRole.authorizer.name { steps.changeHead { $0.code = 200 } }
      }
    },
    ResponderFault(
      "authorizer-without-user", "FCGI-6.3-1", "An authorizer is not given REMOTE_USER.", with: ["FCGI-3.4-1"]
    ) {
      $0.receives = { parameters in
        guard parameters.role == .authorizer else { return }
        parameters.variables.removeAll { $0.name.elementsEqual("REMOTE_USER".utf8) }
      }
    },
    statusOfAnswer("not-found-is-unknown-role", "A request that is answered 404 ends with FCGI_UNKNOWN_ROLE.") {
      _, code in
      code == 404 ? .unknownRole : nil
    },
    statusOfAnswer("unavailable-is-overloaded", "A request that is answered 503 ends with FCGI_OVERLOADED.") {
      _, code in
      code == 503 ? .overloaded : nil
    },
    statusOfAnswer("head-is-overloaded", "A HEAD request ends with FCGI_OVERLOADED.") { variables, _ in
      variables.has("REQUEST_METHOD", "HEAD") ? .overloaded : nil
    },
    ResponderFault("app-status-of-seven-bits", "FCGI-6.2-10", "The application status keeps seven bits.") {
      $0.changesEndBody { $1.appStatus &= 0x7F }
    },
    ResponderFault("exit-0-is-1", "FCGI-6.2-10", "A program that ends with status 0 by its own word gets status 1.") {
      $0.answers = { _, steps in if case .end(0)? = steps.last { steps[steps.count - 1] = .end(status: 1) } }
    },
    ResponderFault(
      "failure-ended-twice", "FCGI-5.5-1", "A request with application status 1 is ended twice.",
      with: ["FCGI-3.3-14", "FCGI-5.4-3", "FCGI-6.2-8"]
    ) { $0.ends(2) { $0.appStatus == 1 } },
    ResponderFault(
      "stderr-end-after-end", "FCGI-3.3-14", "The empty STDERR record follows FCGI_END_REQUEST.",
      with: ["FCGI-6.2-8", "FCGI-3.3-21", "FCGI-6.1-5", "FCGI-3.3-23"]
    ) {
      $0.changesEnds { emission in
        let ends = emission.records.filter { $0.type == .stderr }
        emission.records.removeAll { $0.type == .stderr }
        emission.records += ends
      }
    },
    ResponderFault(
      "no-stdout-end-without-body", "FCGI-3.3-21", "Status 204 leaves STDOUT without an end.", with: ["FCGI-6.1-7"]
    ) {
      $0.drops { $0.isEnd && $1.type == .stdout && $0.request?.code == 204 }
    },
    ResponderFault(
      "stderr-without-text-filled", "FCGI-6.1-6", "An error stream without text gets a line end.", with: ["FCGI-6.2-5"]
    ) {
      $0.answers = { _, steps in
        for index in steps.indices {
          if case .error(let content) = steps[index], content.byteCount == 0 { steps[index] = .error(.bytes([0x0A])) }
        }
      }
    },
    ResponderFault("stderr-one-byte-lost", "FCGI-6.2-5", "Error text of a single byte is lost.") {
      $0.answers = { _, steps in
        steps.removeAll { if case .error(let content) = $0 { content.byteCount == 1 } else { false } }
      }
    },
    ResponderFault(
      "stderr-drowns-stdout", "FCGI-6.1-4", "Output that follows 16 384 bytes of error text is lost.",
      with: ["CGI-6.1-1", "CGI-6.2-1", "FCGI-6.1-7", "FCGI-6.2-5"]
    ) { $0.drops { emission, _ in emission.kind == .output && emission.request?.errorByteCount ?? 0 > 16_384 } },
    ResponderFault("parts-after-the-32nd-lost", "FCGI-6.2-5", "What is written after the 32nd pause is lost.") {
      $0.drops { emission, _ in emission.kind == .output && emission.request?.pauseCount ?? 0 >= 32 }
    },
    ResponderFault(
      "output-cut-at-65536", "FCGI-6.2-5", "The response is cut after 65 536 bytes.",
      with: [
        "FCGI-3.3-6", "FCGI-5.1-4", "FCGI-3.3-14", "FCGI-5.3-1", "FCGI-3.3-22", "FCGI-6.2-1", "FCGI-3.4-3",
        "FCGI-3.4-5", "FCGI-5.2-1", "FCGI-3.3-5",
      ]
    ) { $0.cuts(.output, to: 65_536) },
    ResponderFault(
      "last-output-cut-at-262144", "FCGI-5.1-4", "A response is cut after 262 144 bytes where input was left over.",
      with: ["FCGI-6.2-5", "FCGI-5.3-1", "FCGI-6.2-8"]
    ) {
      $0.cuts(.output, to: 262_144) { !$0.keepsConnection && $0.bodyUse != .kept && $0.stdin.byteCount > 0 }
    },
    ResponderFault(
      "id-3-skipped", "FCGI-3.3-5", "Records with ID 3 are skipped.",
      with: [
        "FCGI-3.3-1", "FCGI-5.5-1", "FCGI-4.1-7", "FCGI-3.3-18", "FCGI-5.1-4", "FCGI-5.1-7", "FCGI-5.5-6", "FCGI-5.4-4",
      ]
    ) { $0.reacts(.ignore) { $0.header.requestID == 3 } },
    ResponderFault(
      "smaller-id-dropped", "FCGI-3.3-5", "An ID smaller than an earlier one begins no request.",
      with: ["FCGI-5.3-1", "FCGI-5.5-1", "FCGI-3.3-13", "FCGI-3.3-14"]
    ) {
      $0.reads = { record in
        let id = record.header.requestID
        guard record.header.type == .beginRequest, id != 0 else { return .proper }
        if let largest = record.connection.marks.max(), id < largest { return .ignore }
        record.connection.marks.insert(id)
        return .proper
      }
    },
    ResponderFault(
      "last-request-closes-all", "FCGI-5.1-5",
      "A request without FCGI_KEEP_CONN closes a connection that serves another.",
      with: ["FCGI-5.1-4", "FCGI-5.5-1", "FCGI-4.1-7", "FCGI-3.3-18"]
    ) { $0.reacts(.close) { $0.beginsAnother && $0.begun?.keepsConnection != true } },
    ResponderFault(
      "abort-in-output-drops", "FCGI-5.4-2", "A request that is aborted while it outputs has no end.",
      with: ["FCGI-5.5-1", "FCGI-5.4-4", "FCGI-5.1-4"]
    ) { $0.dropsAborted { $0 == .paused(hasOutput: true) } },
    ResponderFault(
      "abort-in-silence-drops", "FCGI-5.4-2", "A request that is aborted while it computes has no end.",
      with: ["FCGI-5.5-1", "FCGI-5.4-4", "FCGI-5.1-4"]
    ) { $0.dropsAborted { $0 == .paused(hasOutput: false) || $0 == .output } },
    ResponderFault(
      "aborted-body-answered", "FCGI-6.2-11", "An aborted request is answered with what came of its body.",
      with: ["FCGI-5.4-2", "FCGI-6.4-7"]
    ) {
      $0.changes { record in
        guard record.header.type == .abortRequest, let request = record.request else { return }
        guard request == .paramsEnded || request == .body else { return }
        record.header.type = .stdin
        record.endsStream = true
      }
      $0.gives = { $0.declaredLength = nil }
    },
  ]
}
