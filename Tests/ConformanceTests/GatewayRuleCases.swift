// A wrong and a right connection for every rule of SCGI and uwsgi. Those of the responses that they carry stand in
// CGIResponseRuleCases.swift.

import Conformance
import ConversationTesting
import Exchanges

enum GatewayRuleCases {
  private static let page = "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"

  static let all: [RuleCase] = scgi + uwsgi

  private static func asked(_ wireProtocol: WireProtocol, _ bytes: [UInt8]) -> Script {
    Script(wireProtocol, [.client(bytes), .server(page), .serverEnd, .clientEnd])
  }

  private static func bad(_ id: RequirementID, _ text: String) -> RuleCase {
    RuleCase(id, .client, asked(.scgi, Array(text.utf8)), asked(.scgi, scgiRequest()))
  }

  private static let scgi: [RuleCase] = [
    RuleCase(
      "SCGI-2", .server, Script(.scgi, [.server(page), .client(scgiRequest()), .serverEnd]),
      asked(.scgi, scgiRequest())),
    bad("SCGI-6", "23:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}1,"),
    bad("SCGI-7", "27:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}1\u{0}\u{0}a\u{0},"),
    RuleCase(
      "SCGI-9", .client, asked(.scgi, scgiRequest([("A", "b"), ("A", "c")])),
      asked(.scgi, scgiRequest([("A", "b"), ("a", "c")]))),
    bad("SCGI-10", "24:SCGI\u{0}1\u{0}CONTENT_LENGTH\u{0}0\u{0},"),
    bad("SCGI-11", "25:CONTENT_LENGTH\u{0}+0\u{0}SCGI\u{0}1\u{0},"),
    RuleCase(
      "SCGI-12", .client,
      Script(
        .scgi, [.client(Array(scgiRequest(body: "body").dropLast())), .clientEnd, .serverEnd]),
      asked(.scgi, scgiRequest(body: "body"))),
    bad("SCGI-13", "7:SCGI\u{0}1\u{0},"), bad("SCGI-14", "17:CONTENT_LENGTH\u{0}0\u{0},"),
    bad("SCGI-19", "24:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}1\u{0};"), bad("SCGI-20", "x:,"),
    bad("SCGI-21", "024:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}1\u{0},"),
  ]

  private static func bad(_ id: RequirementID, _ bytes: [UInt8]) -> RuleCase {
    RuleCase(id, .client, asked(.uwsgi, bytes), asked(.uwsgi, uwsgiRequest()))
  }

  private static let uwsgi: [RuleCase] = [
    bad("UWSGI-8", [0, 6, 0, 7, 1, 0, 0x41, 1, 0, 0x62]), bad("UWSGI-9", [2, 0, 0, 0]),
    bad("UWSGI-42", [0, 6, 0, 0, 1, 0, 0x41, 9, 0, 0x62]),
    bad("UWSGI-45", [0, 5, 0, 0, 0, 0, 1, 0, 0x62]),
    RuleCase(
      "UWSGI-46", .client, asked(.uwsgi, uwsgiRequest([("A", "b"), ("A", "c")])),
      asked(.uwsgi, uwsgiRequest([("A", "b"), ("a", "c")]))),
    RuleCase(
      "UWSGI-48", .client, asked(.uwsgi, uwsgiRequest(body: "body") + [1]),
      asked(.uwsgi, uwsgiRequest(body: "body"))),
  ]
}
