// Conditions as sentences. One place for each condition: a new one does not compile until it has its words here.
//
// Bytes that a case holds are escaped as bytes of the wire are: a fixture may hold anything.

internal import Drivers
internal import Exchanges
internal import FastCGIWire
internal import Fixtures
internal import WireBytes

/// Words for the conditions of one case.
struct ConditionWords {
  /// Whether exchanges, or connections, must be told apart.
  private let tellsExchanges: Bool
  private let tellsConnections: Bool

  /// - Parameter conditions: All of the case: they decide what must be told apart.
  init(telling conditions: [Condition]) {
    var connections: Set<Int> = []
    var indices: Set<Int> = []
    for condition in conditions {
      switch condition {
      case .exchange(let selector, _):
        connections.insert(selector.connection)
        indices.insert(selector.index)
      case .connection(let number, _): connections.insert(number)
      }
    }
    tellsConnections = connections.count > 1 || connections.contains { $0 != 1 }
    tellsExchanges = indices.count > 1 || indices.contains { $0 != 1 }
  }

  /// The condition as a sentence without a full stop; says which exchange or connection where there are several.
  func sentence(_ condition: Condition) -> String {
    switch condition {
    case .exchange(let selector, let condition):
      var subject: [String] = []
      if tellsConnections { subject.append("connection \(selector.connection)") }
      if tellsExchanges { subject.append("request \(selector.index)") }
      return (subject.isEmpty ? "" : subject.joined(separator: ", ") + ": ") + words(condition)
    case .connection(let number, let condition):
      return (tellsConnections ? "connection \(number): " : "") + words(condition)
    }
  }

  // MARK: Exchanges

  private func words(_ condition: Condition.ExchangeCondition) -> String {
    switch condition {
    case .responseHead: return "a whole response head comes, whatever its status"
    case .status(let statuses): return "the status is \(StatusWords.list(statuses))"
    case .ending(let endings): return "the exchange ends as \(Self.either(endings.map(\.rawValue)))"
    case .protocolStatus(let statuses):
      if statuses.count == 256 { return "FCGI_END_REQUEST comes, whatever it says" }
      return "FCGI_END_REQUEST says \(Self.either(statuses.map(\.name)))"
    case .appStatus(let status): return "the application status is \(status)"
    case .body(let blob): return "the body is \(Self.blob(blob))"
    case .bodyByteCount(let count): return "the body has \(Self.bytes(count))"
    case .bodyContains(let part): return "the body contains \(Self.quoted(part))"
    case .noBody: return "there is no body"
    case .field(let name, let value): return "the field \(Self.name(name)) is \(Self.quoted(value))"
    case .hasField(let name): return "there is a field \(Self.name(name))"
    case .noField(let name): return "there is no field \(Self.name(name))"
    case .fieldValues(let name, let values):
      return "the fields \(Self.name(name)) are \(Self.list(values.map(Self.quoted))), in this order"
    case .sameFields(let other, let names):
      return "\(Self.list(names.map(Self.name))), where present, as in the response to \(place(other))"
    case .responseFraming(let framings):
      return "the body is delimited by \(Self.either(framings.map(Self.framing)))"
    case .errorStream(let blob): return "the error stream is \(Self.blob(blob))"
    case .errorStreamContains(let part): return "the error stream contains \(Self.quoted(part))"
    case .errorStreamByteCount(let count): return "the error stream has \(Self.bytes(count))"
    case .errorStreamWithout(let part): return "the error stream does not contain \(Self.quoted(part))"
    case .noErrorStream(let other): return "no error text comes, unless \(place(other)) has some too"
    case .noOutput: return "no output comes"
    case .cgiForm(let forms): return "the CGI response is a \(Self.either(forms))"
    case .exitCode(let codes): return "the program's exit code is \(Self.either(codes.map(String.init)))"
    case .signal(let signals):
      return "the program is ended by signal \(Self.either(signals.map(String.init)))"
    case .echoParams, .echoWithoutParams, .echoBodyByteCount, .echoDataByteCount, .echoRole, .echoArguments,
      .echoFields:
      return "the application " + echoWords(condition)
    }
  }

  /// Another exchange of the case.
  private func place(_ other: ExchangeSelector) -> String {
    tellsConnections ? "request \(other.index) on connection \(other.connection)" : "request \(other.index)"
  }

  /// What the probe's echo report must say.
  private func echoWords(_ condition: Condition.ExchangeCondition) -> String {
    switch condition {
    case .echoParams(let pairs):
      return "saw " + Self.list(pairs.map { "\(Self.name($0.name.bytes)) as \(Self.blob($0.value))" })
    case .echoFields(let pairs):
      return "saw " + Self.list(pairs.map { "the field \(Self.name($0.name.bytes)) as \(Self.blob($0.value))" })
    case .echoWithoutParams(let names): return "did not see \(Self.either(names.map(Self.name)))"
    case .echoBodyByteCount(let count): return "read \(Self.bytes(count)) of body"
    case .echoDataByteCount(let count): return "read \(Self.bytes(count)) of data"
    case .echoRole(let role): return "played the role \(role)"
    case .echoArguments(let arguments):
      return arguments.isEmpty ? "got no arguments" : "got the arguments \(Self.list(arguments.map(Self.quoted)))"
    default: return ""
    }
  }

  // MARK: Connections

  private func words(_ condition: Condition.ConnectionCondition) -> String {
    switch condition {
    case .completedExchanges(let count):
      return "\(count) \(count == 1 ? "request is" : "requests are") answered to the end"
    case .closedByServer(let closes): return closes ? "the target closes it" : "the target leaves it open"
    case .results(let count):
      return "\(count) FCGI_GET_VALUES_RESULT \(count == 1 ? "record comes" : "records come")"
    case .resultNames(let names):
      return names.isEmpty ? "the result names nothing" : "the result names exactly \(Self.list(names.map(Self.name)))"
    case .resultNamesWithin(let names): return "the result names nothing but \(Self.list(names.map(Self.name)))"
    case .resultMatches(let name, .digits): return "\(Self.name(name)), where named, is a decimal number"
    case .resultMatches(let name, .boolean): return "\(Self.name(name)), where named, is 0 or 1"
    case .answersAgree: return "a variable that is answered once is answered to every question for it, alike"
    case .unknownTypes(let types):
      return types.isEmpty
        ? "no FCGI_UNKNOWN_TYPE comes" : "FCGI_UNKNOWN_TYPE names \(Self.list(types.map { "type \($0)" }))"
    case .silent: return "nothing comes"
    case .protocolStatuses(let statuses): return "the requests end with \(Self.list(statuses.map(\.name)))"
    }
  }

  // MARK: Values

  private static func either(_ words: [String]) -> String { joined(words, by: "or") }
  /// All of the words, or of very many the first few and the last.
  private static func list(_ words: [String]) -> String {
    guard words.count > 32, let last = words.last else { return joined(words, by: "and") }
    return "\(words.prefix(3).joined(separator: ", ")) … and \(last) (\(words.count) in all)"
  }

  private static func joined(_ words: [String], by conjunction: String) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
  }

  private static func framing(_ framing: HTTP1BodyFramingFacts) -> String {
    switch framing {
    case .none: "nothing, as there is none"
    case .length: "Content-Length"
    case .chunked: "chunks"
    case .untilClose: "the end of the connection"
    }
  }

  private static func name(_ bytes: [UInt8]) -> String { WireText.escape(bytes, limit: 64) }
  private static func quoted(_ bytes: [UInt8]) -> String { "\"\(WireText.escape(bytes, limit: 64))\"" }
  private static func bytes(_ count: some BinaryInteger) -> String { count == 1 ? "1 byte" : "\(count) bytes" }

  private static func blob(_ blob: Blob) -> String {
    switch blob {
    case .bytes(let content):
      if content.isEmpty { return "empty" }
      return content.count > 64 ? "\(quoted(content)) (\(bytes(content.count)))" : quoted(content)
    case .fill(let byte, let count): return "\(bytes(count)), each \(quoted([byte]))"
    case .pattern(let count): return "\(bytes(count)) of the probe's pattern"
    }
  }
}
