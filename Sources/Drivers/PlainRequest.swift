// One request as a person asks for it, sent by the same players as cases, whatever the protocol.
//
// The mapping alone: how each protocol writes it is StepEncoder's and CGIEnvironment's.

import CGIWire
package import Exchanges
import Fixtures
package import Transports

/// A method, fields and a body.
package struct PlainRequest: Sendable {
  package var method: [UInt8]
  /// Header fields in order; where there are none on the wire they become meta-variables.
  package var fields: [(name: [UInt8], value: [UInt8])]
  /// Nil for no body at all.
  package var body: [UInt8]?

  package init(method: [UInt8], fields: [(name: [UInt8], value: [UInt8])] = [], body: [UInt8]? = nil) {
    self.method = method
    self.fields = fields
    self.body = body
  }

  /// Sends it.
  ///
  /// - Throws: Where the target cannot be reached, or what answers is not of its protocol.
  package func send(
    to profile: TargetProfile, timeouts: PhaseTimeouts, retention: Retention
  ) async throws(TransportError) -> PlainAnswer {
    let played = try await profile.player.play(testCase(profile), CasePace(timeouts: timeouts, retention: retention))
    let connection = played.connections[1]
    let exchange = connection?.exchanges.first
    if exchange?.response.hasHead != true, let mismatch = played.mismatch(profile.target, timeouts) {
      throw mismatch
    }
    return PlainAnswer(
      exchange: exchange, summary: connection?.summary, closing: connection?.closing ?? "",
      trouble: played.timeout?.description ?? played.remark)
  }

  /// The request as the one step of a case.
  func testCase(_ profile: TargetProfile) -> Case {
    let verb: Step.Verb
    let content = Blob.bytes(body ?? [])
    let length = body.map(\.count)
    switch profile.target.wireProtocol {
    case .http1:
      var request = HTTPRequest(
        method: method, query: profile.query.isEmpty ? nil : bytes(profile.query),
        fields: fields.map { Pair(name: .bytes($0.name), value: .bytes($0.value)) }, body: content)
      // An empty body is said to be one.
      if length == 0 { request.fields.append(Pair(name: .bytes(bytes("Content-Length")), value: .bytes([0x30]))) }
      verb = .httpRequest(request)
    case .cgi:
      verb = .cgiRequest(
        CGIRequest(method: method, pairs: variables, body: content, contentLength: length))
    default:
      let params = FastCGIParams(method: method, contentLength: length, pairs: variables)
      verb = .fastCGIRequest(FastCGIRequest(params: params, body: content))
    }
    return Case(
      id: "request", wireProtocol: profile.target.wireProtocol, summary: "", requirements: [], steps: [Step(verb)],
      expectations: [])
  }

  /// The fields as meta-variables: CONTENT_TYPE, CONTENT_LENGTH, and HTTP_ names for all others.
  ///
  /// Nothing is withheld: who writes a field means it.
  private var variables: [Pair] {
    let own = ["content-type", "content-length"]
    var list = MetaVariables.fieldVariables(
      fields.map { MetaVariables.Variable(name: $0.name, value: $0.value) }, withholding: own)
    for field in fields {
      let name = String(decoding: field.name.lowercasedASCII, as: UTF8.self)
      guard own.contains(name) else { continue }
      list.set(bytes(name.uppercased().replacing("-", with: "_")), field.value)
    }
    return list.variables.map { Pair(name: .bytes($0.name), value: .bytes($0.value)) }
  }
}

/// What came of a request.
package struct PlainAnswer: Sendable {
  /// Nil where the request did not even begin.
  package var exchange: Exchange?
  package var summary: ConnectionSummary?
  /// How the connection or the program came to its end.
  package var closing: String
  /// Why it is not whole, where that is known.
  package var trouble: String?
}
