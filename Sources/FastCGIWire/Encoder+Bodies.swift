// The discrete records: those whose content has a fixed form.
//
// Each method appends one sound record of its kind. For a malformed one, write its content with
// `FastCGIEncoder.appendRecord`.

extension FastCGIEncoder {
  /// Appends FCGI_BEGIN_REQUEST.
  ///
  /// - Parameters:
  ///   - requestID: The request that begins.
  ///   - role: What the application is asked to be.
  ///   - flags: The flags byte; bit 0 is FCGI_KEEP_CONN.
  ///   - reservedByte: The value of each of the body's five reserved bytes.
  ///   - output: What the record is appended to.
  ///
  /// Spec: FastCGI 1.0 section 5.1.
  public func appendBeginRequest(
    _ requestID: UInt16, role: FastCGIRole, flags: UInt8 = 0, reservedByte: UInt8 = 0, to output: inout [UInt8]
  ) {
    var body: [UInt8] = []
    body.append(bigEndian: role.rawValue)
    body.append(flags)
    body.append(contentsOf: repeatElement(reservedByte, count: 5))
    appendRecord(.beginRequest, requestID: requestID, content: body, to: &output)
  }

  /// Appends FCGI_ABORT_REQUEST.
  ///
  /// Spec: FastCGI 1.0 section 5.4.
  public func appendAbortRequest(_ requestID: UInt16, to output: inout [UInt8]) {
    appendRecord(.abortRequest, requestID: requestID, to: &output)
  }

  /// Appends FCGI_END_REQUEST.
  ///
  /// Only the low 24 bits of the body's `reserved` are written, in its three reserved bytes.
  ///
  /// Spec: FastCGI 1.0 section 5.5.
  public func appendEndRequest(_ requestID: UInt16, _ body: FastCGIEndRequestBody, to output: inout [UInt8]) {
    appendRecord(.endRequest, requestID: requestID, content: body.bytes, to: &output)
  }

  /// Appends FCGI_UNKNOWN_TYPE, with request ID 0.
  ///
  /// - Parameters:
  ///   - type: The type that is not known.
  ///   - reservedByte: The value of each of the body's seven reserved bytes.
  ///   - output: What the record is appended to.
  ///
  /// Spec: FastCGI 1.0 section 4.2.
  public func appendUnknownType(_ type: FastCGIRecordType, reservedByte: UInt8 = 0, to output: inout [UInt8]) {
    appendRecord(
      .unknownType, requestID: 0, content: [type.rawValue] + repeatElement(reservedByte, count: 7), to: &output)
  }

  /// Appends FCGI_GET_VALUES, with request ID 0 and an empty value for each name.
  ///
  /// - Precondition: The encoded names fit one record, 65 535 bytes.
  ///
  /// Spec: FastCGI 1.0 section 4.1.
  public func appendGetValues(_ names: [String], to output: inout [UInt8]) {
    var content: [UInt8] = []
    for name in names { FastCGINameValueEncoder.append(name: name.utf8, value: [], to: &content) }
    appendRecord(.getValues, requestID: 0, content: content, to: &output)
  }
}

extension FastCGIEndRequestBody {
  /// The eight bytes on the wire; of `reserved` the low 24 bits.
  ///
  /// Spec: FastCGI 1.0 section 5.5.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: appStatus)
    bytes.append(bigEndian: UInt32(protocolStatus.rawValue) << 24 | reserved & 0x00FF_FFFF)
    return bytes
  }
}
