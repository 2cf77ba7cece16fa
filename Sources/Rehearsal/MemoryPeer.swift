// What a server is in memory: bytes and timers in, actions out, one value for each connection.

package import Exchanges
package import ReferenceServers

/// A server's side of one connection, without a socket.
package protocol MemoryPeer: Sendable {
  /// Takes the next bytes from the client.
  mutating func receive(_ bytes: RawSpan) -> [ResponderAction]
  /// Takes note that the client sends no more.
  mutating func receiveEnd() -> [ResponderAction]
  /// Takes note that a timer fired that it had asked for.
  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction]
  /// Takes note that the client closed the connection, or reset it: whatever is sent does not arrive.
  mutating func connectionLost(byReset: Bool)
}

extension MemoryPeer {
  package mutating func connectionLost(byReset: Bool) {}
}

extension FastCGIResponder: MemoryPeer {}
extension HTTPResponder: MemoryPeer {}

/// A server's process in memory: what its connections share, and how it ends.
package struct MemoryProcess: Sendable {
  /// The process's side of a new connection from that address (none over a Unix socket); nil where it closes it at
  /// once.
  package var connect: @Sendable (_ address: String?) -> (any MemoryPeer)?
  /// How it ends when it is asked to; nil for one that nobody asks.
  package var ending: ProcessFacts?
  /// How many connections it accepts at once; more wait until a client closes one.
  package var connectionLimit: Int

  package init(
    ending: ProcessFacts? = nil, connectionLimit: Int = .max,
    connect: @escaping @Sendable (String?) -> (any MemoryPeer)?
  ) {
    self.connect = connect
    self.ending = ending
    self.connectionLimit = connectionLimit
  }
}
