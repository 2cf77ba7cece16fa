// Writes HTTP/1 messages byte by byte as told, right or wrong.
//
// No repair and no check: a tester has to be able to send what no client should. Line ends, spaces and framing are
// the caller's choice, and the defaults are those of the specification.

public import WireBytes

/// Builds the bytes of HTTP/1 messages.
///
///     var encoder = HTTP1Encoder()
///     encoder.requestLine(method: "POST".utf8, target: "/".utf8)
///     encoder.fieldLine(name: "Transfer-Encoding".utf8, value: "chunked".utf8)
///     encoder.headersEnd()
///     encoder.chunk("hello".utf8)
///     encoder.lastChunk()
///     encoder.headersEnd()
///
/// Every part may hold any bytes. What an encoder writes in a regular way, ``HTTP1Decoder`` reads back.
///
/// Spec: RFC 9112.
public struct HTTP1Encoder: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []
  /// How the lines written from now on end.
  public var lineEnd: LineEnd

  /// - Parameter lineEnd: How lines end, CR LF unless changed.
  public init(lineEnd: LineEnd = .crlf) { self.lineEnd = lineEnd }

  /// Hands over what was written and begins anew.
  public mutating func takeBytes() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  // MARK: - Heads

  /// Writes `method target version`.
  ///
  /// Spec: RFC 9112 section 3.
  public mutating func requestLine(
    method: some Collection<UInt8>, target: some Collection<UInt8>, version: some Collection<UInt8> = "HTTP/1.1".utf8
  ) {
    bytes.append(contentsOf: method)
    bytes.append(ASCII.space)
    bytes.append(contentsOf: target)
    bytes.append(ASCII.space)
    line(version)
  }

  /// Writes `version status reason`; the space after the status stands even where there is no reason.
  ///
  /// Spec: RFC 9112 section 4.
  public mutating func statusLine(
    version: some Collection<UInt8> = "HTTP/1.1".utf8, status: some Collection<UInt8>,
    reason: some Collection<UInt8> = "".utf8
  ) {
    bytes.append(contentsOf: version)
    bytes.append(ASCII.space)
    bytes.append(contentsOf: status)
    bytes.append(ASCII.space)
    line(reason)
  }

  /// Writes a status line with a status code in (at least) three digits.
  public mutating func statusLine(status: UInt16, reason: some Collection<UInt8> = "".utf8) {
    let digits = String(status)
    statusLine(status: (String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits).utf8, reason: reason)
  }

  /// Writes a field line, in a head or as a trailer.
  ///
  /// - Parameters:
  ///   - name: The field's name.
  ///   - value: The field's value.
  ///   - separator: What stands between name and value, colon included.
  ///
  /// Spec: RFC 9112 section 5.
  public mutating func fieldLine(
    name: some Collection<UInt8>, value: some Collection<UInt8>, separator: some Collection<UInt8> = ": ".utf8
  ) {
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: separator)
    line(value)
  }

  /// Writes the empty line that ends a head or the trailers.
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

  // MARK: - Bodies

  /// Writes bytes as they are: a body of known length, or anything else.
  public mutating func content(_ content: some Collection<UInt8>) { bytes.append(contentsOf: content) }

  /// Writes a whole chunk.
  ///
  /// - Parameters:
  ///   - content: Its data; empty data makes what a reader takes for the last chunk.
  ///   - extensions: What follows the size in its line, beginning with a semicolon.
  ///
  /// Spec: RFC 9112 section 7.1.
  public mutating func chunk(_ content: some Collection<UInt8>, extensions: some Collection<UInt8> = "".utf8) {
    chunkHeader(size: UInt64(content.count), extensions: extensions)
    bytes.append(contentsOf: content)
    chunkEnd()
  }

  /// Writes a chunk's first line with any size, whatever follows.
  public mutating func chunkHeader(size: UInt64, extensions: some Collection<UInt8> = "".utf8) {
    bytes.append(contentsOf: String(size, radix: 16).utf8)
    line(extensions)
  }

  /// Writes the line end after a chunk's data.
  public mutating func chunkEnd() { line([]) }

  /// Writes the last chunk.
  ///
  /// Trailers may follow, then ``headersEnd()``.
  public mutating func lastChunk(extensions: some Collection<UInt8> = "".utf8) {
    chunkHeader(size: 0, extensions: extensions)
  }
}
