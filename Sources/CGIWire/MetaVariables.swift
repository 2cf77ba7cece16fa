// The meta-variables that a CGI request gives its program: names and values in their order.
//
// Pure values: how they reach the program (environment, FastCGI parameters) is the sender's matter. Wrong sets can
// be made on purpose by changing a right one.

internal import WireBytes

/// An ordered list of meta-variables.
///
/// Names may stand more than once and hold any bytes, as a tester needs; what is made of a ``Request`` is as RFC 3875 says.
///
/// Spec: RFC 3875 section 4.1.
public struct CGIMetaVariables: Hashable, Sendable {
  /// One meta-variable.
  public struct Variable: Hashable, Sendable {
    /// The name, any bytes.
    public var name: [UInt8]
    /// The value, any bytes.
    public var value: [UInt8]

    /// A variable of these bytes.
    public init(name: [UInt8], value: [UInt8]) {
      self.name = name
      self.value = value
    }

    /// A variable of the UTF-8 bytes of these strings.
    public init(_ name: String, _ value: String) { self.init(name: Array(name.utf8), value: Array(value.utf8)) }
  }

  /// The variables in their order.
  public var variables: [Variable]

  /// The list of these variables, as they are.
  public init(_ variables: [Variable] = []) { self.variables = variables }

  /// The value of the first variable named exactly `name`, or nil.
  public subscript(name: String) -> [UInt8]? {
    variables.first { $0.name.elementsEqual(name.utf8) }?.value
  }

  /// Appends a variable, whether one of its name is there or not.
  public mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    variables.append(Variable(name: Array(name), value: Array(value)))
  }

  /// Gives the first variable of that name another value, or appends one.
  public mutating func set(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    if let index = variables.firstIndex(where: { $0.name.elementsEqual(name) }) {
      variables[index].value = Array(value)
    } else {
      append(name, value)
    }
  }

  /// Removes every variable of that name.
  public mutating func remove(_ name: some Collection<UInt8>) {
    variables.removeAll { $0.name.elementsEqual(name) }
  }
}

extension CGIMetaVariables {
  /// A request as a gateway knows it, from which its meta-variables follow.
  ///
  /// Paths are as on the wire, still URL-encoded; they are decoded where a variable is to be.
  public struct Request: Hashable, Sendable {
    /// The method, as sent.
    public var method: [UInt8] = Array("GET".utf8)
    /// The part of the path that names the script, URL-encoded; empty for the root.
    public var scriptPath: [UInt8] = []
    /// The rest of the path, URL-encoded: empty, or beginning with a slash.
    public var extraPath: [UInt8] = []
    /// The query, URL-encoded, without its question mark.
    public var query: [UInt8] = []
    /// The body's length in bytes without transfer coding; nil where there is no body.
    public var contentLength: UInt64?
    /// The header fields in their order.
    public var fields: [Variable] = []
    /// The protocol and its version.
    public var serverProtocol: [UInt8] = Array("HTTP/1.1".utf8)
    /// The server's name, for requests without a Host field.
    public var serverName: [UInt8] = Array("localhost".utf8)
    /// The port on which the request came in.
    public var serverPort: UInt16 = 80
    /// The name and version of the gateway.
    public var serverSoftware: [UInt8] = Array("gatespec".utf8)
    /// The client's address, without brackets or port.
    public var remoteAddress: [UInt8] = Array("127.0.0.1".utf8)
    /// The folder that the document tree begins with; nil leaves PATH_TRANSLATED out.
    public var documentRoot: [UInt8]?
    /// The authentication scheme and the user, for requests that were authenticated.
    public var authentication: (scheme: [UInt8], user: [UInt8])? {
      get { authScheme.map { ($0, remoteUser) } }
      set {
        authScheme = newValue?.scheme
        remoteUser = newValue?.user ?? []
      }
    }
    private var authScheme: [UInt8]?
    private var remoteUser: [UInt8] = []

    /// A GET request for the root, without fields.
    public init() {}

    /// Takes path and query from a request target in origin form, such as `/script/extra?a=b`.
    ///
    /// - Parameters:
    ///   - target: Path and query.
    ///   - scriptPath: The script's part of the path. Where the path does not begin with it, followed by its end or a
    ///     slash, all of the path counts as the script's.
    public mutating func setTarget(_ target: some Collection<UInt8>, scriptPath: some Collection<UInt8>) {
      let target = Array(target)
      let script = Array(scriptPath)
      let mark = target.firstIndex(of: 0x3F)
      let path = Array(target[..<(mark ?? target.count)])
      query = mark.map { Array(target[($0 + 1)...]) } ?? []
      let isInside = path.starts(with: script) && (path.count == script.count || path[script.count] == 0x2F)
      self.scriptPath = isInside ? script : path
      extraPath = isInside ? Array(path[script.count...]) : []
    }
  }

  /// The meta-variables of `request`, in the order of RFC 3875 section 4.1.
  ///
  /// AUTH_TYPE, CONTENT_LENGTH, CONTENT_TYPE, PATH_INFO, PATH_TRANSLATED and REMOTE_USER are there only where they
  /// have a value; REMOTE_HOST and REMOTE_IDENT never are.
  public init(_ request: Request) {
    self.init()
    let authentication = request.authentication
    let pathInfo = request.extraPath.percentDecoded
    if let authentication { append("AUTH_TYPE".utf8, authentication.scheme) }
    if let length = request.contentLength { append("CONTENT_LENGTH".utf8, String(length).utf8) }
    if let type = request.field("content-type") { append("CONTENT_TYPE".utf8, type) }
    append("GATEWAY_INTERFACE".utf8, "CGI/1.1".utf8)
    if !pathInfo.isEmpty {
      append("PATH_INFO".utf8, pathInfo)
      if let root = request.documentRoot { append("PATH_TRANSLATED".utf8, root + pathInfo) }
    }
    append("QUERY_STRING".utf8, request.query)
    append("REMOTE_ADDR".utf8, request.remoteAddress)
    if let authentication { append("REMOTE_USER".utf8, authentication.user) }
    append("REQUEST_METHOD".utf8, request.method)
    append("SCRIPT_NAME".utf8, request.scriptPath.percentDecoded)
    append("SERVER_NAME".utf8, request.host)
    append("SERVER_PORT".utf8, String(request.serverPort).utf8)
    append("SERVER_PROTOCOL".utf8, request.serverProtocol)
    append("SERVER_SOFTWARE".utf8, request.serverSoftware)
    variables += Self.fieldVariables(request.fields).variables
  }
}

extension CGIMetaVariables.Request {
  /// The value of the first field of that lower-case name, or nil.
  func field(_ name: String) -> [UInt8]? {
    fields.first { $0.name.equalsIgnoringCase(name.utf8) }?.value
  }

  /// The host of the Host field without its port, or the server's name.
  var host: [UInt8] {
    guard let host = field("host"), !host.isEmpty else { return serverName }
    if host[0] == 0x5B, let bracket = host.firstIndex(of: 0x5D) { return Array(host[...bracket]) }
    return host.firstIndex(of: 0x3A).map { Array(host[..<$0]) } ?? host
  }
}
