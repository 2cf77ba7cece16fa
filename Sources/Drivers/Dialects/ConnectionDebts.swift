// What a target owes on a connection of a case: by what was sent, and by what the connection's conversation said since.
//
// Facts only; when to wait and when to go on is CaseDriver's.

import Exchanges
import FastCGIWire
import Fixtures
import WireBytes

/// What is owed on one connection, and what was seen of it.
protocol ConnectionDebts: Sendable {
  /// Takes note of what a step that is sent will be owed.
  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp)
  /// Takes note of units that came whole from the server, in order.
  mutating func noteReceived(_ units: [WireUnit], at now: Timestamp)
  /// Takes note of a whole response.
  mutating func noteResponse()
  /// Takes note that gatespec closed the connection.
  mutating func noteClosed()

  /// Whether the server owes an answer.
  var isOwed: Bool { get }
  /// Since when the server is to close; nil where it may stay.
  var mustClose: Timestamp? { get }
  /// Whether a record that a step waits for was seen.
  func isSeen(_ type: FastCGIRecordType, id: UInt16?) -> Bool
  /// Whether the latest request of that ID was ended.
  func isEnded(id: UInt16) -> Bool
}

extension ConnectionDebts {
  mutating func noteReceived(_ units: [WireUnit], at now: Timestamp) {}
  mutating func noteResponse() {}
  mutating func noteClosed() {}
  var mustClose: Timestamp? { nil }
  func isSeen(_ type: FastCGIRecordType, id: UInt16?) -> Bool { false }
  func isEnded(id: UInt16) -> Bool { false }
}

/// A connection on which nothing is ever owed.
struct NoDebts: ConnectionDebts {
  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) {}
  var isOwed: Bool { false }
}
