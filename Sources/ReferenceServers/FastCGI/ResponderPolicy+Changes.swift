// The ways in which most faults change a policy, so that a fault is one line.

internal import FastCGIWire

extension ResponderPolicy {
  // MARK: What it reads

  /// Such records get that reaction.
  mutating func reacts(_ reaction: Reaction, to isSuch: @escaping @Sendable (ReceivedRecord) -> Bool) {
    reads = { isSuch($0) ? reaction : .proper }
  }

  /// Records are changed, and otherwise read as they should be.
  mutating func changes(_ change: @escaping @Sendable (inout ReceivedRecord) -> Void) {
    reads = { record in
      change(&record)
      return .proper
    }
  }

  /// Padding of such records is content, of zero bytes.
  mutating func countsPadding(_ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool) {
    changes { record in
      guard record.header.paddingLength > 0, isSuch(record) else { return }
      record.content += [UInt8](repeating: 0, count: Int(record.header.paddingLength))
      record.endsStream = false
    }
  }

  /// Records of inactive IDs are given to the request that is active.
  mutating func mixesIDs() {
    changes { record in
      guard record.isStray, let first = record.connection.requests.first else { return }
      record.header.requestID = first.id
    }
  }

  /// Such records make all PARAMS be forgotten that came so far.
  mutating func clearsParams(_ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool) {
    changes { record in
      guard isSuch(record) else { return }
      for index in record.connection.requests.indices { record.connection.requests[index].params = [] }
    }
  }

  /// The request that follows such a record, which came for an ID that was never begun, is dropped.
  mutating func spoilsNext(_ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool) {
    reads = { record in
      let id = record.header.requestID
      if record.header.type == .beginRequest, record.connection.marks.remove(id) != nil { return .ignore }
      if record.isStray, !record.isLate, isSuch(record) { record.connection.marks.insert(id) }
      return .proper
    }
  }

  /// A request that is so far when it is aborted has no end.
  mutating func dropsAborted(_ isSuch: @escaping @Sendable (RequestProgress) -> Bool) {
    reads = { record in
      guard record.header.type == .abortRequest, let request = record.request, isSuch(request) else { return .proper }
      record.connection.requests.removeAll { $0.id == record.header.requestID }
      return .ignore
    }
  }

  /// The flags of requests are changed as they begin.
  mutating func changesFlags(_ change: @escaping @Sendable (ReceivedRecord, UInt8) -> UInt8) {
    changes { record in
      guard record.header.type == .beginRequest, record.content.count > 2 else { return }
      record.content[2] = change(record, record.content[2])
    }
  }

  /// Unknown roles that are such are served as a responder's.
  mutating func serves(_ isSuch: @escaping @Sendable (FastCGIRole) -> Bool) {
    changes { record in
      guard let begun = record.begun, !begun.role.isDefined, isSuch(begun.role) else { return }
      record.content[0] = 0
      record.content[1] = UInt8(FastCGIRole.responder.rawValue)
    }
  }

  /// The connection is closed where a read ends inside such a part of a record.
  mutating func closes(inside place: RecordPlace) {
    isRefused = { if case .rest(place) = $0 { true } else { false } }
  }

  // MARK: What the application does

  /// The variables of a request are changed.
  mutating func changesVariables(_ change: @escaping @Sendable (inout [ProbeVariable]) -> Void) {
    receives = { change(&$0.variables) }
  }

  /// The values of variables are changed.
  mutating func changesValues(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    changesVariables { variables in
      for index in variables.indices { variables[index].value = change(variables[index].value) }
    }
  }

  /// The bodies that the application is given are changed.
  mutating func changesBodies(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    gives = { $0.body = change($0.body) }
  }

  /// The heads of answers are changed.
  mutating func changesHeads(_ change: @escaping @Sendable (inout ProbeHead) -> Void) {
    answers = { _, steps in steps.changeHead(change) }
  }

  // MARK: What it emits

  /// Of the names in a question others are looked at.
  mutating func looks(at change: @escaping @Sendable ([[UInt8]]) -> [[UInt8]]) {
    replies = { $0.look(at: change($0.names)) }
  }

  /// Every record is changed as it goes out.
  mutating func changesRecords(_ change: @escaping @Sendable (inout SentRecord) -> Void) {
    emits = { emission in
      for index in emission.records.indices { change(&emission.records[index]) }
    }
  }

  /// Every record of error text is changed.
  mutating func changesErrorText(_ change: @escaping @Sendable (inout SentRecord) -> Void) {
    emits = { if $0.kind == .error { change(&$0.records[0]) } }
  }

  /// The first output of each request is changed.
  mutating func changesFirstOutput(_ change: @escaping @Sendable (inout Emission) -> Void) {
    emits = { if $0.kind == .output, $0.request?.hasOutput == false { change(&$0) } }
  }

  /// Output, or error text, of such requests is cut after so many bytes.
  mutating func cuts(
    _ kind: Emission.Kind, to limit: Int, where isSuch: @escaping @Sendable (ResponderRequest) -> Bool = { _ in true }
  ) {
    emits = { emission in
      if emission.kind == kind, let request = emission.request, isSuch(request) { emission.cut(to: limit) }
    }
  }

  /// Such records do not go out.
  mutating func drops(_ isSuch: @escaping @Sendable (Emission, SentRecord) -> Bool) {
    emits = { emission in
      let whole = emission
      emission.records.removeAll { isSuch(whole, $0) }
    }
  }

  /// The records that end a request that was active are changed.
  mutating func changesEnds(_ change: @escaping @Sendable (inout Emission) -> Void) {
    emits = { if $0.isEnd { change(&$0) } }
  }

  /// FCGI_END_REQUEST of a request that was active is changed.
  mutating func changesEndBody(_ change: @escaping @Sendable (Emission, inout FastCGIEndRequestBody) -> Void) {
    changesEnds { emission in
      let whole = emission
      for index in emission.records.indices {
        guard var body = emission.records[index].endBody else { continue }
        change(whole, &body)
        emission.records[index].content = Array(body.bytes)
      }
    }
  }

  /// A request has so many FCGI_END_REQUEST records where that holds.
  mutating func ends(_ count: Int, where isSuch: @escaping @Sendable (Emission) -> Bool = { _ in true }) {
    changesEnds { emission in
      guard isSuch(emission) else { return }
      let ends = emission.records.filter { $0.type == .endRequest }
      emission.records.removeAll { $0.type == .endRequest }
      for _ in 0..<count { emission.records += ends }
    }
  }
}
