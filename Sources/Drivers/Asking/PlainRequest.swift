// One request as a person asks for it, sent by the same players as cases, whatever the protocol.
//
// What becomes of it over each interface is NeutralLowering's.

package import Exchanges
import Expectations
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

  private var neutral: NeutralRequest {
    NeutralRequest(
      method: method, fields: fields.map { Pair(name: .bytes($0.name), value: .bytes($0.value)) },
      body: body.map { .bytes($0) })
  }

  /// The request as the one step of a case.
  func testCase(_ profile: TargetProfile) -> Case {
    Case(
      id: "request", wireProtocol: profile.target.wireProtocol, summary: "", requirements: [],
      steps: [Step(.request(neutral))], expectations: [])
  }

  /// The request's meta-variables, for who writes it by other means; a field of it replaces a variable of that name.
  package func variables(for profile: TargetProfile) -> [(name: [UInt8], value: [UInt8])] {
    let own = neutral.fieldVariables.map { (name: $0.name.bytes, value: $0.value.bytes) }
    let names = Set(own.map(\.name))
    let base = profile.dialect.variables(profile, method: method, contentLength: body?.count)
    return base.filter { !names.contains($0.name) } + own
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
