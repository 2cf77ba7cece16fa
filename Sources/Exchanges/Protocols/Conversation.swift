// What a protocol brings along so that connections of it become exchanges.
//
// One type for each protocol adopts it, in the protocol's own folder; ConversationCatalog lists them.

package import WireBytes

/// Turns the events of one connection into exchanges, for one protocol.
///
/// Conversations are values, do no I/O, and take time only from events. They are copyable on purpose (an existential
/// of a noncopyable protocol crashes the 6.3.1 compiler when optimising).
package protocol Conversation: Sendable {
  /// The protocol.
  static var wireProtocol: WireProtocol { get }

  /// Whether a stream that begins with `prefix` (at least one byte) is one of this protocol's.
  ///
  /// No for a direction that says nothing of its own: SCGI is answered in other formats.
  static func recognise(_ prefix: RawSpan, _ direction: Direction) -> PrefixVerdict

  /// Whether a stream of this protocol can begin with `byte`: a test that costs next to nothing, and is asked of every
  /// connection.
  static func mayBegin(with byte: UInt8, _ direction: Direction) -> Bool

  /// A conversation on a connection of which nothing was seen yet.
  init(_ connection: ConnectionInfo, retention: Retention)

  /// Takes the next event; lends `output` every exchange that it completes.
  ///
  /// An exchange is large, and is over where it lies: who wants to keep it copies it or swaps it out.
  ///
  /// - Returns: About the memory that was taken for requests with it, but for what bytes that passed were kept in: an
  ///   estimate that costs nothing, where ``heldByteCount`` looks at everything.
  @discardableResult
  mutating func receive(_ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void) -> Int

  /// What belongs to no single exchange; complete once the connection was finished.
  var summary: ConnectionSummary { get }

  /// The server's units that came whole since this was last asked, in order, where the retention asks for them.
  mutating func takeUnits() -> [WireUnit]

  /// The memory that it takes besides itself, in bytes.
  ///
  /// - Complexity: O(open requests).
  var heldByteCount: Int { get }
}

extension Conversation {
  /// None: a protocol whose messages are not made of units.
  package mutating func takeUnits() -> [WireUnit] { [] }

  /// The memory that the value itself takes, in bytes.
  var ownByteCount: Int { MemoryLayout<Self>.stride }
}

/// What a protocol cuts a connection into where it carries several messages at once: of FastCGI a record.
package struct WireUnit: Hashable, Sendable {
  /// The protocol's number for what it is: a record's type.
  package var kind: UInt8
  /// Which message it belongs to: a record's request ID.
  package var message: UInt16

  package init(kind: UInt8, message: UInt16) {
    self.kind = kind
    self.message = message
  }
}
