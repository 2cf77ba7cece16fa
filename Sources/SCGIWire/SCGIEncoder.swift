// SCGI requests from values, byte exact.
//
// Appends to the caller's array and keeps nothing. Wrong requests can be written on purpose: from their parts.

/// Writes SCGI requests.
///
/// Spec: SCGI, 23 June 2008, sections 3 and 4.
public enum SCGIEncoder {
  /// Appends a header: name, NUL, value, NUL, whatever bytes they hold.
  public static func appendHeader(
    name: some Collection<UInt8>, value: some Collection<UInt8>, to output: inout [UInt8]
  ) {
    output.append(contentsOf: name)
    output.append(0)
    output.append(contentsOf: value)
    output.append(0)
  }

  /// Appends a netstring: the length in decimal, a colon, the bytes, a comma.
  ///
  /// - Parameters:
  ///   - bytes: What the netstring holds.
  ///   - length: What stands for the length; nil for the true one.
  ///   - output: What the netstring is appended to.
  public static func appendNetstring(
    _ bytes: some Collection<UInt8>, length: String? = nil, to output: inout [UInt8]
  ) {
    output.append(contentsOf: (length ?? String(bytes.count)).utf8)
    output.append(0x3A)
    output.append(contentsOf: bytes)
    output.append(0x2C)
  }

  /// Appends a sound request: CONTENT_LENGTH first, then SCGI, then `headers` as they are, and the body.
  public static func appendRequest(
    headers: [(name: [UInt8], value: [UInt8])], body: some Collection<UInt8>, to output: inout [UInt8]
  ) {
    var block: [UInt8] = []
    appendHeader(name: "CONTENT_LENGTH".utf8, value: String(body.count).utf8, to: &block)
    appendHeader(name: "SCGI".utf8, value: "1".utf8, to: &block)
    for header in headers { appendHeader(name: header.name, value: header.value, to: &block) }
    appendNetstring(block, to: &output)
    output.append(contentsOf: body)
  }
}
