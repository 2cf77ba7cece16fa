// FastCGI as a client speaks it: its requests, and how it shows that it is not what is spoken.
//
// What its steps send and what its targets are asked stands in the extensions.

import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Transports

struct FastCGIDialect: ClientDialect {
  let wireProtocol = WireProtocol.fastCGI
  let name = "FastCGI"
  let portName = "a FastCGI port"
  let answered = Milestone.endRequest(id: 1)
  let questionOfSilence: String? =
    "is it a fastcgi server, and may this address connect (php-fpm's listen.allowed_clients)?"

  func plainRequest(query: [UInt8]?) -> Step.Verb { .fastCGIRequest(plainRequest(query: query, role: .responder)) }

  /// A request that any target which offers the role answers.
  func plainRequest(query: [UInt8]? = nil, role: FastCGIRole) -> FastCGIRequest {
    var request = FastCGIRequest(role: role, params: RequestVariables(query: query))
    if role == .filter {
      request.data = .bytes(bytes("data"))
      request.params.pairs = [
        Pair(name: .bytes(bytes("FCGI_DATA_LAST_MOD")), value: .bytes(bytes("0"))),
        Pair(name: .bytes(bytes("FCGI_DATA_LENGTH")), value: .bytes(bytes("4"))),
      ]
    }
    return request
  }

  func request(_ neutral: NeutralRequest, _ profile: TargetProfile) -> Step.Verb {
    let params = RequestVariables(
      method: neutral.method, query: neutral.query, contentLength: neutral.body?.count,
      pairs: neutral.addressVariables(profile) + neutral.pathVariables(profile) + neutral.fieldVariables)
    return .fastCGIRequest(FastCGIRequest(params: params, body: neutral.body ?? .bytes([])))
  }

  func makeDebts() -> any ConnectionDebts { FastCGIDebts() }

  // MARK: Questions

  /// Each has an ID of its own: that one ID may be active on two connections is a case's matter.
  func unfinishedRequest(_ number: UInt16) -> Step.Verb? {
    .beginRequest(ids: number...number, role: .responder, flags: 0, reserved: 0, framing: RecordFraming())
  }

  func isServed(_ exchange: Exchange) -> Bool { exchange.fastCGI?.end?.protocolStatus == .requestComplete }

  func keptRequests(_ count: Int) -> [Step] {
    (0..<count).flatMap { _ in
      [Step(.fastCGIRequest(FastCGIRequest(flags: FastCGIFlag.keepConnection))), Step(.waitFor(answered))]
    }
  }

  // MARK: Other protocols

  func isBegun(by answer: [UInt8]) -> Bool { answer.starts(with: [1]) }

  func isForeign(_ connection: PlayedConnection) -> Bool {
    connection.summary?.fastCGI?.fromServer.notARecord == 0
  }
}
