// The specifications that the registry knows: names, files, and how requirement IDs begin.
//
// Data only. The rows themselves are in fixtures/requirements/.

package import Conformance

/// A specification whose requirements are in the registry.
package enum Specification: String, CaseIterable, Sendable {
  case fastCGI10 = "FastCGI 1.0"
  case rfc3875 = "RFC 3875"
  case rfc9112 = "RFC 9112"
  case rfc9110 = "RFC 9110"
  case scgiText = "SCGI"
  case uwsgiText = "uwsgi"
  case pep3333 = "PEP 3333"
  /// No specification: what gatespec itself looks for, in the same form.
  case diagnoses = "gatespec diagnoses"

  /// The name as it is cited: `FastCGI 1.0`, `RFC 3875`.
  package var name: String { rawValue }

  /// The embedded file with its rows.
  package var path: String {
    switch self {
    case .fastCGI10: "requirements/fastcgi.json"
    case .rfc3875: "requirements/cgi-rfc3875.json"
    case .rfc9112: "requirements/h1-rfc9112.json"
    case .rfc9110: "requirements/h-rfc9110.json"
    case .scgiText: "requirements/scgi.json"
    case .uwsgiText: "requirements/uwsgi.json"
    case .pep3333: "requirements/wsgi-pep3333.json"
    case .diagnoses: "requirements/diagnoses.json"
    }
  }

  /// Whether a requirement binds what a check tests: the application, not the web server in front of it; of HTTP, the
  /// server.
  package func bindsTarget(_ requirement: Requirement) -> Bool {
    let bound = requirement.binds
    switch self {
    case .fastCGI10: return ["App", "both", "sender", "receiver"].contains(bound)
    case .rfc3875: return bound == "script" || bound.contains("both")
    case .scgiText: return bound == "server (app)"
    case .uwsgiText: return bound == "server" || bound == "both"
    case .pep3333: return ["application", "both", "server/app"].contains(bound)
    // A check does not run them.
    case .diagnoses: return false
    case .rfc9112, .rfc9110:
      return ["server", "recipient", "sender", "both", "gateway"].contains { bound.contains($0) }
        && !["client", "user agent", "proxy", "intermediary", "request"].contains { bound.contains($0) }
    }
  }

  /// What the IDs of its requirements begin with.
  package var prefix: String {
    switch self {
    case .fastCGI10: "FCGI-"
    case .rfc3875: "CGI-"
    case .rfc9112: "H1-9112-"
    case .rfc9110: "H-9110-"
    case .scgiText: "SCGI-"
    case .uwsgiText: "UWSGI-"
    case .pep3333: "WSGI-"
    case .diagnoses: "DIAG-"
    }
  }

  /// The specification that an ID belongs to by its prefix; nil for a prefix that none has.
  package init?(of id: RequirementID) {
    guard let found = Self.allCases.first(where: { id.rawValue.hasPrefix($0.prefix) }) else { return nil }
    self = found
  }
}
