// CGI as the one who starts a program: its requests, and what its programs differ in.
//
// There are no bytes of a step: one run is CGIPlayer's.

import Exchanges
import Expectations
import Fixtures
import Transports
import WireBytes

struct CGIDialect: ClientDialect {
  let wireProtocol = WireProtocol.cgi
  let name = "CGI"
  let portName = "a program"
  /// A program's answer ends with it.
  let answered = Milestone.close
  /// A program that was started speaks CGI as well as it can.
  let questionOfSilence: String? = nil

  func plainRequest(query: [UInt8]?) -> Step.Verb { .cgiRequest(CGIRequest(query: query)) }

  func request(_ neutral: NeutralRequest, _ profile: TargetProfile) -> Step.Verb {
    .cgiRequest(
      CGIRequest(
        method: neutral.method, query: neutral.query, pathInfo: neutral.pathInfo.percentDecoded,
        pairs: neutral.addressVariables(profile) + neutral.fieldVariables, body: neutral.body ?? .bytes([]),
        contentLength: neutral.body?.count))
  }

  func encoded(_ verb: Step.Verb, for profile: TargetProfile) -> [UInt8]? { nil }
  func player(_ profile: TargetProfile) -> any CasePlayer { CGIPlayer(profile: profile) }
  func makeDebts() -> any ConnectionDebts { NoDebts() }

  /// Each request starts a program of its own.
  func unfinishedRequest(_ number: UInt16) -> Step.Verb? { nil }

  func ask(
    _ profile: TargetProfile, _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError) {
    guard case .program(let path) = profile.target.address else { return }
    capabilities.nonParsedHeaders = path.split(separator: "/").last?.hasPrefix("nph-") == true
  }

  func isBegun(by answer: [UInt8]) -> Bool { false }
}
