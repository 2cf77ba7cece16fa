// The protocols, and what those may ask about one who do not speak it.
//
// Beside a protocol's own folders, this file and ConversationCatalog are the only ones that tell protocols apart.
// Everybody else asks a trait: what is added later is then not taken for another protocol by default.

/// A protocol between a client and a server, or between a gateway and the server behind it.
///
/// Its raw value is the name that people read and write.
package enum WireProtocol: String, Hashable, Sendable, CaseIterable {
  case fastCGI = "fastcgi"
  case scgi
  case uwsgi
  case http1 = "http"
  case cgi = "cgi"
  /// Calls between a server and an application, as the bridge tells of them.
  case wsgi

  /// What others may ask about it.
  package var traits: ProtocolTraits {
    switch self {
    case .fastCGI: .fastCGI
    case .scgi: .scgi
    case .uwsgi: .uwsgi
    case .http1: .http1
    case .cgi: .cgi
    case .wsgi: .wsgi
    }
  }
}

/// What others may ask about a protocol; a class, for it is asked with every exchange, and a copy of its texts costs more.
package final class ProtocolTraits: Sendable {
  /// What a request gives names to.
  package enum RequestNames: Hashable, Sendable {
    /// HTTP's header fields, whose names have no case.
    case headerFields
    /// RFC 3875's meta-variables, which are made of header fields and of what the gateway knows.
    case metaVariables
  }

  /// What shows that a response is over.
  package enum ResponseEnd: Hashable, Sendable {
    /// The last byte, for the message says how long it is.
    case lastByte
    /// A record that follows the last byte; people know it by that name.
    case record(String)
    /// The server's side closes what it writes to.
    case close
  }

  /// How a target that speaks it is named.
  package enum TargetForm: Hashable, Sendable {
    /// By an address to connect to.
    case address
    /// By the path of a program that is started for each request.
    case program
    /// By a callable of a module, which a bridge hosts.
    case module
  }

  /// The folder of fixtures/ with its cases, which is also how their ids begin.
  package let folder: String
  /// The schemes of targets that speak it; none where gatespec does not play it.
  package let schemes: [String]
  package let targetForm: TargetForm
  /// The port that a target has whose text names none.
  package let defaultPort: Int?
  package let requestNames: RequestNames
  package let responseEnd: ResponseEnd
  /// Whether only gateways ask in it, so that a server of it stands behind one.
  package let isBehindGateways: Bool
  /// Whether it is spoken on a connection of two byte streams; a program has none, so no port and nothing to recognise.
  package let hasByteStream: Bool
  /// Whether its messages are lines that people can read.
  package let isText: Bool

  fileprivate init(
    folder: String, schemes: [String], targetForm: TargetForm = .address, defaultPort: Int? = nil,
    requestNames: RequestNames, responseEnd: ResponseEnd,
    isBehindGateways: Bool = true, hasByteStream: Bool = true, isText: Bool = false
  ) {
    self.folder = folder
    self.schemes = schemes
    self.targetForm = targetForm
    self.defaultPort = defaultPort
    self.requestNames = requestNames
    self.responseEnd = responseEnd
    self.isBehindGateways = isBehindGateways
    self.hasByteStream = hasByteStream
    self.isText = isText
  }
}

extension ProtocolTraits {
  fileprivate static let fastCGI = ProtocolTraits(
    folder: "fastcgi", schemes: ["fastcgi", "fastcgi+unix"], requestNames: .metaVariables,
    responseEnd: .record("END_REQUEST"))

  fileprivate static let scgi = ProtocolTraits(
    folder: "scgi", schemes: ["scgi", "scgi+unix"], requestNames: .metaVariables, responseEnd: .close)

  fileprivate static let uwsgi = ProtocolTraits(
    folder: "uwsgi", schemes: ["uwsgi", "uwsgi+unix"], requestNames: .metaVariables, responseEnd: .close)

  fileprivate static let http1 = ProtocolTraits(
    folder: "http1", schemes: ["http", "http+unix", "https"], defaultPort: 80, requestNames: .headerFields,
    responseEnd: .lastByte, isBehindGateways: false, isText: true)

  fileprivate static let cgi = ProtocolTraits(
    folder: "cgi", schemes: ["cgi"], targetForm: .program, requestNames: .metaVariables, responseEnd: .close,
    hasByteStream: false)

  fileprivate static let wsgi = ProtocolTraits(
    folder: "wsgi", schemes: ["wsgi"], targetForm: .module, requestNames: .metaVariables, responseEnd: .lastByte)
}
