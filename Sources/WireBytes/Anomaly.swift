// What a decoder says when something is odd.
//
// An anomaly is a fact with an offset, never a verdict and never a thrown error: rules judge. The kinds
// themselves are declared by the codec that reports them, as static members.

/// The kind of an anomaly: a stable, lower-case, hyphenated name such as `reserved-byte-nonzero`.
///
/// A struct, so that every codec adds its own; equal when the names are.
public struct AnomalyKind: Hashable, Sendable, CustomStringConvertible {
  private let literal: StaticString

  /// A kind from its name.
  public init(_ name: StaticString) { literal = name }

  /// The name as it stands in golden files and JSON.
  public var name: String { literal.description }
  /// The name.
  public var description: String { name }

  /// Whether two kinds have the same name.
  public static func == (left: AnomalyKind, right: AnomalyKind) -> Bool {
    // Identical literals usually share storage; otherwise compare the text, without making strings of it.
    guard unsafe left.literal.utf8Start != right.literal.utf8Start else { return true }
    let bytes = unsafe UnsafeRawBufferPointer(start: left.literal.utf8Start, count: left.literal.utf8CodeUnitCount)
    return unsafe bytes.bytes.equals(right.literal)
  }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension AnomalyKind {
  /// The decoder no longer knows where a message begins; it skips until it can prove a boundary.
  public static let lostSynchronisation = AnomalyKind("lost-synchronisation")
  /// Bytes are missing from the stream (lost by the capture, not by the peer).
  public static let gap = AnomalyKind("gap")
  /// The stream ended inside a message.
  public static let truncated = AnomalyKind("truncated")
}

/// One oddity that a decoder met.
public struct Anomaly: Hashable, Sendable {
  /// What is odd.
  public var kind: AnomalyKind
  /// The absolute stream positions concerned; empty where something is missing.
  public var range: Range<StreamOffset>
  /// The wire value that is odd, or for lengths the value claimed.
  ///
  /// 0 where there is none.
  public var value: UInt64

  /// An anomaly at a position of a stream.
  public init(_ kind: AnomalyKind, at offset: StreamOffset, byteCount: UInt64 = 1, value: UInt64 = 0) {
    self.kind = kind
    let end = offset.addingReportingOverflow(byteCount)
    range = offset..<(end.overflow ? .max : end.partialValue)
    self.value = value
  }
}
