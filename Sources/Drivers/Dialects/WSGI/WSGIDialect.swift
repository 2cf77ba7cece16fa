// WSGI as a server speaks it, by the bridge that gatespec hosts applications with: a connection for each call.
//
// What passes is WSGIWire's; the process is Transports'.

import CGIWire
import Exchanges
import Expectations
import Fixtures
import Transports
import WSGIWire
import WireBytes

struct WSGIDialect: ClientDialect {
  let wireProtocol = WireProtocol.wsgi
  let name = "WSGI"
  let portName = "a WSGI application"
  /// The bridge closes after each call.
  let answered = Milestone.close
  /// The bridge speaks as it should; what it has to say of an application, it says.
  let questionOfSilence: String? = nil

  func plainRequest(query: [UInt8]?) -> Step.Verb {
    .wsgiRequest(WSGIRequest(variables: RequestVariables(query: query)))
  }

  func request(_ neutral: NeutralRequest, _ profile: TargetProfile) -> Step.Verb {
    var pairs = neutral.fieldVariables
    if !neutral.pathInfo.isEmpty {
      let script = profile.path == "/" ? [] : bytes(profile.path)
      pairs.append(Pair(name: .bytes(bytes("SCRIPT_NAME")), value: .bytes(script)))
      pairs.append(Pair(name: .bytes(bytes("PATH_INFO")), value: .bytes(neutral.pathInfo.percentDecoded)))
    }
    let variables = RequestVariables(
      method: neutral.method, query: neutral.query, contentLength: neutral.body?.count, pairs: pairs)
    return .wsgiRequest(WSGIRequest(variables: variables, body: neutral.body ?? .bytes([])))
  }

  func makeDebts() -> any ConnectionDebts { WSGIDebts() }

  /// Each call may meet another process.
  func unfinishedRequest(_ number: UInt16) -> Step.Verb? { nil }

  func isBegun(by answer: [UInt8]) -> Bool { false }

  func ask(
    _ profile: TargetProfile, _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError) {
    let played = try await questions.play([Step(plainRequest(query: nil))], wireProtocol)
    guard let facts = played.connections[1]?.exchanges.first?.wsgi else { return }
    capabilities.middleware = facts.hasInner
    guard let failure = facts.failure else { return }
    throw TransportError(
      .failed, "\(profile.target.description) cannot be hosted: \(failure)", context: profile.target.description)
  }

  // MARK: The lines of a call

  func encoded(_ verb: Step.Verb, for profile: TargetProfile) -> [UInt8]? {
    guard case .wsgiRequest(let request) = verb else { return nil }
    var output = bytes("gatespec-wsgi 1\n")
    for pair in variables(request.variables, profile) {
      WSGIStatement("variable", [pair.name, pair.value]).append(to: &output)
    }
    for offer in request.server {
      WSGIStatement("offer", [bytes(offer.name), bytes(offer.value)]).append(to: &output)
    }
    if request.body.count > 0 { WSGIStatement("body").append(to: &output, payload: request.body.bytes) }
    WSGIStatement("call").append(to: &output)
    return output
  }

  /// Variables of CGI that a server of WSGI has no use for: nothing of them is a file.
  private static let ofPrograms: Set = [
    "GATEWAY_INTERFACE", "REDIRECT_STATUS", "SCRIPT_FILENAME", "DOCUMENT_ROOT", "REQUEST_URI", "SERVER_ADDR",
  ].reduce(into: Set<[UInt8]>()) { $0.insert(bytes($1)) }

  func variables(
    _ profile: TargetProfile, method: [UInt8], contentLength: Int?
  ) -> [(name: [UInt8], value: [UInt8])] {
    Self.hosted(profile.variables(method: method, query: nil, contentLength: contentLength), profile)
  }

  /// What a server of WSGI makes of the variables that a program of CGI would have.
  private static func hosted(
    _ variables: [(name: [UInt8], value: [UInt8])], _ profile: TargetProfile
  ) -> [(name: [UInt8], value: [UInt8])] {
    let users = Set(profile.parameters.map { bytes($0.name) })
    var list = variables.filter { users.contains($0.name) || !ofPrograms.contains($0.name) }
    // The application is the whole of what is served: a path is not a script's.
    if !users.contains(bytes("SCRIPT_NAME")), let index = list.firstIndex(where: { $0.name == bytes("SCRIPT_NAME") }) {
      list[index].value = []
      list.insert((bytes("PATH_INFO"), bytes(profile.path).percentDecoded), at: index + 1)
    }
    return list
  }

  /// The variables in the order in which they are sent; a name of the base is replaced in its place.
  private func variables(
    _ variables: RequestVariables, _ profile: TargetProfile
  ) -> [(name: [UInt8], value: [UInt8])] {
    var list: [(name: [UInt8], value: [UInt8])] = []
    if variables.base {
      list = Self.hosted(
        profile.variables(
          method: variables.method, query: variables.query, contentLength: variables.contentLength), profile)
      list.removeAll { variables.without.contains($0.name) }
    }
    for pair in variables.pairs {
      if let index = list.firstIndex(where: { $0.name == pair.name.bytes }) {
        list[index].value = pair.value.bytes
      } else {
        list.append((pair.name.bytes, pair.value.bytes))
      }
    }
    return variables.reversed ? list.reversed() : list
  }
}

/// What is owed on one connection to the bridge: a whole call, which its close ends.
struct WSGIDebts: ConnectionDebts {
  private(set) var isOwed = false

  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) {
    if case .wsgiRequest = verb { isOwed = true }
  }

  mutating func noteResponse() { isOwed = false }
  mutating func noteClosed() { isOwed = false }
}
