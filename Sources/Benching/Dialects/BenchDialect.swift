// What measuring needs to know of an interface: the bytes of a request, and where an answer ends.
//
// A folder beside this file for each interface, and its line in the list here. Answers are read lightly: what is odd
// about one is for `check`. No socket and no clock here.

package import Exchanges

/// Every interface that can be measured.
package enum BenchDialects {
  package static let all: [any BenchDialect] = [
    CGIBench(), FastCGIBench(), SCGIBench(), UWSGIBench(), HTTP1Bench(), WSGIBench(),
  ]

  /// The dialect of an interface; nil where it cannot be measured.
  package static func of(_ wireProtocol: WireProtocol) -> (any BenchDialect)? {
    all.first { $0.wireProtocol == wireProtocol }
  }
}

/// An interface as somebody speaks it who is in a hurry.
package protocol BenchDialect: Sendable {
  var wireProtocol: WireProtocol { get }
  /// What people call it.
  var name: String { get }
  /// The ways in which it can be used, the simplest first.
  var modes: [BenchMode] { get }
  /// The bytes of a request; empty where the carrier itself brings it, as a process its environment.
  ///
  /// - Parameter slot: Which of the requests that share a connection it is, from 0.
  func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8]
  /// What reads answers on one connection.
  func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader
  /// What to ask a target before it is measured in a way; nil where nobody needs to ask.
  func question(about mode: BenchMode) -> [UInt8]?
  /// Why the target's answer to that question rules the way out; nil where it does not.
  func refusal(of mode: BenchMode, in answer: [UInt8]) -> String?
  /// An answer that was recorded in the first slot, as one in another.
  func moved(_ answer: [UInt8], toSlot slot: Int) -> [UInt8]
  /// The slot that the bytes of a request name.
  func slot(ofRequest bytes: RawSpan) -> Int
}

extension BenchDialect {
  package func question(about mode: BenchMode) -> [UInt8]? { nil }
  package func refusal(of mode: BenchMode, in answer: [UInt8]) -> String? { nil }
  package func moved(_ answer: [UInt8], toSlot slot: Int) -> [UInt8] { answer }
  package func slot(ofRequest bytes: RawSpan) -> Int { 0 }
}

/// What a reader has seen.
package struct AnswerEvent: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Bytes of the answer came, its fields among them.
    case content
    /// The header fields are whole.
    case fields
    /// The answer is over: well, or not.
    case end(status: UInt16, FailureKind?)
    /// What came is no answer to anything: the connection is of no use any more.
    case broken
    /// The server says that it will close the connection behind this answer.
    case closing
  }

  package var kind: Kind
  /// Which of the requests that share the connection it is about.
  package var slot: Int

  package init(_ kind: Kind, slot: Int = 0) {
    self.kind = kind
    self.slot = slot
  }
}

/// Reads the answers on one connection.
package protocol AnswerReader {
  /// A new connection was opened: nothing of the last one counts.
  mutating func open()
  /// A request was sent in a slot: an answer to it follows.
  mutating func expectAnswer(slot: Int)
  /// Takes the next bytes, cut anywhere, and appends what they say.
  mutating func receive(_ bytes: RawSpan, _ events: inout [AnswerEvent])
  /// The server has closed: answers that a close ends are over.
  ///
  /// Requests that nothing was said about are the caller's.
  mutating func close(_ events: inout [AnswerEvent])
  /// The body of the last answer in a slot, where nothing was expected of it.
  func keptBody(slot: Int) -> [UInt8]
}
