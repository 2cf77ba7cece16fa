// The ways in which a request can come to nothing: each is counted, none ends the run.

/// Why a request was not answered, or not as it should have been.
package struct FailureKind: RawRepresentable, Hashable, Sendable {
  package var rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  /// Nothing listens there.
  package static let refused = FailureKind(rawValue: "refused")
  /// The listen queue of a Unix socket is full.
  package static let queueFull = FailureKind(rawValue: "queue-full")
  /// The connection was reset.
  package static let reset = FailureKind(rawValue: "reset")
  /// The connection was closed before the answer was whole.
  package static let closed = FailureKind(rawValue: "closed")
  /// No whole answer in time.
  package static let timedOut = FailureKind(rawValue: "timed-out")
  /// An open loop ended, and the answer had not come.
  package static let unanswered = FailureKind(rawValue: "unanswered")
  /// What came is not of the protocol.
  package static let broken = FailureKind(rawValue: "broken")
  /// Another status than that of the answer that was checked.
  package static let status = FailureKind(rawValue: "status")
  /// Another length or other bytes than those of the answer that was checked.
  package static let otherAnswer = FailureKind(rawValue: "other-answer")
  /// The server says that it is too busy (FastCGI's OVERLOADED), or does not do this.
  package static let rejected = FailureKind(rawValue: "rejected")
  /// No file descriptor was left (`ulimit -n`).
  package static let noDescriptor = FailureKind(rawValue: "no-descriptor")
  /// No port was left to connect from.
  package static let noPort = FailureKind(rawValue: "no-port")
  /// A process could not be started.
  package static let notStarted = FailureKind(rawValue: "not-started")
  /// The connection could not be opened for another reason.
  package static let unreachable = FailureKind(rawValue: "unreachable")

  /// What it means, and what can be done.
  package var explanation: String {
    switch self {
    case .refused: "nothing listens there any more, or its queue is full: is the server still running?"
    case .queueFull: "the server's listen queue is full: its workers accept too slowly, or its backlog is small"
    case .reset: "the connection was reset: a listen queue that overflows, or a worker that ended"
    case .closed: "the server closed before its answer was whole"
    case .timedOut: "no whole answer in the time that --timeout allows"
    case .unanswered: "the loop had ended, and the answer had not come"
    case .broken: "what came is not of the protocol: `gatespec check` says more"
    case .status: "another status than that of the answer that was checked"
    case .otherAnswer: "another length or other bytes than those of the answer that was checked"
    case .rejected: "the server refused to do it: overloaded, or not able to multiplex"
    case .noDescriptor: "no file descriptor was left: raise `ulimit -n`"
    case .noPort: "no port was left to connect from: fewer connections, or a Unix socket"
    case .notStarted: "a process could not be started: `ulimit -u`, or no memory?"
    case .unreachable: "the connection could not be opened"
    default: rawValue
    }
  }
}
