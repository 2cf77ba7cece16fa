// All that playing needs to know of an interface: a folder beside this file for each, and its line in the list here.
//
// What a case is, how its connections are driven and how a target is judged is the same for all of them.

import Exchanges
import Fixtures
import Transports

/// Every interface that can be played.
enum ClientDialects {
  static let all: [any ClientDialect] = [
    FastCGIDialect(), HTTP1Dialect(), CGIDialect(), SCGIDialect(), UWSGIDialect(), WSGIDialect(),
  ]
}

/// An interface as a client speaks it.
protocol ClientDialect: Sendable {
  var wireProtocol: WireProtocol { get }

  // What steps are.

  /// The step that asks for what any target of the interface answers.
  func plainRequest(query: [UInt8]?) -> Step.Verb
  /// A neutral request as one of the interface's own.
  func request(_ neutral: NeutralRequest, _ profile: TargetProfile) -> Step.Verb
  /// The bytes that one of the interface's own steps sends; nil for any other step.
  func encoded(_ verb: Step.Verb, for profile: TargetProfile) -> [UInt8]?

  /// The meta-variables of a plain request, where the interface has any.
  func variables(
    _ profile: TargetProfile, method: [UInt8], contentLength: Int?
  ) -> [(name: [UInt8], value: [UInt8])]

  // How its cases are played.

  /// What carries cases to a target.
  func player(_ profile: TargetProfile) -> any CasePlayer
  /// The debts of a new connection.
  func makeDebts() -> any ConnectionDebts

  // What a target is asked before its cases run.

  /// The beginning of a request, which a target waits for the rest of; nil where each request meets a process of its own.
  ///
  /// - Parameter number: Tells such requests apart, from 1.
  func unfinishedRequest(_ number: UInt16) -> Step.Verb?
  /// What shows that the only request on a connection, a plain one, was answered.
  var answered: Milestone { get }
  /// Whether a request that came to its end was served, and not turned away because another connection has one.
  func isServed(_ exchange: Exchange) -> Bool
  /// So many requests on one kept connection, each sent once the one before it was answered; none where nobody asks how
  /// far a kept connection goes.
  func keptRequests(_ count: Int) -> [Step]
  /// What generates requests to a target; nil where nobody wrote that.
  func explorer(_ profile: TargetProfile, seed: UInt64) -> (any RequestExplorer)?
  /// What an ordinary answer to a plain request would have been, where this one is none: in one line, with the remedy.
  func remark(on exchange: Exchange, _ profile: TargetProfile) -> String?
  /// Asks for what only targets of this interface differ in.
  func ask(
    _ profile: TargetProfile, _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError)

  // How it shows that something else is spoken.

  /// What messages call it.
  var name: String { get }
  /// What messages call a port where it is spoken, with an article.
  var portName: String { get }
  /// Whether an answer that begins so is one of this interface, whatever was asked for.
  func isBegun(by answer: [UInt8]) -> Bool
  /// Whether what the target said on a connection is not of this interface.
  func isForeign(_ connection: PlayedConnection) -> Bool
  /// What to ask about a connection that was closed without an answer; nil where no answer at all is held against the
  /// address.
  var questionOfSilence: String? { get }
}

extension ClientDialect {
  func variables(
    _ profile: TargetProfile, method: [UInt8], contentLength: Int?
  ) -> [(name: [UInt8], value: [UInt8])] {
    profile.variables(method: method, query: nil, contentLength: contentLength)
  }
  func player(_ profile: TargetProfile) -> any CasePlayer { SocketPlayer(profile: profile) }
  func isServed(_ exchange: Exchange) -> Bool { true }
  func keptRequests(_ count: Int) -> [Step] { [] }
  func remark(on exchange: Exchange, _ profile: TargetProfile) -> String? { nil }
  func explorer(_ profile: TargetProfile, seed: UInt64) -> (any RequestExplorer)? { nil }
  func ask(
    _ profile: TargetProfile, _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError) {}
  func isForeign(_ connection: PlayedConnection) -> Bool { false }
}

extension WireProtocol {
  /// The dialect of an interface that a target may have.
  var dialect: any ClientDialect {
    guard let dialect = ClientDialects.all.first(where: { $0.wireProtocol == self }) else {
      preconditionFailure("no target speaks \(rawValue)")
    }
    return dialect
  }
}

extension TargetProfile {
  /// The dialect that the target speaks.
  var dialect: any ClientDialect { target.wireProtocol.dialect }
}
