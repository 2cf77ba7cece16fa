// Name-value pairs from names and values.
//
// The content of FCGI_PARAMS, FCGI_GET_VALUES and FCGI_GET_VALUES_RESULT, without the records around it.

/// How a length of a name-value pair is written.
///
/// Spec: FastCGI 1.0 section 3.4.
public enum FastCGILengthForm: Hashable, Sendable, CaseIterable {
  /// One byte up to 127, four bytes above.
  case shortest
  /// Four bytes, also for a length that one byte could hold.
  case long
}

/// Writes name-value pairs.
///
///     name length (1 or 4 bytes)  value length (1 or 4 bytes)  name  value
///
/// A length up to 127 takes one byte; a longer one takes four, with the top bit of the first byte set.
///
/// Spec: FastCGI 1.0 section 3.4.
public enum FastCGINameValueEncoder {
  /// The largest length that four bytes hold.
  public static let largestLength: UInt32 = 0x7FFF_FFFF

  /// Appends a length alone; no bytes of that length need follow.
  ///
  /// - Precondition: `length` is at most ``largestLength``.
  public static func appendLength(_ length: UInt32, form: FastCGILengthForm = .shortest, to output: inout [UInt8]) {
    precondition(length <= largestLength, "the length of a name or value has 31 bits")
    if form == .shortest, length < 128 {
      output.append(UInt8(length))
    } else {
      output.append(bigEndian: length | 0x8000_0000)
    }
  }

  /// Appends a pair.
  ///
  /// - Precondition: Name and value hold fewer than 2³¹ bytes each.
  public static func append(
    name: some Collection<UInt8>, value: some Collection<UInt8>, nameForm: FastCGILengthForm = .shortest,
    valueForm: FastCGILengthForm = .shortest, to output: inout [UInt8]
  ) {
    appendLength(UInt32(name.count), form: nameForm, to: &output)
    appendLength(UInt32(value.count), form: valueForm, to: &output)
    output.append(contentsOf: name)
    output.append(contentsOf: value)
  }

  /// Appends a pair.
  ///
  /// - Precondition: Name and value hold fewer than 2³¹ bytes each in UTF-8.
  public static func append(
    name: String, value: String, nameForm: FastCGILengthForm = .shortest, valueForm: FastCGILengthForm = .shortest,
    to output: inout [UInt8]
  ) {
    append(name: name.utf8, value: value.utf8, nameForm: nameForm, valueForm: valueForm, to: &output)
  }
}
