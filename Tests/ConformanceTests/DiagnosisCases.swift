// For every diagnosis a connection that has it and one that does not.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import WireBytes

enum DiagnosisCases {
  private typealias Steps = FastCGISteps
  private static let request = Steps.begin() + Steps.stream(.stdin, 1, "")
  private static let page = "Content-Type: text/plain\r\n\r\nhello"

  private static func served(_ request: [UInt8] = request, _ response: [UInt8] = padded()) -> Script {
    Script(.fastCGI, [.client(request), .server(response), .serverEnd, .clientEnd])
  }

  /// Records padded as FastCGI recommends, so that no rule has anything to say about them.
  private static func padded(
    _ text: String = page, errors: String = "", errorsFirst: Bool = true,
    end: FastCGIEndRequestBody = sound
  ) -> [UInt8] {
    let encoder = FastCGIEncoder(padding: .aligned(to: 8))
    var bytes: [UInt8] = []
    func addErrors() {
      if !errors.isEmpty {
        encoder.appendStream(.stderr, requestID: 1, content: Array(errors.utf8), to: &bytes)
      }
    }
    if errorsFirst { addErrors() }
    encoder.appendRecord(.stdout, requestID: 1, content: Array(text.utf8), to: &bytes)
    if !errorsFirst { addErrors() }
    encoder.appendRecord(.stdout, requestID: 1, to: &bytes)
    encoder.appendEndRequest(1, end, to: &bytes)
    return bytes
  }

  private static let sound = FastCGIEndRequestBody(appStatus: 0, protocolStatus: .requestComplete)
  private static let http = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  private static func rejected(
    _ id: RequirementID, _ subject: Rule.Subject, _ status: FastCGIProtocolStatus
  ) -> RuleCase {
    RuleCase(id, subject, served(request, Steps.end(1, status)), served())
  }

  private static func unaccepted(_ steps: [ScriptStep]) -> Script {
    var script = Script(steps)
    script.isAccepted = false
    return script
  }

  private static func parameters(_ variables: Variables) -> [UInt8] {
    Steps.begin(1, variables) + Steps.stream(.stdin, 1, "")
  }

  static let all: [RuleCase] = [
    RuleCase(
      "DIAG-HTTP-ON-FASTCGI", .client, Script(.fastCGI, [.client(http), .serverEnd]), served()),
    RuleCase(
      "DIAG-FASTCGI-ON-HTTP", .client,
      Script([.client(request), .server("HTTP/1.1 400 Bad Request\r\n\r\n"), .serverEnd]), served()),
    RuleCase(
      "DIAG-STDERR-BEFORE-FIELDS", .server, served(request, padded(errors: "oops")),
      served(request, padded(errors: "oops", errorsFirst: false))),
    RuleCase(
      "DIAG-HEAD-TOO-BIG", .server,
      served(request, padded("X: " + String(repeating: "a", count: 5000) + "\r\n" + page)),
      served(request, padded("X: " + String(repeating: "a", count: 3000) + "\r\n" + page))),
    RuleCase(
      "DIAG-APP-STATUS", .server,
      served(
        request, padded(end: FastCGIEndRequestBody(appStatus: 255, protocolStatus: .requestComplete))),
      served()),
    rejected("DIAG-OVERLOADED", .server, .overloaded),
    rejected("DIAG-CANT-MPX-CONN", .client, .cannotMultiplex),
    rejected("DIAG-UNKNOWN-ROLE", .client, .unknownRole),
    RuleCase(
      "DIAG-SHORT-BODY", .client,
      served(
        Steps.begin(1, Steps.plain + [("CONTENT_LENGTH", "9")]) + Steps.stream(.stdin, 1, "body")),
      served(
        Steps.begin(1, Steps.plain + [("CONTENT_LENGTH", "4")]) + Steps.stream(.stdin, 1, "body"))),
    RuleCase(
      "DIAG-NO-SCRIPT-FILENAME", .client,
      served(parameters([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/a.php")])),
      served(parameters([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/app")]))),
    RuleCase(
      "DIAG-REPEATED-SCRIPT-FILENAME", .client,
      served(parameters(Steps.plain + [("SCRIPT_FILENAME", "/b.php")])),
      served(parameters(Steps.plain + [("X", "1"), ("X", "2")]))),
    RuleCase(
      "DIAG-CLIENT-LEFT", .client,
      Script(
        .fastCGI, [.client(request), .clientEnd, .server(Array(padded()[..<48])), .clientReset]),
      served()),
    // nginx closes at its time-out; the program answers all the same.
    RuleCase(
      "DIAG-CLIENT-LEFT", .client,
      Script(.fastCGI, [.client(request), .pause(500), .clientEnd, .pause(500), .server(padded()), .clientReset]),
      Script(.fastCGI, [.client(request), .clientEnd, .pause(500), .server(padded()), .serverEnd])),
    RuleCase(
      "DIAG-CLIENT-LEFT", .client, Script([.client(http), .pause(300), .clientEnd, .clientReset]),
      Script([.client(http), .pause(300), .server("HTTP/1.1 204 No Content\r\n\r\n"), .clientEnd, .serverEnd])),
    RuleCase(
      "DIAG-REFUSED", .server, unaccepted([.serverReset]), Script([.serverReset])),
    RuleCase(
      "DIAG-CONFLICTING-COPIES", .client,
      Script([.client(http), .conflict(.request, at: 4, byteCount: 2), .clientEnd, .serverEnd]),
      Script([.client(http), .clientEnd, .serverEnd])),
    RuleCase(
      "DIAG-CONFLICTING-COPIES", .server,
      Script([.client(http), .conflict(.response, at: 4, byteCount: 2), .clientEnd, .serverEnd]),
      Script([.client(http), .clientEnd, .serverEnd])),
    RuleCase(
      "DIAG-UNANSWERED-CONNECT", .server, unaccepted([.pause(1_500)]), unaccepted([.pause(500)])),
    RuleCase(
      "DIAG-NO-RESPONSE", .server, Script([.client(http), .serverEnd, .clientEnd]),
      Script([.client(http), .clientEnd, .serverEnd])),
    // A server that takes the request for HTTP/0.9 answers without a status line.
    RuleCase(
      "DIAG-INVALID-RESPONSE", .server,
      Script(.http1, [.client("GET /\r\n\r\n"), .server("Segmentation fault\n"), .serverEnd]),
      Script([.client(http), .server("HTTP/1.1 204 No Content\r\n\r\n"), .serverEnd, .clientEnd])),
  ]
}
