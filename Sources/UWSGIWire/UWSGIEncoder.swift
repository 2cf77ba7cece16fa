// uwsgi packets from values, byte exact.
//
// Appends to the caller's array and keeps nothing. Wrong packets can be written on purpose: from their parts.

/// Writes uwsgi packets.
///
/// Spec: the uwsgi protocol.
public enum UWSGIEncoder {
  /// Appends a header alone; its size need not be that of what follows.
  public static func append(_ header: UWSGIHeader, to output: inout [UInt8]) {
    output.append(header.modifier.rawValue)
    append(header.dataSize, to: &output)
    output.append(header.secondModifier)
  }

  /// Appends a variable: sizes, name and value.
  ///
  /// - Parameters:
  ///   - name: The variable's name.
  ///   - value: The variable's value.
  ///   - nameSize: What stands for the name's size; nil for the true one.
  ///   - valueSize: What stands for the value's size; nil for the true one.
  ///   - output: What the variable is appended to.
  /// - Precondition: Name and value hold at most 65 535 bytes each.
  public static func appendVariable(
    name: some Collection<UInt8>, value: some Collection<UInt8>, nameSize: UInt16? = nil, valueSize: UInt16? = nil,
    to output: inout [UInt8]
  ) {
    append(nameSize ?? UInt16(name.count), to: &output)
    output.append(contentsOf: name)
    append(valueSize ?? UInt16(value.count), to: &output)
    output.append(contentsOf: value)
  }

  /// Appends a sound request: the header, `variables` as they are, and the body.
  ///
  /// CONTENT_LENGTH stands among the variables where the caller put it.
  ///
  /// - Precondition: The encoded variables hold at most 65 535 bytes.
  public static func appendRequest(
    _ modifier: UWSGIModifier = .wsgi, variables: [(name: [UInt8], value: [UInt8])], body: some Collection<UInt8>,
    to output: inout [UInt8]
  ) {
    var data: [UInt8] = []
    for variable in variables { appendVariable(name: variable.name, value: variable.value, to: &data) }
    precondition(data.count <= 65_535, "the variables of a packet hold at most 65535 bytes")
    append(UWSGIHeader(modifier: modifier, dataSize: UInt16(data.count)), to: &output)
    output.append(contentsOf: data)
    output.append(contentsOf: body)
  }

  private static func append(_ size: UInt16, to output: inout [UInt8]) {
    output.append(UInt8(truncatingIfNeeded: size))
    output.append(UInt8(truncatingIfNeeded: size >> 8))
  }
}
