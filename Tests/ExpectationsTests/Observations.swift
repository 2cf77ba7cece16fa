// An exchange and a connection that every condition of the table holds of, and the pieces that they are made of.

import Exchanges
import Expectations
import FastCGIWire
import WireBytes

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func content(_ text: String) -> Content {
  var content = Content()
  let bytes = bytes(text)
  unsafe content.append(bytes.span.bytes, limit: .max)
  return content
}

func pair(_ name: String, _ value: String) -> Pair {
  Pair(name: .bytes(bytes(name)), value: .bytes(bytes(value)))
}

/// What is looked at, before and after something about it is spoilt.
struct Observation: Sendable {
  static let report = """
    gatespec-probe 1
    interface fastcgi
    role responder
    param A b
    param X_NUMBER_1 1
    field x-a b
    argument 0 one
    body 4
    data 0

    """

  var exchange: Exchange
  /// Exchange 2 of the same connection, which some conditions compare with.
  var other: Exchange
  var summary: ConnectionSummary
  var closedByServer = true
  var questions: [Set<[UInt8]>] = []
  var firstBytes: [UInt8] = [0x64, 0, 0, 1]

  init() {
    let info = ConnectionInfo(id: 1, client: .named("client"), server: .named("server"))
    exchange = Exchange(.fastCGI, connection: info, index: 1)
    exchange.ending = .complete
    exchange.response.hasHead = true
    exchange.response.status = 200
    exchange.response.fields.append(name: bytes("X-A"), value: bytes("b"))
    exchange.response.body = content(Self.report)
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
    exchange.wsgi = WSGIFacts()
    exchange.wsgi?.isDone = true
    other = exchange
    other.index = 2
    summary = ConnectionSummary(connection: info, wireProtocol: .fastCGI)
    var connection = FastCGIConnectionFacts()
    connection.results.count = 1
    connection.resultPairs.append(name: bytes("FCGI_MAX_CONNS"), value: bytes("10"))
    connection.unknownTypesAnswered = [40]
    summary.fastCGI = connection
  }

  /// What becomes of a condition on the exchange.
  func judge(_ condition: ExchangeCondition) -> Judgement {
    condition.judge(
      ObservedExchange(exchange, ending: "the target closed the connection") { $0.index == 2 ? other : nil })
  }

  /// What becomes of a condition on the connection.
  func judge(_ condition: ConnectionCondition) -> Judgement {
    condition.judge(
      ObservedConnection(
        exchanges: [exchange], summary: summary, closedByServer: closedByServer, closeTimeout: "1 ms were up",
        questions: questions, firstBytes: firstBytes))
  }
}
