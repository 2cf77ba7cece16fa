// What `gatespec trace --lint` is for, one diagnosis after the other: a capture that has it, with the sentence that is
// printed, and one that has not, of which nothing is said.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import Foundation
import Packets
import Testing
import WireBytes

private typealias Steps = FastCGISteps

/// A diagnosis by the name an operator would give it.
struct Diagnosis: Sendable, CustomTestStringConvertible {
  var name: String
  /// How its line begins, from the verdict on.
  var sentence: String
  var having: Script
  var without: Script
  var testDescription: String { name }
}

private let request = Steps.begin() + Steps.stream(.stdin, 1, "")
private let kept = Steps.begin(keep: true) + Steps.stream(.stdin, 1, "")
private let http = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
private let text = "Content-Type: text/plain\r\n\r\nhello"

private func records(_ output: String = text, errors: String = "", end: FastCGIEndRequestBody? = sound) -> [UInt8] {
  let encoder = FastCGIEncoder(padding: .aligned(to: 8))
  var bytes: [UInt8] = []
  if !errors.isEmpty { encoder.appendStream(.stderr, requestID: 1, content: Array(errors.utf8), to: &bytes) }
  if !output.isEmpty { encoder.appendRecord(.stdout, requestID: 1, content: Array(output.utf8), to: &bytes) }
  encoder.appendRecord(.stdout, requestID: 1, to: &bytes)
  if let end { encoder.appendEndRequest(1, end, to: &bytes) }
  return bytes
}

private let sound = FastCGIEndRequestBody(appStatus: 0, protocolStatus: .requestComplete)

private func served(_ asked: [UInt8] = request, _ answer: [UInt8] = records()) -> Script {
  Script([.client(asked), .server(answer), .serverEnd, .clientEnd])
}

private func rejected(_ status: FastCGIProtocolStatus) -> Script {
  served(request, records("", end: FastCGIEndRequestBody(appStatus: 0, protocolStatus: status)))
}

private func asked(_ variables: Variables, _ body: String = "") -> [UInt8] {
  Steps.begin(1, variables) + Steps.stream(.stdin, 1, body)
}

private func fields(_ count: Int) -> String { "X: " + String(repeating: "a", count: count) + "\r\n" + text }

private let diagnoses: [Diagnosis] = [
  Diagnosis(
    name: "HTTP on a FastCGI port", sentence: "warn DIAG-HTTP-ON-FASTCGI  an HTTP request to a FastCGI port",
    having: Script(.fastCGI, [.client(http), .serverEnd, .clientEnd]), without: served()),
  Diagnosis(
    name: "FastCGI on an HTTP port",
    sentence: "warn DIAG-FASTCGI-ON-HTTP  a FastCGI request that was answered with HTTP",
    having: Script([.client(request), .server("HTTP/1.1 400 Bad Request\r\n\r\n"), .serverEnd, .clientEnd]),
    without: Script([.client(http), .server("HTTP/1.1 204 No Content\r\n\r\n"), .clientEnd, .serverEnd])),
  Diagnosis(
    name: "error stream before the fields",
    sentence: "info DIAG-STDERR-BEFORE-FIELDS  4 bytes on the error stream, the first before the response's fields",
    having: served(request, records(errors: "oops")), without: served()),
  Diagnosis(
    name: "fields larger than nginx's buffers",
    sentence: "info DIAG-HEAD-TOO-BIG  9033 bytes of fields; nginx takes 8 KiB by default, and answers 502 to more",
    having: served(request, records(fields(9_000))), without: served(request, records(fields(4_000)))),
  Diagnosis(
    name: "END_REQUEST missing",
    sentence: "fail FCGI-5.5-1  the application closed without FCGI_END_REQUEST for ID 1, after 33 bytes of output",
    having: served(request, records(end: nil)), without: served()),
  Diagnosis(
    name: "application status not 0", sentence: "info DIAG-APP-STATUS  application status 255",
    having: served(
      request, records(end: FastCGIEndRequestBody(appStatus: 255, protocolStatus: .requestComplete))), without: served()
  ),
  Diagnosis(
    name: "OVERLOADED", sentence: "warn DIAG-OVERLOADED  the application refused the request: overloaded",
    having: rejected(.overloaded), without: served()),
  Diagnosis(
    name: "CANT_MPX_CONN",
    sentence: "warn DIAG-CANT-MPX-CONN  the application refused a second request on the connection",
    having: rejected(.cannotMultiplex), without: served()),
  Diagnosis(
    name: "UNKNOWN_ROLE",
    sentence: "warn DIAG-UNKNOWN-ROLE  the application does not play the role that was asked for",
    having: rejected(.unknownRole), without: served()),
  Diagnosis(
    name: "KEEP_CONN asked for, and closed all the same",
    sentence: "fail FCGI-5.1-5  closed right after FCGI_END_REQUEST, though the request set FCGI_KEEP_CONN",
    having: served(kept), without: Script([.client(kept), .server(records()), .clientEnd, .serverEnd])),
  Diagnosis(
    name: "a body shorter than CONTENT_LENGTH",
    sentence: "warn DIAG-SHORT-BODY  4 bytes of STDIN, CONTENT_LENGTH 9",
    having: served(asked(Steps.plain + [("CONTENT_LENGTH", "9")], "body")),
    without: served(asked(Steps.plain + [("CONTENT_LENGTH", "4")], "body"))),
  Diagnosis(
    name: "a body longer than CONTENT_LENGTH", sentence: "fail FCGI-6.2-3  4 bytes of STDIN, CONTENT_LENGTH 2",
    having: served(asked(Steps.plain + [("CONTENT_LENGTH", "2")], "body")),
    without: served(asked(Steps.plain + [("CONTENT_LENGTH", "4")], "body"))),
  Diagnosis(
    name: "a response's body that is not Content-Length",
    sentence: "fail H-9110-8.6-10  5 bytes of body, Content-Length 9",
    having: served(request, records("Content-Length: 9\r\n" + text)),
    without: served(request, records("Content-Length: 5\r\n" + text))),
  Diagnosis(
    name: "SCRIPT_FILENAME missing", sentence: "warn DIAG-NO-SCRIPT-FILENAME  no SCRIPT_FILENAME",
    having: served(asked([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/a.php")])),
    without: served(asked([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/app")]))),
  Diagnosis(
    name: "SCRIPT_FILENAME twice", sentence: "warn DIAG-REPEATED-SCRIPT-FILENAME  SCRIPT_FILENAME stands twice",
    having: served(asked(Steps.plain + [("SCRIPT_FILENAME", "/b.php")])),
    without: served(asked(Steps.plain + [("PATH_INFO", "/b.php")]))),
  Diagnosis(
    name: "a client that left while the backend went on",
    sentence: "info DIAG-CLIENT-LEFT  the client closed after 500 ms, and the server sent 72 bytes more",
    having: Script([
      .client(request), .pause(499), .clientEnd, .pause(400), .server(records()), .clientReset,
    ]),
    without: Script([.client(request), .clientEnd, .pause(400), .server(records()), .serverEnd])),
  Diagnosis(
    name: "a client that left before the first byte",
    sentence: "info DIAG-CLIENT-LEFT  the client closed after 300 ms, before the first byte of a response",
    having: Script([.client(http), .pause(299), .clientEnd, .clientReset]),
    without: Script([.client(http), .pause(298), .server("HTTP/1.1 204 No Content\r\n\r\n"), .clientEnd, .serverEnd])),
  Diagnosis(
    name: "a response that cannot be valid", sentence: "fail H1-9112-4-1  the server's bytes are no response",
    having: Script([.client(http), .server("Segmentation fault\n"), .serverEnd, .clientEnd]),
    without: Script([.client(http), .server("HTTP/1.1 204 No Content\r\n\r\n"), .clientEnd, .serverEnd])),
  Diagnosis(
    name: "no response at all", sentence: "warn DIAG-NO-RESPONSE  closed without a response",
    having: Script([.client(http), .serverEnd, .clientEnd]),
    without: Script([.client(http), .server("HTTP/1.1 204 No Content\r\n\r\n"), .clientEnd, .serverEnd])),
  Diagnosis(
    name: "output that is no CGI response",
    sentence: "fail FCGI-6.1-13  STDOUT begins with an HTTP status line",
    having: served(request, records("HTTP/1.1 200 OK\r\n" + text)), without: served()),
  Diagnosis(
    name: "a connection that is refused", sentence: "info DIAG-REFUSED  the connection was refused",
    having: unaccepted([.serverReset]), without: served()),
  Diagnosis(
    name: "a connection that nobody answers",
    sentence: "warn DIAG-UNANSWERED-CONNECT  no answer to the connection's SYN for 3000 ms",
    having: unaccepted([.pause(3_000)]), without: unaccepted([.pause(300)])),
]

private func unaccepted(_ steps: [ScriptStep]) -> Script {
  var script = Script(steps)
  script.isAccepted = false
  return script
}

@Suite struct DiagnosisListTests {
  @Test("a capture that has it", arguments: diagnoses)
  func said(_ row: Diagnosis) throws {
    let lines = try trace(row.having)
    #expect(lines.contains { $0.hasPrefix("    ! \(row.sentence)") }, "\(lines.joined(separator: "\n"))")
  }

  @Test("a capture that has it not", arguments: diagnoses)
  func notSaid(_ row: Diagnosis) throws {
    let lines = try trace(row.without)
    #expect(!lines.contains { $0.contains(" ! ") }, "\(lines.joined(separator: "\n"))")
    #expect(lines.contains { $0.hasPrefix("-- ") })
  }

  /// What the program prints of a capture of the script.
  private func trace(_ script: Script) throws -> [Substring] {
    let port = script.wireProtocol.map { ["--port", "9000=\($0.rawValue)"] } ?? []
    return try Tool.gatespec.run(["trace", "-r", "-", "--lint"] + port, input: capture(script)).split(separator: "\n")
  }

  private func capture(_ script: Script) -> [UInt8] {
    let file = CaptureFileWriter(linkType: .ethernet)
    let client = IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 40_000)
    let server = IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 9_000)
    var writer = TCPConversationWriter(client: client, server: server, file: file)
    var bytes: [UInt8] = []
    var time = Timestamp(nanoseconds: 1_709_164_800_000_000_000)
    file.appendHeader(to: &bytes)
    if script.isAccepted {
      writer.open(at: time, established: time, to: &bytes)
    } else {
      var opening: [UInt8] = []
      writer.open(at: time, established: time, to: &opening)
      // The SYN alone.
      bytes += opening[..<(opening.count / 3)]
    }
    for step in script.steps {
      time.nanoseconds += 1_000_000
      switch step {
      case .client(let content): unsafe writer.send(content.span.bytes, .request, at: time, to: &bytes)
      case .server(let content): unsafe writer.send(content.span.bytes, .response, at: time, to: &bytes)
      case .lost(let direction, let count): writer.skip(count, direction)
      case .conflict: break
      case .clientEnd: writer.end(.request, at: time, to: &bytes)
      case .serverEnd, .serverEndWithoutAlert: writer.end(.response, at: time, to: &bytes)
      case .clientReset: writer.reset(.request, at: time, to: &bytes)
      case .serverReset: writer.reset(.response, at: time, to: &bytes)
      case .pause(let milliseconds): time.nanoseconds += (milliseconds - 1) * 1_000_000
      }
    }
    if case .pause? = script.steps.last {
      // Another connection shows that the capture went on.
      var other = TCPConversationWriter(
        client: IPEndpoint(client.address, port: 40_001), server: server, file: file)
      other.open(at: time, established: time, to: &bytes)
    }
    return bytes
  }
}
