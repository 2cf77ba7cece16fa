// What each condition of a case takes for right, and what for wrong: for every kind an exchange or a connection that
// holds, and one that differs.

import Conformance
import Drivers
import Exchanges
import FastCGIWire
import Fixtures
import Testing
import WireBytes

/// A condition, what it does not hold of, and what is then said.
private struct Row: Sendable, CustomTestStringConvertible {
  var condition: Condition
  /// Makes of what it holds of something that it does not hold of.
  var spoil: @Sendable (inout PlayedConnection) -> Void
  /// A part of the finding.
  var words: String
  var testDescription: String { "\(ConditionKind(condition).rawValue): \(words)" }

  /// A condition about the exchange of ``JudgedCase/sound``.
  static func exchange(
    _ condition: Condition.ExchangeCondition, _ words: String, _ spoil: @escaping @Sendable (inout Exchange) -> Void
  ) -> Row {
    Row(
      condition: .exchange(ExchangeSelector(), condition), spoil: { spoil(&$0.exchanges[0]) }, words: words)
  }

  /// A condition about its connection.
  static func connection(
    _ condition: Condition.ConnectionCondition, _ words: String,
    _ spoil: @escaping @Sendable (inout PlayedConnection) -> Void
  ) -> Row {
    Row(condition: .connection(1, condition), spoil: spoil, words: words)
  }
}

/// Every kind of condition: the compiler asks for one where a condition is added, and a test for its row.
private enum ConditionKind: String, CaseIterable {
  case responseHead, status, ending, protocolStatus, appStatus, body, bodyByteCount, bodyContains, field, hasField
  case noField, sameFields, responseFraming, fieldValues, errorStream, errorStreamContains, errorStreamByteCount
  case errorStreamWithout, noErrorStream
  case echoParams, echoWithoutParams, echoBodyByteCount, echoDataByteCount, echoRole, echoArguments, echoFields
  case noOutput, cgiForm, exitCode, signal, noBody
  case completedExchanges, closedByServer, results, resultNames, resultNamesWithin, resultMatches, unknownTypes, silent
  case protocolStatuses, answersAgree

  init(_ condition: Condition) {
    switch condition {
    case .exchange(_, let condition): self.init(condition)
    case .connection(_, let condition): self.init(condition)
    }
  }

  private init(_ condition: Condition.ExchangeCondition) {
    switch condition {
    case .responseHead: self = .responseHead
    case .status: self = .status
    case .ending: self = .ending
    case .protocolStatus: self = .protocolStatus
    case .appStatus: self = .appStatus
    case .body: self = .body
    case .bodyByteCount: self = .bodyByteCount
    case .bodyContains: self = .bodyContains
    case .field: self = .field
    case .hasField: self = .hasField
    case .noField: self = .noField
    case .sameFields: self = .sameFields
    case .responseFraming: self = .responseFraming
    case .fieldValues: self = .fieldValues
    case .errorStream: self = .errorStream
    case .errorStreamContains: self = .errorStreamContains
    case .errorStreamByteCount: self = .errorStreamByteCount
    case .errorStreamWithout: self = .errorStreamWithout
    case .noErrorStream: self = .noErrorStream
    case .echoParams: self = .echoParams
    case .echoWithoutParams: self = .echoWithoutParams
    case .echoBodyByteCount: self = .echoBodyByteCount
    case .echoDataByteCount: self = .echoDataByteCount
    case .echoRole: self = .echoRole
    case .echoArguments: self = .echoArguments
    case .echoFields: self = .echoFields
    case .noOutput: self = .noOutput
    case .cgiForm: self = .cgiForm
    case .exitCode: self = .exitCode
    case .signal: self = .signal
    case .noBody: self = .noBody
    }
  }

  private init(_ condition: Condition.ConnectionCondition) {
    switch condition {
    case .completedExchanges: self = .completedExchanges
    case .closedByServer: self = .closedByServer
    case .results: self = .results
    case .resultNames: self = .resultNames
    case .resultNamesWithin: self = .resultNamesWithin
    case .resultMatches: self = .resultMatches
    case .unknownTypes: self = .unknownTypes
    case .answersAgree: self = .answersAgree
    case .silent: self = .silent
    case .protocolStatuses: self = .protocolStatuses
    }
  }
}

/// Cases that are judged without being played.
private enum JudgedCase {
  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  static func content(_ text: String) -> Content {
    var content = Content()
    let bytes = bytes(text)
    unsafe content.append(bytes.span.bytes, limit: .max)
    return content
  }

  static func pair(_ name: String, _ value: String) -> Pair {
    Pair(name: .bytes(bytes(name)), value: .bytes(bytes(value)))
  }

  static let report = """
    gatespec-probe 1
    interface fastcgi
    role responder
    param A b
    field x-a b
    argument 0 one
    body 4
    data 0

    """

  /// What every condition of the table holds of.
  static var sound: PlayedConnection {
    let info = ConnectionInfo(id: 1, client: .named("client"), server: .named("server"))
    var exchange = Exchange(.fastCGI, connection: info, index: 1)
    exchange.ending = .complete
    exchange.response.hasHead = true
    exchange.response.status = 200
    exchange.response.fields.append(name: bytes("X-A"), value: bytes("b"))
    exchange.response.body = content(report)
    exchange.response.range = 8..<80
    exchange.errorStream = content("oops")
    var facts = FastCGIFacts(requestID: 1)
    facts.end = FastCGIEndRequestBody(appStatus: 3, protocolStatus: .requestComplete)
    exchange.fastCGI = facts
    exchange.http1 = HTTP1Facts()
    exchange.http1?.responseFraming = .length
    exchange.cgi = CGIResponseFacts()
    exchange.cgi?.form = .document
    exchange.process = ProcessFacts()
    exchange.process?.exitCode = 0
    exchange.process?.signal = 9
    var summary = ConnectionSummary(connection: info, wireProtocol: .fastCGI)
    var connection = FastCGIConnectionFacts()
    connection.results.count = 1
    connection.resultPairs.append(name: bytes("FCGI_MAX_CONNS"), value: bytes("10"))
    connection.unknownTypesAnswered = [40]
    summary.fastCGI = connection
    var played = PlayedConnection()
    played.exchanges = [exchange]
    played.summary = summary
    played.closedByServer = true
    return played
  }

  static func findings(_ outcomes: [Outcome], _ connection: PlayedConnection) -> (findings: [Finding], skip: String?) {
    let testCase = Case(
      id: "fastcgi/test/case", wireProtocol: .fastCGI, summary: "", requirements: ["FCGI-6.1-1"], steps: [],
      expectations: [Expectation(outcomes: outcomes)])
    var played = PlayedCase()
    played.connections[1] = connection
    return ExpectationJudge(testCase: testCase, played: played, severity: { _ in .must }, offered: []).judge()
  }
}

@Suite struct ExpectationJudgeTests {
  private typealias Judged = JudgedCase
  private static func bytes(_ text: String) -> [UInt8] { JudgedCase.bytes(text) }

  /// Body, error stream and output are emptied for those that ask for nothing.
  private static let rows: [Row] = [
    .exchange(.responseHead, "no response head came") { $0.response.hasHead = false },
    .exchange(.status([200, 204]), "status was 404") { $0.response.status = 404 },
    .exchange(.status([200]), "no status came") { $0.response.status = nil },
    .exchange(.ending([.complete]), "server-closed") { $0.ending = .serverClosed },
    .exchange(.protocolStatus([.requestComplete]), "status was overloaded") {
      $0.fastCGI?.end?.protocolStatus = .overloaded
    },
    .exchange(.protocolStatus([.requestComplete]), "no FCGI_END_REQUEST came") { $0.fastCGI?.end = nil },
    .exchange(.appStatus(3), "application status was 4") { $0.fastCGI?.end?.appStatus = 4 },
    .exchange(.body(.bytes(bytes(Judged.report))), "body differs at byte 0") { $0.response.body = Judged.content("x") },
    .exchange(.bodyByteCount(UInt64(Judged.report.utf8.count)), "body has 1 bytes") {
      $0.response.body = Judged.content("x")
    },
    .exchange(.bodyContains(bytes("probe")), "body lacks \"probe\"") { $0.response.body = Judged.content("x") },
    .exchange(.field(name: bytes("x-a"), value: bytes("b")), "x-a was absent") { $0.response.fields = FieldList() },
    .exchange(.hasField(name: bytes("X-A")), "X-A is absent") { $0.response.fields = FieldList() },
    .exchange(.noField(name: bytes("X-B")), "X-B is \"c\"") {
      $0.response.fields.append(name: bytes("X-B"), value: bytes("c"))
    },
    .exchange(.fieldValues(name: bytes("X-A"), values: [bytes("b")]), "expected \"b\"") {
      $0.response.fields.append(name: bytes("X-A"), value: bytes("c"))
    },
    .exchange(.responseFraming([.length]), "until-close") { $0.http1?.responseFraming = .untilClose },
    .exchange(.errorStream(.bytes(bytes("oops"))), "error stream has 0 bytes") { $0.errorStream = Content() },
    .exchange(.errorStreamContains(bytes("oo")), "lacks \"oo\"") { $0.errorStream = Content() },
    .exchange(.errorStreamByteCount(4), "has 0 bytes, expected 4") { $0.errorStream = Content() },
    .exchange(.errorStreamWithout(bytes("no")), "contains \"no\"") { $0.errorStream = Judged.content("no") },
    .exchange(.cgiForm(["document"]), "local-redirect") { $0.cgi?.form = .localRedirect },
    .exchange(.exitCode([0]), "exit code was 1") { $0.process?.exitCode = 1 },
    .exchange(.signal([9]), "signal 11") { $0.process?.signal = 11 },
    .exchange(.noOutput, "7 bytes of output") { $0.cgi?.outputByteCount = 7 },
  ]

  private static func echo(_ line: String, _ other: String) -> @Sendable (inout Exchange) -> Void {
    { $0.response.body = Judged.content(Judged.report.replacing(line, with: other)) }
  }

  private static let echoes: [Row] = [
    .exchange(
      .echoParams([Judged.pair("A", "b"), Judged.pair("EMPTY", "")]), "parameter A was absent", echo("A b", "B b")),
    .exchange(.echoParams([Judged.pair("A", "b")]), "no echo report") { $0.response.body = Judged.content("hello") },
    .exchange(.echoWithoutParams([bytes("B")]), "though it was not sent", echo("A b", "B b")),
    .exchange(.echoBodyByteCount(4), "read 5 bytes of body", echo("body 4", "body 5")),
    .exchange(.echoDataByteCount(0), "read no bytes of data", echo("data 0", "other 0")),
    .exchange(.echoRole("responder"), "role was filter", echo("role responder", "role filter")),
    .exchange(.echoArguments([bytes("one")]), "the arguments were", echo("0 one", "0 two")),
    .exchange(.echoFields([Judged.pair("x-a", "b")]), "field x-a was \"c\"", echo("x-a b", "x-a c")),
  ]

  private static let connections: [Row] = [
    .connection(.completedExchanges(1), "0 exchanges") { $0.exchanges[0].ending = .serverClosed },
    .connection(.closedByServer(true), "left the connection open") { $0.closedByServer = false },
    .connection(.results(1), "0 FCGI_GET_VALUES_RESULT") { $0.summary?.fastCGI?.results.count = 0 },
    .connection(.resultNames([bytes("FCGI_MAX_CONNS")]), "the result names none") {
      $0.summary?.fastCGI?.resultPairs = FieldList()
    },
    .connection(.resultNamesWithin([bytes("FCGI_MAX_CONNS")]), "\"X\"") {
      $0.summary?.fastCGI?.resultPairs.append(name: bytes("X"), value: [])
    },
    .connection(.resultNamesWithin([bytes("FCGI_MAX_CONNS")]), "ends inside a pair") {
      $0.summary?.fastCGI?.resultTruncatedPair = 8
    },
    .connection(.resultMatches(name: bytes("FCGI_MAX_CONNS"), .digits), "is \"many\"") {
      $0.summary?.fastCGI?.resultPairs = FieldList()
      $0.summary?.fastCGI?.resultPairs.append(name: bytes("FCGI_MAX_CONNS"), value: bytes("many"))
    },
    .connection(.answersAgree, "FCGI_MPXS_CONNS was \"1\", \"0\"") {
      $0.summary?.fastCGI?.resultPairs.append(name: bytes("FCGI_MPXS_CONNS"), value: bytes("1"))
      $0.summary?.fastCGI?.resultPairs.append(name: bytes("FCGI_MPXS_CONNS"), value: bytes("0"))
    },
    .connection(.unknownTypes([40]), "answered the types none") { $0.summary?.fastCGI?.unknownTypesAnswered = [] },
    .connection(.silent, "3 bytes came") { $0.summary?.responseByteCount = 3 },
    .connection(.protocolStatuses([.requestComplete]), "the protocol statuses were 2") {
      $0.exchanges[0].fastCGI?.end?.protocolStatus = .overloaded
    },
  ]

  private static let all = rows + echoes + connections

  @Test("a condition holds of what is right", arguments: all) private func holds(_ row: Row) {
    let judged = Judged.findings([Outcome(conditions: [row.condition])], Judged.sound)
    #expect(judged.findings.isEmpty && judged.skip == nil, "\(judged.findings.map(\.message))")
  }

  @Test("a condition does not hold of what differs", arguments: all) private func differs(_ row: Row) throws {
    var connection = Judged.sound
    row.spoil(&connection)
    let judged = Judged.findings([Outcome(conditions: [row.condition])], connection)
    let finding = try #require(judged.findings.first)
    #expect(judged.findings.count == 1 && finding.verdict == .fail && finding.requirement == "FCGI-6.1-1")
    #expect(finding.message.contains(row.words), "\(finding.message)")
  }

  /// Those that need a body of another kind, or another exchange, have tests of their own.
  @Test func everyConditionHasARow() {
    let covered = Set(Self.all.map { ConditionKind($0.condition) } + [.noBody, .noErrorStream, .sameFields])
    #expect(covered == Set(ConditionKind.allCases))
  }

  @Test func noBodyHoldsOfAnEmptyBodyOnly() {
    let condition = Condition.exchange(ExchangeSelector(), .noBody)
    var connection = Judged.sound
    #expect(!Judged.findings([Outcome(conditions: [condition])], connection).findings.isEmpty)
    connection.exchanges[0].response.body = Content()
    #expect(Judged.findings([Outcome(conditions: [condition])], connection).findings.isEmpty)
  }

  @Test(
    "error text is held against an exchange unless another one has some as well", arguments: ["", "oops", "always"])
  func noErrorStream(_ other: String) {
    var connection = Judged.sound
    var second = connection.exchanges[0]
    second.index = 2
    second.errorStream = Judged.content(other)
    connection.exchanges.append(second)
    let condition = Condition.exchange(ExchangeSelector(), .noErrorStream(unless: ExchangeSelector(index: 2)))
    #expect(Judged.findings([Outcome(conditions: [condition])], connection).findings.isEmpty == !other.isEmpty)
    connection.exchanges[0].errorStream = Content()
    #expect(Judged.findings([Outcome(conditions: [condition])], connection).findings.isEmpty)
  }

  @Test("fields that are there are those of the other exchange", arguments: ["b", "c", nil])
  func sameFields(_ value: String?) {
    var connection = Judged.sound
    var second = connection.exchanges[0]
    second.index = 2
    second.response.fields = FieldList()
    if let value { second.response.fields.append(name: Self.bytes("x-a"), value: Self.bytes(value)) }
    connection.exchanges.append(second)
    let condition = Condition.exchange(
      ExchangeSelector(index: 2), .sameFields(as: ExchangeSelector(), names: [Self.bytes("X-A")]))
    #expect(Judged.findings([Outcome(conditions: [condition])], connection).findings.isEmpty == (value != "c"))
  }

  @Test func whatIsNotThereIsNamed() {
    var connection = Judged.sound
    connection.exchanges = []
    let head = Outcome(conditions: [.exchange(ExchangeSelector(), .responseHead)])
    #expect(Judged.findings([head], connection).findings.map(\.message) == ["there is no exchange 1 on connection 1"])
    let other = Outcome(conditions: [.connection(2, .silent)])
    #expect(Judged.findings([other], connection).findings.map(\.message) == ["connection 2 was not opened"])
    let silence = Outcome(conditions: [.exchange(ExchangeSelector(), .noOutput)])
    #expect(Judged.findings([silence], connection).findings.isEmpty, "a request that never began has no output")
  }

  @Test func theFirstOutcomeWhoseConditionsAllHoldDecides() {
    let head = Condition.exchange(ExchangeSelector(), .responseHead)
    let other = Condition.exchange(ExchangeSelector(), .status([404]))
    let outcomes = [
      Outcome(conditions: [head, other]),
      Outcome(verdict: .warn, requirement: "FCGI-6.1-2", because: "it came late", conditions: [head]),
      Outcome(conditions: [head]),
    ]
    let judged = Judged.findings(outcomes, Judged.sound)
    #expect(judged.findings.map(\.message) == ["it came late"])
    #expect(judged.findings.map(\.requirement) == ["FCGI-6.1-2"])
    #expect(judged.findings.map(\.verdict) == [.warn])
    let skipped = Judged.findings([Outcome(verdict: .skip, because: "it cannot", conditions: [head])], Judged.sound)
    #expect(skipped.findings.isEmpty && skipped.skip == "it cannot")
  }
}
