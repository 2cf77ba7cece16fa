// Writes CGI responses byte by byte as told, right or wrong.
//
// No repair and no check: a reference program with a fault has to be able to make it.

public import WireBytes

/// Builds the bytes of a CGI response.
///
///     var encoder = CGIResponseEncoder()
///     encoder.fieldLine(name: "Status".utf8, value: "404 Not Found".utf8)
///     encoder.fieldLine(name: "Content-Type".utf8, value: "text/plain".utf8)
///     encoder.headersEnd()
///     encoder.content("nothing here".utf8)
///
/// Spec: RFC 3875 section 6.
public struct CGIResponseEncoder: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []
  /// How the lines written from now on end.
  public var lineEnd: LineEnd

  /// - Parameter lineEnd: How lines end. Both CR LF and LF are right.
  public init(lineEnd: LineEnd = .crlf) { self.lineEnd = lineEnd }

  /// Hands over what was written and begins anew.
  public mutating func takeBytes() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// Writes a field line.
  ///
  /// - Parameters:
  ///   - name: The field's name.
  ///   - value: The field's value.
  ///   - separator: What stands between name and value, colon included.
  public mutating func fieldLine(
    name: some Collection<UInt8>, value: some Collection<UInt8>, separator: some Collection<UInt8> = ": ".utf8
  ) {
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: separator)
    line(value)
  }

  /// Writes a Status field.
  ///
  /// Spec: RFC 3875 section 6.3.3.
  public mutating func status(_ code: UInt16, reason: some Collection<UInt8>) {
    fieldLine(name: "Status".utf8, value: Array(String(code).utf8) + [ASCII.space] + Array(reason))
  }

  /// Writes the empty line that ends the head.
  public mutating func headersEnd() { line([]) }

  /// Writes any line and its end.
  public mutating func line(_ content: some Collection<UInt8>) {
    bytes.append(contentsOf: content)
    switch lineEnd {
    case .crlf: bytes.append(contentsOf: [ASCII.cr, ASCII.lf])
    case .lf: bytes.append(ASCII.lf)
    case .none: break
    }
  }

  /// Writes bytes as they are.
  public mutating func content(_ content: some Collection<UInt8>) { bytes.append(contentsOf: content) }
}
