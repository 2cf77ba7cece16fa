// How a request begins on a connection: with its first record, in its middle, or not at all where too many are open.

import FastCGIWire
import WireBytes

extension FastCGIConnectionState {
  /// Begins a request with the record that is meant for that; nil where it is not followed, or kept small.
  mutating func openRequest(
    _ header: FastCGIRecordHeader, at offset: StreamOffset, _ output: (inout Exchange) -> Void
  ) -> Int? {
    if let index = activeIDs.firstIndex(of: header.requestID) ?? followBegun(header.requestID) {
      guard active[index].lostBefore < summary.gapByteCount || active[index].exchange.startedInTheMiddle else {
        if active[index].facts.repeatedBegin == nil { active[index].facts.repeatedBegin = offset }
        doublyBegunIDs.insert(header.requestID)
        return nil
      }
      // The end of the earlier request fell into a hole.
      complete(index, .lost, output)
    }
    guard isFollowed(header.requestID), !keepSmall(header, at: offset) else { return nil }
    exchangeCount += 1
    return append(header.requestID, index: exchangeCount)
  }

  /// Begins a request with a record in its middle.
  mutating func joinRequest(_ id: UInt16) -> Int? {
    guard isFollowed(id) else { return nil }
    exchangeCount += 1
    let index = append(id, index: exchangeCount)
    active[index].exchange.startedInTheMiddle = true
    return index
  }

  /// Whether a request that begins is followed; not where too many are open.
  private mutating func isFollowed(_ id: UInt16) -> Bool {
    guard openCount < Self.activeLimit else {
      beginUnfollowed(id)
      return false
    }
    unfollowedIDs.remove(id)
    return true
  }

  /// Adds a request.
  ///
  /// - Parameter number: The number of its exchange.
  mutating func append(_ id: UInt16, index number: Int) -> Int {
    activeIDs.append(id)
    active.append(
      renewing: { $0.renew(summary.connection, index: number, requestID: id) },
      orMaking: {
        growth &+= 2 * MemoryLayout<FastCGIRequestState>.stride &+ Exchange.usualByteCount
        return FastCGIRequestState(
          Exchange(.fastCGI, connection: summary.connection, index: number), requestID: id, retention: retention)
      })
    let index = active.count - 1
    active[index].lostBefore = summary.gapByteCount
    active[index].lateBefore = lateByteCount
    unkeptCount += 1
    if number == 1 {
      active[index].exchange.timeline.connectStart = opened
      active[index].exchange.timeline.connected = summary.established
    }
    return index
  }
}
