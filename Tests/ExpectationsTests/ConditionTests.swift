// What each condition takes for right, and what for wrong: for every entry something that it holds of, and something that
// differs.

import Exchanges
import Expectations
import FastCGIWire
import Testing
import WireBytes

/// A condition, what it does not hold of, and what is then said.
private struct Row: Sendable, CustomTestStringConvertible {
  /// The entry's path.
  var path: String
  var judge: @Sendable (Observation) -> Judgement
  /// Makes what the condition holds of; most hold of any sound observation.
  var prepare: @Sendable (inout Observation) -> Void
  /// Makes of it something that the condition does not hold of.
  var spoil: @Sendable (inout Observation) -> Void
  /// A part of the difference.
  var words: String
  var testDescription: String { "\(path): \(words)" }

  init(
    _ condition: ExchangeCondition, _ words: String,
    on prepare: @escaping @Sendable (inout Observation) -> Void = { _ in },
    _ spoil: @escaping @Sendable (inout Observation) -> Void
  ) {
    path = condition.path
    judge = { $0.judge(condition) }
    self.prepare = prepare
    self.spoil = spoil
    self.words = words
  }

  init(
    _ condition: ConnectionCondition, _ words: String,
    on prepare: @escaping @Sendable (inout Observation) -> Void = { _ in },
    _ spoil: @escaping @Sendable (inout Observation) -> Void
  ) {
    path = condition.path
    judge = { $0.judge(condition) }
    self.prepare = prepare
    self.spoil = spoil
    self.words = words
  }
}

/// Changes a line of the echo report.
private func echo(_ line: String, _ other: String) -> @Sendable (inout Observation) -> Void {
  { $0.exchange.response.body = content(Observation.report.replacing(line, with: other)) }
}

private typealias Of = ExchangeConditions
private typealias Echo = EchoConditions
private typealias On = ConnectionConditions

private let exchanges: [Row] = [
  Row(Of.responseHead(), "no response head came: the target closed") { $0.exchange.response.hasHead = false },
  Row(Of.noOutput(), "7 bytes of output") { $0.exchange.cgi?.outputByteCount = 7 },
  Row(Of.status([200, 204]), "status was 404, expected 200 or 204") { $0.exchange.response.status = 404 },
  Row(Of.status([200]), "no status came, expected 200: the target") { $0.exchange.response.status = nil },
  Row(Of.ending([.complete]), "ended server-closed, expected complete") { $0.exchange.ending = .serverClosed },
  Row(Of.framing([.length]), "by until-close, expected length") { $0.exchange.http1?.responseFraming = .untilClose },
  Row(Of.framing([.length]), "no response head came") { $0.exchange.http1 = nil },
  Row(Of.protocolStatus([.requestComplete]), "status was overloaded") {
    $0.exchange.fastCGI?.end?.protocolStatus = .overloaded
  },
  Row(Of.protocolStatus([.requestComplete]), "no FCGI_END_REQUEST came: the") { $0.exchange.fastCGI?.end = nil },
  Row(Of.appStatus(3), "application status was 4") { $0.exchange.fastCGI?.end?.appStatus = 4 },
  Row(Of.bodyIs(.bytes(bytes(Observation.report))), "body differs at byte 0: 0x78, expected 0x67") {
    $0.exchange.response.body = content("x")
  },
  Row(Of.bodyByteCount(Observation.report.utf8.count), "body has 1 bytes") {
    $0.exchange.response.body = content("x")
  },
  Row(Of.bodyContains(bytes("probe")), "body lacks \"probe\"") { $0.exchange.response.body = content("x") },
  Row(Of.noBody(), "1 bytes of body", on: { $0.exchange.response.body = Content() }) {
    $0.exchange.response.body = content("x")
  },
  Row(Of.field(ExpectedField(name: bytes("x-a"), values: .one(bytes("b")))), "x-a was absent, expected \"b\"") {
    $0.exchange.response.fields = FieldList()
  },
  Row(Of.field(ExpectedField(name: bytes("X-A"), values: .all([bytes("b")]))), "X-A was \"b\", \"c\", expected \"b\"") {
    $0.exchange.response.fields.append(name: bytes("X-A"), value: bytes("c"))
  },
  Row(Of.hasField(bytes("X-A")), "X-A is absent") { $0.exchange.response.fields = FieldList() },
  Row(Of.noField(bytes("X-B")), "X-B is \"c\"") {
    $0.exchange.response.fields.append(name: bytes("X-B"), value: bytes("c"))
  },
  Row(Of.sameFields((ExchangeSelector(index: 2), [bytes("x-a")])), "x-a was \"b\" and there none") {
    $0.other.response.fields = FieldList()
  },
  Row(Of.errorStreamIs(.bytes(bytes("oops"))), "error stream has 0 bytes") { $0.exchange.errorStream = Content() },
  Row(Of.errorStreamContains(bytes("oo")), "lacks \"oo\"") { $0.exchange.errorStream = Content() },
  Row(Of.errorStreamByteCount(4), "has 0 bytes, expected 4") { $0.exchange.errorStream = Content() },
  Row(Of.errorStreamWithout(bytes("no")), "contains \"no\"") { $0.exchange.errorStream = content("no") },
  Row(Of.noErrorStream(ExchangeSelector(index: 2)), "has 4 bytes, expected none") { $0.other.errorStream = Content() },
  Row(Of.cgiForm([.document]), "is a local-redirect, expected document") { $0.exchange.cgi?.form = .localRedirect },
  Row(Of.cgiForm([.document]), "no CGI response came") { $0.exchange.cgi = nil },
  Row(Of.exitCode([0]), "exit code was 1") { $0.exchange.process?.exitCode = 1 },
  Row(Of.exitCode([0]), "did not exit by itself") { $0.exchange.process?.exitCode = nil },
  Row(Of.signal([9]), "signal 11") { $0.exchange.process?.signal = 11 },
  Row(Of.signal([9]), "not ended by a signal") { $0.exchange.process?.signal = nil },
  Row(Of.noException(), "an exception came to the server: KeyError (app.py:3)") {
    $0.exchange.wsgi?.note(.raised, at: 0, "KeyError", place: "app.py:3")
  },
  Row(Of.noException(), "the call did not come to its end") { $0.exchange.wsgi?.isDone = false },
]

private let echoes: [Row] = [
  Row(Echo.params([pair("A", "b"), pair("EMPTY", "")]), "parameter A was absent", echo("A b", "B b")),
  Row(Echo.params([pair("A", "b")]), "no echo report (status 200, 5 bytes)") {
    $0.exchange.response.body = content("hello")
  },
  Row(Echo.numbered([pair("X_NUMBER_1", "1")]), "X_NUMBER_1 was \"2\", expected \"1\"", echo("_1 1", "_1 2")),
  Row(Echo.without([bytes("B")]), "though it was not sent", echo("A b", "B b")),
  Row(Echo.body(4), "read 5 bytes of body, expected 4", echo("body 4", "body 5")),
  Row(Echo.data(0), "read no bytes of data", echo("data 0", "other 0")),
  Row(Echo.role("responder"), "role was filter", echo("role responder", "role filter")),
  Row(Echo.arguments([bytes("one")]), "the arguments were", echo("0 one", "0 two")),
  Row(Echo.fields([pair("x-a", "b")]), "field x-a was \"c\"", echo("x-a b", "x-a c")),
]

private let connections: [Row] = [
  Row(On.completedExchanges(1), "0 exchanges") { $0.exchange.ending = .serverClosed },
  Row(On.closedByServer(true), "left the connection open; 1 ms were up") { $0.closedByServer = false },
  Row(On.closedByServer(false), "the server closed", on: { $0.closedByServer = false }) { $0.closedByServer = true },
  Row(On.silent(), "3 bytes came") { $0.summary.responseByteCount = 3 },
  Row(On.beginsWith([0x64, 0, 0, 1]), "does not begin with") { $0.firstBytes = [0x64] },
  Row(On.results(1), "0 FCGI_GET_VALUES_RESULT") { $0.summary.fastCGI?.results.count = 0 },
  Row(On.resultNames([bytes("FCGI_MAX_CONNS")]), "the result names none") {
    $0.summary.fastCGI?.resultPairs = FieldList()
  },
  Row(On.resultNamesWithin([bytes("FCGI_MAX_CONNS")]), "\"X\", which was not asked for") {
    $0.summary.fastCGI?.resultPairs.append(name: bytes("X"), value: [])
  },
  Row(
    On.resultNamesWithin([bytes("FCGI_MAX_CONNS")]), "though a name that is not known",
    on: { $0.questions = [[bytes("X")]] }
  ) { $0.summary.fastCGI?.resultPairs.append(name: bytes("X"), value: []) },
  Row(On.resultNamesWithin([bytes("FCGI_MAX_CONNS")]), "ends inside a pair") {
    $0.summary.fastCGI?.resultTruncatedPair = 8
  },
  Row(On.resultMatches((bytes("FCGI_MAX_CONNS"), .digits)), "is \"many\", expected digits") {
    $0.summary.fastCGI?.resultPairs = FieldList()
    $0.summary.fastCGI?.resultPairs.append(name: bytes("FCGI_MAX_CONNS"), value: bytes("many"))
  },
  Row(On.resultMatches((bytes("FCGI_MPXS_CONNS"), .boolean)), "is \"2\", expected boolean") {
    $0.summary.fastCGI?.resultPairs.append(name: bytes("FCGI_MPXS_CONNS"), value: bytes("2"))
  },
  Row(On.answersAgree(), "FCGI_MPXS_CONNS was \"1\", \"0\"") {
    $0.summary.fastCGI?.resultPairs.append(name: bytes("FCGI_MPXS_CONNS"), value: bytes("1"))
    $0.summary.fastCGI?.resultPairs.append(name: bytes("FCGI_MPXS_CONNS"), value: bytes("0"))
  },
  Row(
    On.answersAgree(), "was answered to 1 of 2 questions", on: { $0.questions = [[bytes("FCGI_MAX_CONNS")]] }
  ) { $0.questions += $0.questions },
  Row(On.unknownTypes([40]), "answered the types none") { $0.summary.fastCGI?.unknownTypesAnswered = [] },
  Row(On.protocolStatuses([.requestComplete]), "the protocol statuses were 2") {
    $0.exchange.fastCGI?.end?.protocolStatus = .overloaded
  },
]

@Suite struct ConditionTests {
  private static let rows = exchanges + echoes + connections
  private static let paths =
    ExchangeConditions.all.map(\.path) + EchoConditions.all.map(\.path) + ConnectionConditions.all.map(\.path)

  @Test("a condition holds of what is right, and not of what differs", arguments: rows) private func judged(_ row: Row)
  {
    var observation = Observation()
    row.prepare(&observation)
    #expect(row.judge(observation) == .holds)
    row.spoil(&observation)
    guard case .differs(let words) = row.judge(observation) else {
      Issue.record("it holds of what differs")
      return
    }
    #expect(words.contains(row.words), "\(words)")
  }

  @Test func everyEntryIsHeldAndBroken() {
    #expect(Set(Self.rows.map(\.path)) == Set(Self.paths))
  }

  @Test func noTwoEntriesShareAPath() {
    #expect(Set(Self.paths).count == Self.paths.count && Self.paths.count > 40)
  }

  @Test func aKindKnowsItsOwnConditionsOnly() {
    let body = EchoConditions.body(4)
    #expect(EchoConditions.body.argument(of: body) == 4)
    #expect(EchoConditions.data.argument(of: body) == nil && ExchangeConditions.bodyByteCount.argument(of: body) == nil)
  }

  @Test(
    "error text is held against an exchange unless another one has some as well", arguments: ["", "oops", "always"])
  func noErrorStream(_ other: String) {
    var observation = Observation()
    observation.other.errorStream = content(other)
    let condition = ExchangeConditions.noErrorStream(ExchangeSelector(index: 2))
    #expect((observation.judge(condition) == .holds) == !other.isEmpty)
    observation.exchange.errorStream = Content()
    #expect(observation.judge(condition) == .holds)
  }

  @Test("fields that are there are those of the other exchange", arguments: ["b", "c", nil])
  func sameFields(_ value: String?) {
    var observation = Observation()
    observation.exchange.response.fields = FieldList()
    if let value { observation.exchange.response.fields.append(name: bytes("x-a"), value: bytes(value)) }
    let condition = ExchangeConditions.sameFields((ExchangeSelector(index: 2), [bytes("X-A")]))
    #expect((observation.judge(condition) == .holds) == (value != "c"))
    let alone = ExchangeConditions.sameFields((ExchangeSelector(index: 3), [bytes("X-A")]))
    #expect(observation.judge(alone) == .differs("there is no exchange 3 to compare with"))
  }

  @Test(
    "what the application cannot know is untold",
    arguments: [
      (EchoConditions.params([pair("C", "d")]), "C"), (EchoConditions.without([bytes("C")]), "C"),
      (EchoConditions.role("filter"), "its role"), (EchoConditions.data(3), "its role"),
    ])
  func untold(_ condition: ExchangeCondition, _ what: String) {
    var observation = Observation()
    #expect(observation.judge(condition) != .untold(what))
    let report = "gatespec-probe 1\ninterface fastcgi\nrole unknown\nunknown C\nparam A b\nbody 4\n"
    observation.exchange.response.body = content(report)
    #expect(observation.judge(condition) == .untold(what))
  }

  @Test func whatIsKnownOfItStillDiffers() {
    var observation = Observation()
    observation.exchange.response.body = content("gatespec-probe 1\nunknown C\nparam A b\n")
    let condition = EchoConditions.params([pair("C", "d"), pair("A", "x")])
    #expect(observation.judge(condition) == .differs("parameter A was \"b\", expected \"x\""))
  }
}
