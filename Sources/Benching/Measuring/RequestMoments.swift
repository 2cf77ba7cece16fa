// When what happened to one request: moments, and the phases between them.
//
// The moments are those of the protocol; time is data here, as everywhere below the loops.

/// A part of a request's life.
package enum BenchPhase: Int, CaseIterable, Sendable {
  /// Until the connection is open, or the process started.
  case connect
  /// Until the target's system has taken all of the request: its parameters, or its head.
  case send
  /// Until the first byte of the answer.
  case wait
  /// From there until its header fields are whole.
  case fields
  /// From there until the last byte of its body.
  case body
  /// From there until the answer is over: END_REQUEST, the close, or the end of the output.
  case tail

  /// Its name in reports.
  package var name: String {
    switch self {
    case .connect: "connect"
    case .send: "send"
    case .wait: "wait"
    case .fields: "fields"
    case .body: "body"
    case .tail: "tail"
    }
  }
}

/// The moments of one request, in nanoseconds of a clock that never steps; 0 for one that has not come.
package struct RequestMoments: Hashable, Sendable {
  /// When it was to be sent; in an open loop that may have been before it was.
  package var due: Int64 = 0
  /// When it was begun: the connection opened, or the first byte sent.
  package var began: Int64 = 0
  /// When the connection that was opened for it was open; 0 where one was open already.
  package var opened: Int64 = 0
  /// When its last byte was accepted.
  package var sent: Int64 = 0
  package var firstByte: Int64 = 0
  package var fields: Int64 = 0
  package var lastByte: Int64 = 0
  package var end: Int64 = 0

  package init() {}

  /// What the user waited for.
  package var total: Int64 { end &- due }
  /// What the target had it for.
  package var service: Int64 { end &- began }

  /// How long a phase took; nil where it did not take place.
  package func duration(of phase: BenchPhase) -> Int64? {
    switch phase {
    case .connect: between(began, opened)
    case .send: between(opened > 0 ? opened : began, sent)
    case .wait: between(sent, firstByte)
    case .fields: between(firstByte, fields)
    case .body: between(fields, lastByte)
    case .tail: between(lastByte, end)
    }
  }

  private func between(_ start: Int64, _ end: Int64) -> Int64? {
    start > 0 && end > 0 ? max(end &- start, 0) : nil
  }
}
