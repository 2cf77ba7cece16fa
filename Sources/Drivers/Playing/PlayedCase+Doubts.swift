// What in a played case may be somebody else's doing: connections that were cut off, times that were up.
//
// Facts only; what is done about them is in CheckRunner+Replay.

import Exchanges
import WireBytes

extension PlayedCase {
  /// The longest time that was waited in vain, in milliseconds; nil where nothing was.
  var waitedMilliseconds: Int64? {
    let closes = connections.values.compactMap(\.closeTimeout)
    return ([timeout, programTimeout].compactMap(\.self) + closes).map(\.milliseconds).max()
  }

  /// The longest time from the end of a request to the first byte of its answer; nil where nothing was answered.
  var slowestAnswerNanoseconds: Int64? {
    connections.values.flatMap(\.exchanges).compactMap { exchange in
      guard let asked = exchange.timeline.requestEnd, let answered = exchange.timeline.responseStart else { return nil }
      return answered.nanoseconds(since: asked)
    }.max()
  }

  /// Whether the target turned a request away because others came before it (status 429): it says nothing about what
  /// was asked.
  var isLimited: Bool { connections.values.contains { $0.exchanges.contains { $0.response.status == 429 } } }

  /// Whether the target left a connection before all was done on it.
  var isCutOff: Bool { connections.values.contains(where: \.isCutOff) }

  /// Until when a target that left one connection before all was done on it may be leaving others: so long after the
  /// last one that it left, and no time where it left none.
  func othersAwaited(for nanoseconds: Int64) -> Timestamp {
    let left = connections.values.filter(\.isCutOff).compactMap(\.serverClosed).max()
    return left.map { Timestamp(nanoseconds: $0.nanoseconds &+ nanoseconds) } ?? .zero
  }

  /// Whether the target closed a kept connection after a whole response, as a process does that has served its share.
  var isClosedBetweenRequests: Bool { connections.values.contains(where: \.isClosedBetweenRequests) }

  /// How many requests were served on the connection that was closed so.
  var servedBeforeClose: Int {
    connections.values.filter(\.isClosedBetweenRequests).map(\.endedCount).max() ?? 0
  }
}

extension PlayedConnection {
  /// How many requests the target ended, whatever with.
  fileprivate var endedCount: Int { exchanges.count { $0.fastCGI?.end != nil } }

  fileprivate var isCutOff: Bool {
    guard closedByServer else { return false }
    return exchanges.isEmpty || summary?.responseClosing == .reset || summary?.fastCGI?.closedDespiteKeep != nil
      || exchanges.contains { $0.ending != .complete && $0.ending != .aborted }
  }

  /// A request that was under way when the close came may have crossed it: nothing came for it.
  fileprivate var isClosedBetweenRequests: Bool {
    guard closedByServer,
      exchanges.contains(where: { $0.fastCGI?.end != nil && $0.fastCGI?.keepsConnection == true })
    else { return false }
    let others = exchanges.filter { $0.fastCGI?.end == nil }
    return others.allSatisfy(\.response.range.isEmpty)
      && (!others.isEmpty || summary?.fastCGI?.closedDespiteKeep != nil)
  }
}
