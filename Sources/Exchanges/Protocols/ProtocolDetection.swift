// Which protocol a stream carries, from what its first bytes say.
//
// Pure functions of a prefix. How each protocol is recognised is its own matter; which bytes are looked at, and what
// follows from it, is DetectingConversation's.

package import WireBytes

/// A protocol that gatespec recognises and cannot read.
package enum ForeignProtocol: String, Hashable, Sendable, CaseIterable {
  case tls
  case http2

  /// The name for people.
  package var title: String {
    switch self {
    case .tls: "TLS"
    case .http2: "HTTP/2"
    }
  }

  /// What the operator can do to see something all the same.
  package var advice: String {
    switch self {
    case .tls:
      "TLS is encrypted: capture behind the point that ends it, between the web server and its backend, or on plain HTTP"
    case .http2:
      "HTTP/2 is not decoded: capture behind the web server, where it speaks HTTP/1 or FastCGI, or let the client use HTTP/1.1"
    }
  }
}

/// What the beginning of a stream says about its protocol.
package enum DetectionVerdict: Hashable, Sendable {
  case protocolIs(WireProtocol)
  /// One that can be named and not read.
  case foreign(ForeignProtocol)
  /// More bytes could tell.
  case undecided
  /// None of the protocols that gatespec knows on a byte stream.
  case unknown
}

/// Recognises protocols by their first bytes.
package enum ProtocolDetector {
  /// How many bytes of a direction are looked at before it counts as unknown.
  package static let prefixLimit = 8192

  /// What a stream of that direction that begins with `prefix` carries.
  package static func examine(_ prefix: RawSpan, _ direction: Direction) -> DetectionVerdict {
    guard prefix.byteCount > 0 else { return .undecided }
    switch examineForeign(prefix, direction) {
    case .yes: return .foreign(prefix.u8(at: 0) == tlsHandshake ? .tls : .http2)
    case .needMore: return .undecided
    case .no: break
    }
    var isOpen = false
    for conversation in ConversationCatalog.all {
      switch conversation.recognise(prefix, direction) {
      case .yes: return .protocolIs(conversation.wireProtocol)
      case .needMore: isOpen = true
      case .no: break
      }
    }
    return isOpen && prefix.byteCount < prefixLimit ? .undecided : .unknown
  }

  /// A TLS record of the handshake.
  private static let tlsHandshake: UInt8 = 0x16

  /// A TLS ClientHello or ServerHello at the beginning of a record, or HTTP/2's connection preface.
  ///
  /// Spec: RFC 8446 sections 4 and 5.1; RFC 9113 section 3.4.
  private static func examineForeign(_ prefix: RawSpan, _ direction: Direction) -> PrefixVerdict {
    let count = prefix.byteCount
    if prefix.u8(at: 0) == tlsHandshake {
      guard count > 1 else { return .needMore }
      guard prefix.u8(at: 1) == 3 else { return .no }
      guard count >= 9 else { return .needMore }
      let length = Int(prefix.u16(at: 3))
      let isHello = prefix.u8(at: 5) == (direction == .request ? 1 : 2) && prefix.u8(at: 6) == 0
      return prefix.u8(at: 2) <= 4 && length >= 40 && length <= 16_384 && isHello ? .yes : .no
    }
    guard direction == .request else { return .no }
    let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    let compared = min(count, preface.utf8CodeUnitCount)
    for index in 0..<compared where unsafe prefix.u8(at: index) != preface.utf8Start[index] { return .no }
    return compared == preface.utf8CodeUnitCount ? .yes : .needMore
  }
}
