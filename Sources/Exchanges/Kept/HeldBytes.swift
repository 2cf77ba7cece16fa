// The memory that an exchange and a connection's summary take, in bytes.
//
// What lists have room for, not what is in them: that is what the process takes. Who bounds it is decided above.

import WireBytes

extension Exchange {
  /// The memory that it takes besides itself.
  package var heldByteCount: Int {
    request.method.capacity &+ request.target.capacity &+ request.host.capacity &+ request.fields.heldByteCount
      &+ request.body.heldByteCount &+ response.reason.capacity &+ response.fields.heldByteCount
      &+ response.body.heldByteCount &+ errorStream.heldByteCount &+ anomalies.heldByteCount
      &+ wireEvents.capacity &* WireEvent.heldByteCount
  }

  /// About the memory that another open request takes, before anything of it is kept.
  static var usualByteCount: Int { 2 * FieldList.usualHeldByteCount }
}

extension ConnectionSummary {
  /// The memory that it takes besides itself; its bytes as they came are the inspector's.
  var heldByteCount: Int {
    anomalies.heldByteCount &+ wireEvents.capacity &* WireEvent.heldByteCount &+ (fastCGI?.heldByteCount ?? 0)
  }
}

extension FastCGIConnectionFacts {
  /// The memory that they take besides themselves.
  var heldByteCount: Int {
    queriedNames.reduce(queriedNames.capacity &* MemoryLayout<[UInt8]>.stride) { $0 &+ $1.capacity }
      &+ resultPairs.heldByteCount &+ unknownTypesSent.capacity &+ unknownTypesAnswered.capacity
  }
}

extension Content {
  var heldByteCount: Int { retained.capacity }
}

extension AnomalyLog {
  var heldByteCount: Int { entries.capacity &* MemoryLayout<Entry>.stride }
}

extension WireEvent {
  /// The memory of one, with a text of ordinary length.
  static var heldByteCount: Int { MemoryLayout<WireEvent>.stride &+ 96 }
}
