// The first byte of a uwsgi packet: what it carries.
//
// Unknown values are values, not errors. No decoding lives here.

/// A packet's `modifier1`.
///
/// Spec: the uwsgi protocol, packet descriptions.
public struct UWSGIModifier: RawRepresentable, Hashable, Sendable {
  /// The byte on the wire.
  public var rawValue: UInt8
  /// A modifier from its byte; any value is accepted.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A request to the default application, which is what web servers send.
  ///
  /// Variables, then the body.
  public static let wsgi = UWSGIModifier(rawValue: 0)
  /// A request to a Perl application.
  public static let psgi = UWSGIModifier(rawValue: 5)
  /// A request to a Lua application.
  public static let lua = UWSGIModifier(rawValue: 6)
  /// A request to a Ruby application.
  public static let rack = UWSGIModifier(rawValue: 7)
  /// A request to an application of the Java machine.
  public static let jvm = UWSGIModifier(rawValue: 8)
  /// A request to a CGI program.
  public static let cgi = UWSGIModifier(rawValue: 9)
  /// Management, flagged by `modifier2`.
  public static let management = UWSGIModifier(rawValue: 10)
  /// A request to a PHP script.
  public static let php = UWSGIModifier(rawValue: 14)
  /// A request to an application of Mono.
  public static let mono = UWSGIModifier(rawValue: 15)
  /// A job for the spooler; variables only.
  public static let spooler = UWSGIModifier(rawValue: 17)
  /// A request whose PATH_INFO still holds SCRIPT_NAME.
  public static let managedPath = UWSGIModifier(rawValue: 30)
  /// Not a packet: the `H` of a raw HTTP response.
  public static let http = UWSGIModifier(rawValue: 72)
  /// A reload.
  public static let reload = UWSGIModifier(rawValue: 97)
  /// A ping, or with `modifier2` 1 its answer.
  public static let ping = UWSGIModifier(rawValue: 100)
  /// The packet is to be sent back.
  public static let echo = UWSGIModifier(rawValue: 101)
  /// A signal, whose number is `modifier2`.
  public static let signal = UWSGIModifier(rawValue: 110)
  /// A cache operation.
  public static let cache = UWSGIModifier(rawValue: 111)
  /// A remote procedure call.
  public static let rpc = UWSGIModifier(rawValue: 173)
  /// The end of a persistent connection.
  public static let close = UWSGIModifier(rawValue: 200)
  /// A subscription to a router.
  public static let subscription = UWSGIModifier(rawValue: 224)
  /// A response to a packet that is no request.
  public static let response = UWSGIModifier(rawValue: 255)

  /// Whether the packet is a request: variables, followed by a body of CONTENT_LENGTH bytes.
  public var isRequest: Bool {
    switch self {
    case .wsgi, .psgi, .lua, .rack, .jvm, .cgi, .php, .mono, .managedPath: true
    default: false
    }
  }

  /// Whether the packet holds variables.
  public var holdsVariables: Bool { isRequest || self == .spooler || self == .subscription }

  /// Whether `modifier2` has no other value than 0 with this modifier.
  public var fixesSecondModifier: Bool { isRequest && self != .managedPath }

  /// Whether the value is set aside and no packet may carry it.
  public var isReserved: Bool { 1...3 ~= rawValue }

  /// The name as it stands in golden files and reports: `wsgi`, or `modifier-42`.
  public var name: String { Self.names.first { $0.0 == self }?.1 ?? "modifier-\(rawValue)" }

  private static let names: [(UWSGIModifier, String)] = [
    (.wsgi, "wsgi"), (.psgi, "psgi"), (.lua, "lua"), (.rack, "rack"), (.jvm, "jvm"), (.cgi, "cgi"),
    (.management, "management"), (.php, "php"), (.mono, "mono"), (.spooler, "spooler"), (.managedPath, "managed-path"),
    (.http, "http"), (.reload, "reload"), (.ping, "ping"), (.echo, "echo"), (.signal, "signal"), (.cache, "cache"),
    (.rpc, "rpc"), (.close, "close"), (.subscription, "subscription"), (.response, "response"),
  ]
}

/// The four bytes that every packet begins with.
///
///     byte 0          1..2                      3
///          modifier1  data size, little-endian  modifier2
///
/// Spec: the uwsgi protocol, packet header.
public struct UWSGIHeader: Hashable, Sendable {
  /// The length of a header in bytes.
  public static let byteCount = 4
  /// What the packet carries.
  public var modifier: UWSGIModifier
  /// How many bytes follow, without the body of a request.
  public var dataSize: UInt16
  /// The second modifier.
  public var secondModifier: UInt8

  /// A header from its values.
  public init(modifier: UWSGIModifier = .wsgi, dataSize: UInt16, secondModifier: UInt8 = 0) {
    self.modifier = modifier
    self.dataSize = dataSize
    self.secondModifier = secondModifier
  }

  /// Bytes of data after the header: with modifier 30 the second modifier holds eight bits more.
  public var dataByteCount: UInt32 {
    UInt32(dataSize) | (modifier == .managedPath ? UInt32(secondModifier) << 16 : 0)
  }
}
