// The specifications that the registry knows: names, files, and how requirement IDs begin.
//
// Data only. The rows themselves are in fixtures/requirements/.

package import Conformance

/// A specification whose requirements are in the registry.
package enum Specification: String, CaseIterable, Sendable {
  case fastCGI = "FastCGI 1.0"
  case cgi = "RFC 3875"
  case http1 = "RFC 9112"
  case http = "RFC 9110"
  case scgi = "SCGI"
  case uwsgi = "uwsgi"
  case wsgi = "PEP 3333"
  /// No specification: what gatespec itself looks for, in the same form.
  case diagnoses = "gatespec diagnoses"

  /// The name as it is cited: `FastCGI 1.0`, `RFC 3875`.
  package var name: String { rawValue }

  /// The embedded file with its rows.
  package var path: String {
    switch self {
    case .fastCGI: "requirements/fastcgi.json"
    case .cgi: "requirements/cgi-rfc3875.json"
    case .http1: "requirements/h1-rfc9112.json"
    case .http: "requirements/h-rfc9110.json"
    case .scgi: "requirements/scgi.json"
    case .uwsgi: "requirements/uwsgi.json"
    case .wsgi: "requirements/wsgi-pep3333.json"
    case .diagnoses: "requirements/diagnoses.json"
    }
  }

  /// Whether a requirement binds what a check tests: the application, not the web server in front of it; of HTTP, the
  /// server.
  package func bindsTarget(_ requirement: Requirement) -> Bool {
    let bound = requirement.binds
    switch self {
    case .fastCGI: return ["App", "both", "sender", "receiver"].contains(bound)
    case .cgi: return bound == "script" || bound.contains("both")
    case .scgi: return bound == "server (app)"
    case .uwsgi: return bound == "server" || bound == "both"
    case .wsgi: return ["application", "both", "server/app"].contains(bound)
    // A check does not run them.
    case .diagnoses: return false
    case .http1, .http:
      return ["server", "recipient", "sender", "both", "gateway"].contains { bound.contains($0) }
        && !["client", "user agent", "proxy", "intermediary", "request"].contains { bound.contains($0) }
    }
  }

  /// What the IDs of its requirements begin with.
  package var prefix: String {
    switch self {
    case .fastCGI: "FCGI-"
    case .cgi: "CGI-"
    case .http1: "H1-9112-"
    case .http: "H-9110-"
    case .scgi: "SCGI-"
    case .uwsgi: "UWSGI-"
    case .wsgi: "WSGI-"
    case .diagnoses: "DIAG-"
    }
  }

  /// The specification that an ID belongs to by its prefix; nil for a prefix that none has.
  package init?(of id: RequirementID) {
    guard let found = Self.allCases.first(where: { id.rawValue.hasPrefix($0.prefix) }) else { return nil }
    self = found
  }
}
