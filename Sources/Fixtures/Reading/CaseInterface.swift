// What fixture files may say of an interface: one entry for each that cases are written for.

internal import Exchanges
internal import YAMLTree

/// An interface as fixture files know it.
struct CaseInterface: Sendable {
  let wireProtocol: WireProtocol
  /// The case that everything else over this interface rests on.
  let baseline: String
  /// The verbs that only this interface has; those of any byte stream come to them where it has one.
  let verbs: [String]
  /// Reads one of these verbs; nil where it cannot be read, and that was reported.
  let read: @Sendable (_ verb: String, _ value: Node, inout FixtureReader) -> Step.Verb?

  /// Every interface that cases are written for, in the order in which neutral cases name them.
  static let all: [CaseInterface] = [
    CaseInterface(
      wireProtocol: .fastCGI, baseline: "fastcgi/responder/baseline", verbs: FastCGIVerb.allCases.map(\.rawValue),
      read: { name, value, reader in FastCGIVerb(rawValue: name).flatMap { reader.verb($0, value) } }),
    CaseInterface(
      wireProtocol: .cgi, baseline: "cgi/request/baseline", verbs: ["request"],
      read: { _, value, reader in reader.cgiRequest(value).map { .cgiRequest($0) } }),
    CaseInterface(
      wireProtocol: .scgi, baseline: "scgi/request/baseline", verbs: ["request"],
      read: { _, value, reader in
        reader.variableBlockRequest(value, hasModifiers: false).map { .variableBlockRequest($0) }
      }),
    CaseInterface(
      wireProtocol: .uwsgi, baseline: "uwsgi/request/baseline", verbs: ["request"],
      read: { _, value, reader in
        reader.variableBlockRequest(value, hasModifiers: true).map { .variableBlockRequest($0) }
      }),
    CaseInterface(
      wireProtocol: .wsgi, baseline: "wsgi/call/baseline", verbs: ["request"],
      read: { _, value, reader in reader.wsgiRequest(value).map { .wsgiRequest($0) } }),
    CaseInterface(
      wireProtocol: .http1, baseline: "http1/requests/baseline", verbs: ["request"],
      read: { _, value, reader in reader.httpRequest(value).map { .httpRequest($0) } }),
  ]
}

extension WireProtocol {
  /// What fixture files know of it; nil for a protocol that cases can only send bytes in.
  var asInterface: CaseInterface? { CaseInterface.all.first { $0.wireProtocol == self } }
}
