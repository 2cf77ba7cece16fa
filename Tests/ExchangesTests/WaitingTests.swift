// Whether a connection waits for its next request: a relay that ends closes those, and lets the others go on.

import ConversationTesting
import Exchanges
import Testing
import WireBytes

@Suite struct WaitingTests {
  private static let request = ScriptStep.client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  private static let ended: [UInt8] = [1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

  private static let cases: [(name: String, steps: [ScriptStep], waits: Bool)] = [
    ("nothing", [], true), ("a request", [request], false),
    ("half a request", [.client("GET / HTTP/1.1\r\nHo")], false),
    ("half a response", [request, .server("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhi")], false),
    ("an interim response", [request, .server("HTTP/1.1 103 Early Hints\r\n\r\n")], false),
    ("a whole response", [request, .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")], true),
    ("a response without a length", [request, .server("HTTP/1.1 200 OK\r\n\r\nhi")], false),
    (
      "the next request", [request, .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), request], false
    ),
    ("FastCGI", [.client(FastCGISteps.begin())], false),
    (
      "FastCGI that has ended",
      [.client(FastCGISteps.begin() + [1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1, 0, 0, 0, 0]), .server(ended)], true
    ),
    ("what nobody knows", [.client("SSH-2.0-a\r\n"), .server("SSH-2.0-b\r\n")], false),
  ]

  @Test(arguments: cases.map(\.name)) func waiting(_ name: String) throws {
    let row = try #require(Self.cases.first { $0.name == name })
    let origin = Origin(time: Timestamp(nanoseconds: 0))
    var conversation = DetectingConversation(
      ConnectionInfo(id: 1, client: .named("a:1"), server: .named("b:2")), retention: .tester)
    conversation.receive(.opened(origin)) { _ in }
    for step in row.steps {
      switch step {
      case .client(let bytes): unsafe conversation.receive(.bytes(.request, bytes.span.bytes, origin)) { _ in }
      case .server(let bytes): unsafe conversation.receive(.bytes(.response, bytes.span.bytes, origin)) { _ in }
      default: break
      }
    }
    #expect(conversation.isWaiting(at: origin) == row.waits)
    // To ask changes nothing.
    #expect(conversation.isWaiting(at: origin) == row.waits)
  }
}
