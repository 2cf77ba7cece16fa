// What a FastCGI server owes: an end for each request, an answer to management records, a close where no connection is kept.

import Exchanges
import FastCGIWire
import Fixtures
import WireBytes

/// What is owed on one FastCGI connection, and which records were seen on it.
struct FastCGIDebts: ConnectionDebts {
  /// Kinds of records seen from the server; bounded by ``recordLimit``.
  private var seen: Set<WireUnit> = []
  private var counts: [FastCGIRecordType: Int] = [:]
  /// IDs begun and not ended by the server, with their flags.
  private var unanswered: [UInt16: UInt8] = [:]
  /// Since when the server is to close: the last request did not set FCGI_KEEP_CONN, has ended, and got its input.
  private(set) var mustClose: Timestamp?
  /// Management records sent that are owed an answer.
  private var queriesSent = 0
  private var unknownTypesSent = 0

  private static let recordLimit = 100_000

  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) {
    switch verb {
    case .fastCGIRequest(let request): unanswered[request.id] = request.flags
    case .beginRequest(let ids, _, let flags, _, _): for id in ids where id != 0 { unanswered[id] = flags }
    case .getValues: queriesSent += 1
    case .record(let header, _) where header.requestID == 0 && !header.type.isDefined: unknownTypesSent += 1
    default: break
    }
    // A server that answered early may read the rest of the input before it closes.
    if mustClose != nil { mustClose = verb.isInput ? now : nil }
  }

  mutating func noteReceived(_ records: [WireUnit], at now: Timestamp) {
    for record in records {
      if seen.count < Self.recordLimit { seen.insert(record) }
      let type = FastCGIRecordType(rawValue: record.kind)
      counts[type, default: 0] += 1
      guard type == .endRequest, let flags = unanswered.removeValue(forKey: record.message) else { continue }
      mustClose = flags & FastCGIFlag.keepConnection == 0 ? now : nil
    }
  }

  /// Nothing is owed any more.
  mutating func noteClosed() { unanswered = [:] }

  var isOwed: Bool {
    !unanswered.isEmpty || counts[.getValuesResult, default: 0] < queriesSent
      || counts[.unknownType, default: 0] < unknownTypesSent
  }

  func isSeen(_ type: FastCGIRecordType, id: UInt16?) -> Bool {
    guard let id else { return counts[type] != nil }
    return seen.contains(WireUnit(kind: type.rawValue, message: id))
  }

  /// An earlier request's end does not count.
  func isEnded(id: UInt16) -> Bool { isSeen(.endRequest, id: id) && unanswered[id] == nil }
}

extension Step.Verb {
  /// Whether it goes on with the input of a request that was begun before.
  fileprivate var isInput: Bool {
    switch self {
    case .params, .stdin, .data: true
    case .record(let header, _): [.params, .stdin, .data].contains(header.type)
    default: false
    }
  }
}
