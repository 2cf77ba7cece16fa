// The numbers and names of the FastCGI specification, section 8.
//
// Types that can hold unknown wire values are structs with static members, never closed enums: an unknown
// value is a value, not an error. No decoding lives here.

/// A record type byte.
///
/// Spec: FastCGI 1.0 section 8.
public struct FastCGIRecordType: RawRepresentable, Hashable, Sendable {
  /// The byte on the wire.
  public var rawValue: UInt8
  /// A type from its byte; any value is accepted.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// FCGI_BEGIN_REQUEST.
  public static let beginRequest = FastCGIRecordType(rawValue: 1)
  /// FCGI_ABORT_REQUEST.
  public static let abortRequest = FastCGIRecordType(rawValue: 2)
  /// FCGI_END_REQUEST.
  public static let endRequest = FastCGIRecordType(rawValue: 3)
  /// FCGI_PARAMS.
  public static let params = FastCGIRecordType(rawValue: 4)
  /// FCGI_STDIN.
  public static let stdin = FastCGIRecordType(rawValue: 5)
  /// FCGI_STDOUT.
  public static let stdout = FastCGIRecordType(rawValue: 6)
  /// FCGI_STDERR.
  public static let stderr = FastCGIRecordType(rawValue: 7)
  /// FCGI_DATA.
  public static let data = FastCGIRecordType(rawValue: 8)
  /// FCGI_GET_VALUES.
  public static let getValues = FastCGIRecordType(rawValue: 9)
  /// FCGI_GET_VALUES_RESULT.
  public static let getValuesResult = FastCGIRecordType(rawValue: 10)
  /// FCGI_UNKNOWN_TYPE.
  public static let unknownType = FastCGIRecordType(rawValue: 11)

  /// Whether the type is one of the eleven that the specification defines.
  @inlinable public var isDefined: Bool { rawValue &- 1 < 11 }
  /// Whether the type is one of the three defined management types, which carry request ID 0.
  @inlinable public var isManagement: Bool { rawValue &- 9 < 3 }
  /// Whether the client, the specification's web server, sends this type (1, 2, 4, 5, 8, 9).
  ///
  /// Spec: FastCGI 1.0 Appendix A.
  @inlinable public var isSentByClient: Bool { rawValue < 10 && 0b11_0011_0110 & (1 &<< UInt16(rawValue)) != 0 }
  /// Whether the server, the specification's application, sends this type (3, 6, 7, 10, 11).
  ///
  /// Spec: FastCGI 1.0 Appendix A.
  @inlinable public var isSentByServer: Bool { isDefined && !isSentByClient }

  /// The name as it stands in fixtures and golden files: `begin-request`, `stdout`, or `type-42`.
  public var name: String {
    isDefined ? Self.names[Int(rawValue) - 1] : "type-\(rawValue)"
  }

  /// The type with that name, if it is a defined one.
  public init?(name: some StringProtocol) {
    guard let index = Self.names.firstIndex(where: { $0 == name }) else { return nil }
    self.init(rawValue: UInt8(index + 1))
  }

  private static let names = [
    "begin-request", "abort-request", "end-request", "params", "stdin", "stdout", "stderr", "data", "get-values",
    "get-values-result", "unknown-type",
  ]
}

/// The role that a web server asks an application to play.
///
/// Spec: FastCGI 1.0 section 5.1.
public struct FastCGIRole: RawRepresentable, Hashable, Sendable {
  /// The 16-bit number on the wire.
  public var rawValue: UInt16
  /// A role from its number; any value is accepted.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// FCGI_RESPONDER.
  public static let responder = FastCGIRole(rawValue: 1)
  /// FCGI_AUTHORIZER.
  public static let authorizer = FastCGIRole(rawValue: 2)
  /// FCGI_FILTER.
  public static let filter = FastCGIRole(rawValue: 3)

  /// Whether the specification defines this role.
  @inlinable public var isDefined: Bool { rawValue &- 1 < 3 }

  /// The name as it stands in fixtures and reports: `responder`, or `role-9`.
  public var name: String {
    switch self {
    case .responder: "responder"
    case .authorizer: "authorizer"
    case .filter: "filter"
    default: "role-\(rawValue)"
    }
  }

  /// The role with that name, if it is a defined one.
  public init?(name: some StringProtocol) {
    switch name {
    case "responder": self = .responder
    case "authorizer": self = .authorizer
    case "filter": self = .filter
    default: return nil
    }
  }
}

/// How an application says a request ended at the protocol level.
///
/// Spec: FastCGI 1.0 section 5.5.
public struct FastCGIProtocolStatus: RawRepresentable, Hashable, Sendable {
  /// The byte on the wire.
  public var rawValue: UInt8
  /// A status from its byte; any value is accepted.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// FCGI_REQUEST_COMPLETE.
  public static let requestComplete = FastCGIProtocolStatus(rawValue: 0)
  /// FCGI_CANT_MPX_CONN.
  public static let cannotMultiplex = FastCGIProtocolStatus(rawValue: 1)
  /// FCGI_OVERLOADED.
  public static let overloaded = FastCGIProtocolStatus(rawValue: 2)
  /// FCGI_UNKNOWN_ROLE.
  public static let unknownRole = FastCGIProtocolStatus(rawValue: 3)

  /// Whether the specification defines this status.
  @inlinable public var isDefined: Bool { rawValue < 4 }

  /// The name as it stands in fixtures and reports: `request-complete`, or `status-9`.
  public var name: String {
    switch self {
    case .requestComplete: "request-complete"
    case .cannotMultiplex: "cant-mpx-conn"
    case .overloaded: "overloaded"
    case .unknownRole: "unknown-role"
    default: "status-\(rawValue)"
    }
  }

  /// The status with that name, if it is a defined one.
  public init?(name: some StringProtocol) {
    for candidate in [Self.requestComplete, .cannotMultiplex, .overloaded, .unknownRole] where candidate.name == name {
      self = candidate
      return
    }
    return nil
  }
}

/// The variables that FCGI_GET_VALUES may ask for.
///
/// Spec: FastCGI 1.0 section 4.1.
public enum FastCGIVariable {
  /// FCGI_MAX_CONNS: how many transport connections the application accepts at once.
  public static let maxConnections = "FCGI_MAX_CONNS"
  /// FCGI_MAX_REQS: how many requests the application accepts at once.
  public static let maxRequests = "FCGI_MAX_REQS"
  /// FCGI_MPXS_CONNS: whether one connection may carry several requests at once, `0` or `1`.
  public static let multiplexes = "FCGI_MPXS_CONNS"
}

/// The bits of a request's flags.
///
/// Spec: FastCGI 1.0 section 5.1.
public enum FastCGIFlag {
  /// FCGI_KEEP_CONN: leaves the connection open after the request.
  public static let keepConnection: UInt8 = 1
}
