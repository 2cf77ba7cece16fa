// The fixed parts of FastCGI records: the 8-byte header and the three 8-byte bodies.
//
// Reading never fails on content; what is odd about a value is for the decoder's anomalies and for rules.

public import WireBytes

/// The 8-byte head of every record.
///
///     byte 0        1     2..3        4..5            6               7
///          version  type  request ID  content length  padding length  reserved
///
/// Spec: FastCGI 1.0 section 3.3.
public struct FastCGIRecordHeader: Hashable, Sendable {
  /// The length of a header in bytes (FCGI_HEADER_LEN).
  public static let byteCount = 8
  /// The largest content of one record, in bytes.
  public static let largestContent = 65_535
  /// The largest padding of one record, in bytes.
  public static let largestPadding = 255
  /// Protocol version; FCGI_VERSION_1 is 1.
  public var version: UInt8
  /// What the record is.
  public var type: FastCGIRecordType
  /// Which request it belongs to; 0 for management records.
  public var requestID: UInt16
  /// Content bytes that follow the header.
  public var contentLength: UInt16
  /// Padding bytes that follow the content.
  public var paddingLength: UInt8
  /// A byte without meaning.
  public var reserved: UInt8

  /// A header from its values.
  public init(
    version: UInt8 = 1, type: FastCGIRecordType, requestID: UInt16, contentLength: UInt16, paddingLength: UInt8 = 0,
    reserved: UInt8 = 0
  ) {
    self.version = version
    self.type = type
    self.requestID = requestID
    self.contentLength = contentLength
    self.paddingLength = paddingLength
    self.reserved = reserved
  }

  /// Reads a header at `offset`, or returns nil when fewer than 8 bytes are left.
  @inlinable
  public init?(_ bytes: RawSpan, at offset: Int = 0) {
    guard bytes.byteCount &- offset >= Self.byteCount else { return nil }
    version = bytes.u8(at: offset)
    type = FastCGIRecordType(rawValue: bytes.u8(at: offset &+ 1))
    requestID = bytes.u16(at: offset &+ 2)
    contentLength = bytes.u16(at: offset &+ 4)
    paddingLength = bytes.u8(at: offset &+ 6)
    reserved = bytes.u8(at: offset &+ 7)
  }

  /// Header, content and padding together, in bytes: `8...65_798`.
  @inlinable public var recordByteCount: Int { Self.byteCount &+ Int(contentLength) &+ Int(paddingLength) }

  /// Whether the header could stand at a record boundary of a sound stream: version 1, a defined type, a request
  /// ID that fits the type, reserved byte 0, and a length that fits a fixed body.
  ///
  /// What recognises FastCGI, and what finds a boundary again after a loss. A legal header can fail it (a reserved
  /// byte may hold anything), a random one passes with a chance of about 2⁻²⁰.
  @inlinable public var isPlausible: Bool {
    guard version == 1, type.isDefined, reserved == 0, (requestID == 0) == type.isManagement else { return false }
    switch type {
    case .beginRequest, .endRequest, .unknownType: return contentLength == 8
    case .abortRequest: return contentLength == 0
    default: return true
    }
  }
}

/// The body of FCGI_BEGIN_REQUEST: role, flags and five reserved bytes.
///
/// Spec: FastCGI 1.0 section 5.1.
public struct FastCGIBeginRequestBody: Hashable, Sendable {
  /// The length of the body in bytes.
  public static let byteCount = 8
  /// The role asked for.
  public var role: FastCGIRole
  /// The flags byte; bit 0 is FCGI_KEEP_CONN.
  public var flags: UInt8
  /// Whether any of the five reserved bytes is not 0.
  public var hasReservedBits: Bool

  /// A body from its values, reserved bytes 0.
  public init(role: FastCGIRole, flags: UInt8) {
    self.role = role
    self.flags = flags
    hasReservedBits = false
  }

  /// Reads a body, or returns nil when fewer than 8 bytes are there.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.byteCount else { return nil }
    role = FastCGIRole(rawValue: bytes.u16(at: 0))
    flags = bytes.u8(at: 2)
    hasReservedBits = bytes.u8(at: 3) != 0 || bytes.u32(at: 4) != 0
  }

  /// Whether the web server keeps the responsibility for the connection (FCGI_KEEP_CONN).
  public var keepsConnection: Bool { flags & FastCGIFlag.keepConnection != 0 }
}

/// The body of FCGI_END_REQUEST: application status, protocol status and three reserved bytes.
///
/// Spec: FastCGI 1.0 section 5.5.
public struct FastCGIEndRequestBody: Hashable, Sendable {
  /// The length of the body in bytes.
  public static let byteCount = 8
  /// What the program would have exited with.
  public var appStatus: UInt32
  /// How the request ended for the protocol.
  public var protocolStatus: FastCGIProtocolStatus
  /// The three reserved bytes as one number.
  public var reserved: UInt32

  /// A body from its values, reserved bytes 0.
  public init(appStatus: UInt32, protocolStatus: FastCGIProtocolStatus) {
    self.appStatus = appStatus
    self.protocolStatus = protocolStatus
    reserved = 0
  }

  /// Reads a body, or returns nil when fewer than 8 bytes are there.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.byteCount else { return nil }
    appStatus = bytes.u32(at: 0)
    protocolStatus = FastCGIProtocolStatus(rawValue: bytes.u8(at: 4))
    reserved = bytes.u32(at: 4) & 0x00FF_FFFF
  }
}
