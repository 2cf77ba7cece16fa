// A wrong and a right connection for every rule of FastCGI's own: records, management, ends, roles, the web server.
//
// Records are padded as FastCGI recommends, so that no rule has anything to say about what is right.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire

enum FastCGIRuleCases {
  private typealias Steps = FastCGISteps
  private static let encoder = FastCGIEncoder(padding: .aligned(to: 8))
  private static let text = "Content-Type: text/plain\r\n\r\nhello"
  private static let request = Steps.begin() + Steps.stream(.stdin, 1, "")
  private static let kept = Steps.begin(keep: true) + Steps.stream(.stdin, 1, "")
  private static let output = record(.stdout, text)
  private static let page = output + record(.stdout) + Steps.end()

  static let all: [RuleCase] = records + management + ends + roles + client

  // MARK: Scripts

  private static func record(
    _ type: FastCGIRecordType, id: UInt16 = 1, _ content: [UInt8], _ encoder: FastCGIEncoder = encoder
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    encoder.appendRecord(type, requestID: id, content: content, to: &bytes)
    return bytes
  }

  private static func record(_ type: FastCGIRecordType, id: UInt16 = 1, _ text: String = "") -> [UInt8] {
    record(type, id: id, Array(text.utf8))
  }

  /// A connection on which the application answers once and closes.
  private static func served(_ request: [UInt8] = request, _ answer: [UInt8] = page) -> Script {
    Script(.fastCGI, [.client(request), .server(answer), .serverEnd, .clientEnd])
  }

  /// A wrong answer to a plain request; the right one is a page.
  private static func answer(_ id: RequirementID, _ bad: [UInt8], good: [UInt8] = page) -> RuleCase {
    RuleCase(id, .server, served(request, bad), served(request, good))
  }

  /// A wrong request; the right one is a plain one.
  private static func asked(_ id: RequirementID, _ bad: [UInt8], good: [UInt8] = request) -> RuleCase {
    RuleCase(id, .client, served(bad), served(good))
  }

  // MARK: Section 3

  private static let records: [RuleCase] = [
    answer("FCGI-3.3-1", Array("Segmentation fault (core dumped)\n".utf8)),
    answer("FCGI-3.3-2", Array(page.dropLast(4))),
    answer("FCGI-3.3-3", output + record(.stdout, id: 1, [], FastCGIEncoder(version: 2)) + Steps.end()),
    answer("FCGI-3.3-4", output + record(FastCGIRecordType(rawValue: 40)) + record(.stdout) + Steps.end()),
    answer("FCGI-3.3-5", output + record(.stdout, id: 2, "x") + record(.stdout) + Steps.end()),
    answer("FCGI-3.3-9", Steps.page()),
    answer("FCGI-3.3-14", page + record(.stdout, "late")),
    answer("FCGI-3.3-19", output + record(.stdout, id: 0, "x") + record(.stdout) + Steps.end()),
    question("FCGI-3.3-20", result() + result(), good: result()),
    answer("FCGI-3.3-21", output + Steps.end()),
    answer("FCGI-3.3-21", output + record(.stdout) + record(.stderr, "oops") + Steps.end()),
    answer("FCGI-3.3-23", output + record(.stdout) + record(.stdout, "late") + Steps.end()),
    answer("FCGI-3.3-23", output + record(.stdout) + record(.stdout) + Steps.end()),
    answer("FCGI-A-1", output + record(.stdin, "x") + record(.stdout) + Steps.end()),
    // What the client gave up itself need not be whole.
    RuleCase(
      "FCGI-3.3-21", .server,
      Script(.fastCGI, [.client(request), .clientEnd, .server(output + Steps.end()), .serverEnd]),
      Script(.fastCGI, [.client(Steps.begin()), .clientEnd, .server(output + Steps.end()), .serverEnd])),
  ]

  // MARK: Section 4

  private static let names = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"]
  private static let query: [UInt8] = record(.getValues, id: 0, Steps.pairs(names.map { ($0, "") }))
  private static let unknown = record(FastCGIRecordType(rawValue: 40), id: 0)

  private static func result(_ variables: Variables = [("FCGI_MPXS_CONNS", "0")]) -> [UInt8] {
    record(.getValuesResult, id: 0, Steps.pairs(variables))
  }

  private static func unknownType(_ type: UInt8 = 40, _ byteCount: Int = 8) -> [UInt8] {
    record(.unknownType, id: 0, [type] + [UInt8](repeating: 0, count: byteCount - 1))
  }

  /// A wrong answer to a question, and the right one.
  private static func question(
    _ id: RequirementID, asking question: [UInt8] = query, _ bad: [UInt8], good: [UInt8] = result()
  ) -> RuleCase {
    RuleCase(id, .server, served(question, bad), served(question, good))
  }

  /// A question that the application may have left unanswered for a reason; the wrong connection has none.
  private static func unanswered(_ good: Script) -> RuleCase {
    RuleCase("FCGI-4.1-2", .server, Script(.fastCGI, [.pause(100), .client(query), .serverEnd, .clientEnd]), good)
  }

  private static func variable(_ id: RequirementID, _ name: String, _ bad: String, good: String) -> RuleCase {
    question(id, result([(name, bad)]), good: result([(name, good)]))
  }

  private static let management: [RuleCase] = [
    question("FCGI-4.1-2", []),
    // The connection may be closed already when the question comes.
    unanswered(Script(.fastCGI, [.client(request + query), .server(page), .serverEnd])),
    // The application closes because of something else, and the question crosses with that.
    unanswered(Script(.fastCGI, [.client(query + query), .server(result()), .serverEnd])),
    // The server closes an idle connection just then.
    unanswered(Script(.fastCGI, [.pause(9_000), .client(query), .serverEnd, .clientEnd])),
    // The client leaves first; the kernel throws the question away unread.
    unanswered(Script(.fastCGI, [.client(query), .clientEnd, .serverEnd])),
    unanswered(Script(.fastCGI, [.client(query), .serverReset])),
    question("FCGI-4.1-4", result([("FCGI_MPXS_CONNS", "0"), ("FCGI_COLOUR", "red")])),
    variable("FCGI-4.1-5", "FCGI_MAX_CONNS", "many", good: "10"),
    variable("FCGI-4.1-6", "FCGI_MAX_REQS", "", good: "0"),
    variable("FCGI-4.1-7", "FCGI_MPXS_CONNS", "2", good: "1"),
    question("FCGI-4.2-1", asking: unknown, [], good: unknownType()),
    question("FCGI-4.2-1", asking: unknown, unknownType(41), good: unknownType()),
    // An application may say so of a known type that makes no sense to it.
    question(
      "FCGI-4.2-1", asking: record(.stdout, id: 0), unknownType(7), good: unknownType(FastCGIRecordType.stdout.rawValue)
    ),
    question("FCGI-4.2-2", asking: unknown, unknownType(40, 16), good: unknownType()),
  ]

  // MARK: Section 5

  private static let unknownRole = Steps.begin(role: FastCGIRole(rawValue: 9)) + Steps.stream(.stdin, 1, "")
  private static let refused = FastCGIEndRequestBody(appStatus: 0, protocolStatus: FastCGIProtocolStatus(rawValue: 9))

  private static func end(_ body: FastCGIEndRequestBody) -> [UInt8] {
    var bytes: [UInt8] = []
    encoder.appendEndRequest(1, body, to: &bytes)
    return bytes
  }

  /// A request without FCGI_KEEP_CONN that is answered before its body is whole, and how it goes on.
  private static func early(_ rest: [ScriptStep]) -> Script {
    let body = Steps.stream(.stdin, 1, "hello", ended: false)
    let request = Steps.begin(1, Steps.plain + [("CONTENT_LENGTH", "5")]) + body
    return Script(.fastCGI, [.client(request), .server(page), .pause(900)] + rest)
  }

  /// A connection that is closed under a second request when the first has been answered.
  private static func closedUnder(another first: [UInt8]) -> Script {
    let second = Steps.begin(2, keep: true)
    return Script(.fastCGI, [.client(first + second), .server(page), .serverEnd])
  }

  private static let ends: [RuleCase] = [
    RuleCase(
      "FCGI-5.1-4", .server, Script(.fastCGI, [.client(request), .server(page), .pause(900), .clientEnd, .serverEnd]),
      served()),
    // An application may read a body to its end before it closes.
    RuleCase(
      "FCGI-5.1-4", .server, early([.client(Steps.stream(.stdin, 1, "")), .pause(900), .clientEnd, .serverEnd]),
      early([.client(Steps.stream(.stdin, 1, "")), .pause(100), .clientEnd, .serverEnd])),
    RuleCase(
      "FCGI-5.1-4", .server, early([.client(Steps.stream(.stdin, 1, "")), .pause(900), .clientEnd, .serverEnd]),
      early([.clientEnd, .serverEnd])),
    RuleCase(
      "FCGI-5.1-5", .server, served(kept), Script(.fastCGI, [.client(kept), .server(page), .clientEnd, .serverEnd])),
    RuleCase(
      "FCGI-5.4-2", .server, served(Steps.begin() + Steps.abort(), []),
      served(Steps.begin() + Steps.abort(), Steps.end())),
    answer("FCGI-5.5-1", output),
    answer("FCGI-5.5-1", page + Steps.end()),
    RuleCase(
      "FCGI-5.5-1", .server, served(request, output),
      Script(.fastCGI, [.client(request), .server(output), .clientEnd, .serverEnd])),
    // Another request, which has ended, had asked for the close.
    RuleCase(
      "FCGI-5.5-1", .server, closedUnder(another: kept), closedUnder(another: request)),
    answer("FCGI-5.5-2", output + record(.stdout) + record(.endRequest, id: 1, [UInt8](repeating: 0, count: 16))),
    answer("FCGI-5.5-3", output + record(.stdout) + end(refused)),
    RuleCase("FCGI-5.5-7", .server, served(unknownRole), served()),
    RuleCase("FCGI-5.5-7", .server, served(unknownRole, []), served()),
    answer("FCGI-5.5-8", output + record(.stdout) + Steps.end(1, .overloaded)),
  ]

  // MARK: Section 6

  private static let noErrors = record(.stderr)

  private static func filter(_ answers: [ScriptStep]) -> Script {
    let inputs = [
      Steps.begin(role: .filter, Steps.plain + [("CONTENT_LENGTH", "4")]), Steps.stream(.stdin, 1, "body"),
      Steps.stream(.data, 1, "data"),
    ]
    return Script(
      .fastCGI,
      zip(inputs, answers).flatMap { [.client($0), $1] } + [
        .server(record(.stdout) + Steps.end()), .serverEnd, .clientEnd,
      ])
  }

  private static let roles: [RuleCase] = [
    answer(
      "FCGI-6.1-6", output + noErrors + noErrors + record(.stdout) + Steps.end(),
      good: output + noErrors + record(.stdout) + Steps.end()),
    answer("FCGI-6.1-7", Steps.end()),
    answer("FCGI-6.1-13", record(.stdout, "HTTP/1.1 200 OK\r\n" + text) + record(.stdout) + Steps.end()),
    RuleCase(
      "FCGI-6.2-6", .server,
      Script(
        .fastCGI,
        [
          .client(record(.beginRequest, id: 1, [0, 1, 0, 0, 0, 0, 0, 0])), .server(output),
          .client(Steps.stream(.params, 1, Steps.pairs(Steps.plain)) + Steps.stream(.stdin, 1, "")),
          .server(record(.stdout) + Steps.end()), .serverEnd, .clientEnd,
        ]), served()),
    RuleCase(
      "FCGI-6.4-6", .server, filter([.server(output), .pause(1), .pause(1)]),
      filter([.pause(1), .server(output), .pause(1)])),
  ]

  // MARK: The client

  private static let client: [RuleCase] = [
    asked("FCGI-3.3-3", Steps.begin() + record(.stdin, id: 1, [], FastCGIEncoder(version: 2))),
    asked("FCGI-3.4-1", Steps.begin(1, []).dropLast(8) + Steps.stream(.params, 1, [1, 9, 0x41]) + record(.stdin)),
    asked("FCGI-5.1-1", record(.stdin, id: 2, "x") + request),
    asked(
      "FCGI-5.1-2",
      record(.beginRequest, id: 1, [0, 1] + [UInt8](repeating: 0, count: 14))
        + Steps.stream(.params, 1, Steps.pairs(Steps.plain)) + record(.stdin)),
    asked("FCGI-6.1-2", Steps.begin().dropLast(8) + record(.stdin) + record(.params)),
    asked(
      "FCGI-6.1-11", Steps.begin(1, Steps.plain + [("A", "b\u{0}c")]) + record(.stdin),
      good: Steps.begin(1, Steps.plain + [("A", "bc")]) + record(.stdin)),
    asked(
      "FCGI-6.2-3", Steps.begin(1, Steps.plain + [("CONTENT_LENGTH", "2")]) + Steps.stream(.stdin, 1, "body"),
      good: Steps.begin(1, Steps.plain + [("CONTENT_LENGTH", "4")]) + Steps.stream(.stdin, 1, "body")),
  ]
}
