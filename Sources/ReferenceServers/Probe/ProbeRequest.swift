// A request as the probe sees it, whatever brought it.
//
// Values only. Each interface's server fills one in from what it received.

/// The interface between a gateway and the probe.
package enum ProbeInterface: String, Hashable, Sendable {
  case cgi, fastcgi, scgi, uwsgi, wsgi, http

  /// Whether a request can end with an application status.
  package var hasApplicationStatus: Bool { self == .cgi || self == .fastcgi }
  /// Whether the probe has an error stream that reaches the gateway.
  package var hasErrorStream: Bool { self == .cgi || self == .fastcgi || self == .wsgi }
  /// Whether an answer may be a CGI redirect, a `Location` field without a status.
  package var hasRedirects: Bool { self == .cgi || self == .fastcgi || self == .scgi }
}

/// A meta-variable, or over HTTP a request field.
package struct ProbeVariable: Hashable, Sendable {
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// A request to the probe.
package struct ProbeRequest: Hashable, Sendable {
  package var interface: ProbeInterface
  /// The FastCGI role; nil over other interfaces.
  package var role: String?
  /// The command-line arguments of a CGI program.
  package var arguments: [[UInt8]] = []
  /// The meta-variables, or over HTTP the request fields, in the order received.
  package var variables: [ProbeVariable]
  package var query: ProbeQuery
  /// Whether the method is HEAD, so that no body may be sent.
  package var isHead = false
  package var contentType: [UInt8]?
  /// The length of the body as the gateway declared it; nil where it declared none.
  package var declaredLength: [UInt8]?
  /// How many body bytes came until the end of input.
  package var bodyByteCount: UInt64 = 0
  /// The body, where ``ProbeApplication/bodyUse(of:)`` asks for it.
  package var body: [UInt8] = []
  /// The FastCGI filter's second input: how many bytes came, and how many were declared.
  package var dataByteCount: UInt64?
  package var declaredDataLength: [UInt8]?

  package init(interface: ProbeInterface, variables: [ProbeVariable], query: ProbeQuery) {
    self.interface = interface
    self.variables = variables
    self.query = query
  }

  /// A request whose query, method, type and lengths stand in CGI meta-variables.
  package init(interface: ProbeInterface, metaVariables variables: [ProbeVariable]) {
    self.init(
      interface: interface, variables: variables, query: ProbeQuery(variables.value(of: "QUERY_STRING") ?? []))
    isHead = variables.value(of: "REQUEST_METHOD").map { $0.elementsEqual("HEAD".utf8) } ?? false
    contentType = variables.value(of: "CONTENT_TYPE")
    declaredLength = variables.value(of: "CONTENT_LENGTH")
    declaredDataLength = variables.value(of: "FCGI_DATA_LENGTH")
  }
}

extension [ProbeVariable] {
  /// The value of the variable `name`; of a repeated one the last, as in an environment.
  package func value(of name: String) -> [UInt8]? {
    last { $0.name.elementsEqual(name.utf8) }?.value
  }
}
