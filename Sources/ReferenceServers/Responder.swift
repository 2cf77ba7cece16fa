// What every reference server is, whatever it speaks: one side of a connection as a state machine, and the process that
// such connections share. Bytes and timers go in, bytes, timers and closes come out; no socket, no clock.
//
// Serving carries a responder over real sockets, Rehearsal in memory. A new protocol is one more type that conforms.

/// Identifies a timer that a responder asked for; unique within its connection.
package struct ResponderTimer: Hashable, Sendable {
  package let number: UInt64

  package init(number: UInt64) { self.number = number }
}

/// What a responder wants done.
package enum ResponderAction: Hashable, Sendable {
  case send([UInt8])
  /// Give the timer back by ``Responder/timerFired(_:)`` after that time; with 0, as soon as the peer has room for more
  /// output.
  case startTimer(milliseconds: UInt64, ResponderTimer)
  /// Close the connection in order, after everything that was sent.
  case close
  /// Close the connection abruptly.
  case reset
}

/// A server's side of one connection.
package protocol Responder: Sendable {
  /// Whether the connection is served at all; asked once, before anything else.
  ///
  /// - Parameter address: The peer's, or nil over a Unix socket.
  mutating func admits(_ address: String?) -> Bool
  /// Takes the next bytes from the client.
  mutating func receive(_ bytes: RawSpan) -> [ResponderAction]
  /// Takes note that the client sends no more.
  mutating func receiveEnd() -> [ResponderAction]
  /// Takes note that a timer fired that it had asked for; one that is no longer wanted does nothing.
  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction]
  /// Takes note that the client closed the connection, or reset it: whatever is sent does not arrive.
  mutating func connectionLost(byReset: Bool)
}

extension Responder {
  package mutating func admits(_ address: String?) -> Bool { true }
  package mutating func connectionLost(byReset: Bool) {}
}

/// How a server's process was started.
package struct ServerStart: Sendable {
  /// The peers that may connect; nil for all.
  package var peers: PeerList?
  /// Whether its listening socket was descriptor 0 at the start.
  package var isInherited: Bool
  /// Whether it was started with descriptors 1 and 2 closed.
  package var hasClosedOutput: Bool
  /// The time in seconds since 1970.
  package var clock: @Sendable () -> UInt64 = { 1_700_000_000 }

  package init(peers: PeerList? = nil, isInherited: Bool = false, hasClosedOutput: Bool = false) {
    self.peers = peers
    self.isInherited = isInherited
    self.hasClosedOutput = hasClosedOutput
  }
}

/// A server's process: what its connections share, and how it ends.
package struct ServerProcess: Sendable {
  /// How many connections it accepts at once; more wait until a client closes one.
  package var connectionLimit: Int
  /// The exit code after SIGTERM; nil for a process that does not end.
  package var exitCode: Int32?
  /// The process's side of a new connection.
  package var connect: @Sendable () -> any Responder

  package init(
    connectionLimit: Int = .max, exitCode: Int32? = 0, connect: @escaping @Sendable () -> any Responder
  ) {
    self.connectionLimit = connectionLimit
    self.exitCode = exitCode
    self.connect = connect
  }
}
