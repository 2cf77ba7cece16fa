// What a server is in memory: bytes and timers in, actions out, one value for each connection.

package import ReferenceServers

/// A server's side of one connection, without a socket.
package protocol MemoryPeer: Sendable {
  /// Takes the next bytes from the client.
  mutating func receive(_ bytes: RawSpan) -> [ResponderAction]
  /// Takes note that the client sends no more.
  mutating func receiveEnd() -> [ResponderAction]
  /// Takes note that a timer fired that it had asked for.
  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction]
}

extension FastCGIResponder: MemoryPeer {}
