// A connection as a test writes it down: what each side sends, what the capture loses, who closes.
//
// Plays it to a conversation, whole or in pieces, in simulated time. Knows no test framework.

package import Exchanges
package import WireBytes

/// One thing that happens on a connection.
package enum ScriptStep: Sendable {
  case client([UInt8])
  case server([UInt8])
  /// Bytes that the capture lost.
  case lost(Direction, UInt64)
  /// Bytes at an offset that came again and were others.
  case conflict(Direction, at: StreamOffset, byteCount: Int)
  case clientEnd
  case serverEnd
  /// The server's side ends below TLS, without the alert that says so.
  case serverEndWithoutAlert
  case clientReset
  case serverReset
  /// So many milliseconds pass.
  case pause(Int64)

  /// Text as it goes over the wire; line ends are written out.
  package static func client(_ text: String) -> ScriptStep { .client(Array(text.utf8)) }
  package static func server(_ text: String) -> ScriptStep { .server(Array(text.utf8)) }
}

/// A connection, and what is known of it.
package struct Script: Sendable {
  /// Nil where the protocol is to be recognised.
  package var wireProtocol: WireProtocol?
  package var joinedInTheMiddle: Bool
  /// Whether the server's side accepts it.
  package var isAccepted = true
  package var retention: Retention
  package var steps: [ScriptStep]

  /// A connection whose protocol is settled.
  package init(
    _ wireProtocol: WireProtocol, joined: Bool = false, retention: Retention = .tester, _ steps: [ScriptStep]
  ) {
    self.init(joined: joined, retention: retention, steps)
    self.wireProtocol = wireProtocol
  }

  /// A connection whose protocol is to be recognised.
  package init(joined: Bool = false, retention: Retention = .tester, _ steps: [ScriptStep]) {
    joinedInTheMiddle = joined
    self.retention = retention
    self.steps = steps
  }

  /// What a conversation makes of it.
  package struct Outcome: Sendable {
    package var exchanges: [Exchange] = []
    package var summary: ConnectionSummary?
  }

  /// Plays it, every run of bytes cut into pieces of `length`; a millisecond passes between steps.
  package func play(piecesOf length: Int = .max) -> Outcome {
    if wireProtocol?.traits.hasByteStream == false { return playProgram(piecesOf: length) }
    let info = ConnectionInfo(
      id: 1, client: .named("client"), server: .named("server"), joinedInTheMiddle: joinedInTheMiddle)
    var conversation = DetectingConversation(info, retention: retention, protocol: wireProtocol)
    var outcome = Outcome()
    func take(_ exchange: inout Exchange) { outcome.exchanges.append(exchange) }
    var conflicts: (request: ConflictingCopies?, response: ConflictingCopies?)
    var now: Int64 = 0
    var origin: Origin { Origin(time: Timestamp(nanoseconds: now * 1_000_000)) }
    func pass(_ bytes: [UInt8], _ direction: Direction) {
      for start in stride(from: 0, to: bytes.count, by: min(length, max(bytes.count, 1))) {
        let piece = bytes[start..<min(bytes.count, start + min(length, bytes.count))]
        unsafe conversation.receive(.bytes(direction, piece.span.bytes, origin), take)
      }
    }
    conversation.receive(.opened(origin), take)
    if !joinedInTheMiddle, isAccepted { conversation.receive(.established(origin), take) }
    for step in steps {
      now += 1
      switch step {
      case .client(let bytes): pass(bytes, .request)
      case .server(let bytes): pass(bytes, .response)
      case .lost(let direction, let count): conversation.receive(.gap(direction, byteCount: count, origin), take)
      case .conflict(.request, let offset, let count):
        ConflictingCopies.note(&conflicts.request, at: offset, byteCount: count)
      case .conflict(.response, let offset, let count):
        ConflictingCopies.note(&conflicts.response, at: offset, byteCount: count)
      case .clientEnd: conversation.receive(.closed(.request, .end, origin), take)
      case .serverEnd: conversation.receive(.closed(.response, .end, origin), take)
      case .serverEndWithoutAlert: conversation.receive(.closed(.response, .endWithoutAlert, origin), take)
      case .clientReset: conversation.receive(.closed(.request, .reset, origin), take)
      case .serverReset: conversation.receive(.closed(.response, .reset, origin), take)
      case .pause(let milliseconds): now += milliseconds
      }
    }
    conversation.receive(.finished(origin), take)
    var summary = conversation.summary
    (summary.requestConflicts, summary.responseConflicts) = conflicts
    outcome.summary = summary
    return outcome
  }
}

extension Script.Outcome {
  /// The exchanges, a line each: method, target, status, body bytes out and in, how it ended, flags.
  package var lines: [String] {
    exchanges.map { exchange in
      func word(_ bytes: [UInt8]) -> String { bytes.isEmpty ? "-" : WireText.escape(bytes) }
      var line =
        "\(exchange.index) \(word(exchange.request.method)) \(word(exchange.request.target)) "
        + "\(exchange.response.status.map { "\($0)" } ?? "-") "
        + "\(exchange.request.body.byteCount)/\(exchange.response.body.byteCount) \(exchange.ending.rawValue)"
      let flags = ExchangeFlags.letters.filter { exchange.flags.contains($0.flag) && $0.flag != .keptConnection }
      if !flags.isEmpty { line += " " + String(decoding: flags.map(\.letter), as: UTF8.self) }
      return line
    }
  }
}
