// What of a FastCGI connection belongs to no request: management records, stray ones, and bytes that are none.
//
// Takes notes for the rules; nothing here judges.

import FastCGIWire
import WireBytes

extension FastCGIConnectionState {
  mutating func noteHeader(_ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction) {
    if direction == .request {
      facts.typesSent.insert(header.type.rawValue)
    } else {
      lastRecord = origin.time
    }
    func note(_ side: inout FastCGIConnectionFacts.Side) {
      side.records &+= 1
      guard !header.isOrdinary(from: direction) else { return }
      if header.version != 1 {
        if side.wrongVersion.count == 0 { side.firstWrongVersion = header.version }
        side.wrongVersion.note(header, at: offset)
      }
      guard header.type.isDefined else {
        if header.requestID != 0 || direction == .response { side.undefinedType.note(header, at: offset) }
        return
      }
      if header.type.isSentByClient != (direction == .request) { side.wrongDirection.note(header, at: offset) }
      if header.type.isManagement != (header.requestID == 0) { side.wrongIDKind.note(header, at: offset) }
    }
    if direction == .request { note(&facts.fromClient) } else { note(&facts.fromServer) }
  }

  mutating func noteStray(_ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction) {
    // What the server had on its way when the client reset the connection is nobody's.
    guard header.type.isDefined, direction == .request || summary.requestClosing != .reset else { return }
    if direction == .response, doublyBegunIDs.contains(header.requestID) { return }
    let ended = endedIDs.contains(header.requestID)
    if direction == .request, ended { noteLateInput(header) }
    switch (direction, ended) {
    case (.request, false): facts.fromClient.neverBegun.note(header, at: offset)
    case (.request, true): facts.fromClient.afterEnd.note(header, at: offset)
    case (.response, false): facts.fromServer.neverBegun.note(header, at: offset)
    case (.response, true) where header.type == .endRequest: facts.fromServer.repeatedEnd.note(header, at: offset)
    case (.response, true): facts.fromServer.afterEnd.note(header, at: offset)
    }
  }

  /// A request begins that is not followed: too many are already.
  mutating func beginUnfollowed(_ id: UInt16) {
    if !unfollowedIDs.contains(id) { summary.unfollowedRequests &+= 1 }
    unfollowedIDs.insert(id)
    // Whether it asks to keep the connection is not looked at.
    mayClose = true
  }

  /// The server ends a request that is not followed.
  mutating func endUnfollowed(_ id: UInt16) {
    unfollowedIDs.remove(id)
    endedIDs.insert(id)
  }

  mutating func beginManagement(_ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction) {
    if direction == .request, header.type == .getValues {
      facts.queries.note(header, at: offset)
      // Only a whole question is owed an answer.
      facts.excusedQueries &+= 1
      queryIsExcused = mayStayUnanswered
      queryPairs = FastCGINameValueDecoder()
      queryFields = FieldList()
    } else if direction == .response, header.type == .getValuesResult {
      facts.results.note(header, at: offset)
      resultPairs = FastCGINameValueDecoder()
    } else if direction == .request, header.requestID == 0, !header.type.isDefined,
      facts.unknownTypesSent.count < FastCGIConnectionFacts.memoryLimit
    {
      facts.unknownTypesSent.append(header.type.rawValue)
      if mayStayUnanswered { facts.excusedUnknownTypes += 1 }
    }
  }

  /// Whether a question that comes now may cross with a close that has another reason.
  ///
  /// A request without FCGI_KEEP_CONN is active or over, the server has closed, or the connection has been idle, and
  /// servers close idle ones.
  private var mayStayUnanswered: Bool {
    mayClose || openCount > active.count || summary.responseClosing != nil
      || unkeptCount > 0
      || origin.time.nanoseconds(since: previous) >= Self.idleNanoseconds
  }

  /// How long nothing happens on a connection that is idle.
  static let idleNanoseconds: Int64 = 500_000_000

  mutating func endManagement(_ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction) {
    let head = current[Int(direction.rawValue)].head
    switch (direction, header.type) {
    case (.request, .getValues):
      if !queryPairs.isAtBoundary {
        queryFields.endPair(isWhole: false)
      } else if !queryIsExcused {
        facts.excusedQueries &-= 1
      }
      for index in queryFields.indices where facts.queriedNames.count < FastCGIConnectionFacts.memoryLimit {
        facts.queriedNames.append(Array(queryFields.name(index)))
      }
    case (.response, .getValuesResult):
      guard !resultPairs.isAtBoundary else { return }
      facts.resultPairs.endPair(isWhole: false)
      if facts.resultTruncatedPair == nil { facts.resultTruncatedPair = offset }
    case (.response, .unknownType):
      if facts.firstUnknownTypeAnswer == nil { facts.firstUnknownTypeAnswer = offset }
      if header.contentLength != 8, facts.oddUnknownTypeLength == nil {
        facts.oddUnknownTypeLength = (header.contentLength, offset)
      }
      if let type = head.first, facts.unknownTypesAnswered.count < FastCGIConnectionFacts.memoryLimit {
        facts.unknownTypesAnswered.append(type)
      }
    default:
      break
    }
  }

  mutating func receive(_ anomaly: Anomaly, _ direction: Direction) {
    if anomaly.kind == .lostSynchronisation || opening != nil { followAllBegun() }
    if anomaly.kind == .lostSynchronisation, summary.gapByteCount > 0 {
      // Records were lost with the step: no request that is active knows what it missed.
      for index in active.indices { active[index].loseRecords(direction) }
    }
    if anomaly.kind == .lostSynchronisation, summary.gapByteCount == 0 {
      if direction == .request {
        facts.fromClient.notARecord = facts.fromClient.notARecord ?? anomaly.range.lowerBound
        for index in active.indices { active[index].facts.requestLostStep = true }
      } else if direction == .response, facts.fromServer.notARecord == nil {
        facts.fromServer.notARecord = anomaly.range.lowerBound
      }
    }
    if anomaly.kind == .truncated {
      if direction == .request {
        facts.fromClient.cutRecord = anomaly.range.lowerBound
      } else {
        facts.fromServer.cutRecord = anomaly.range.lowerBound
      }
    }
    if let index = current[Int(direction.rawValue)].request {
      active[index].exchange.anomalies.append(anomaly, direction)
    } else {
      summary.anomalies.append(anomaly, direction)
    }
  }
}
