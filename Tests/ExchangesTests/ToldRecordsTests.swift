// What a conversation tells somebody who waits for single units of its protocol, by the example of FastCGI records.

import Exchanges
import FastCGIWire
import Testing
import WireBytes

@Suite struct ToldRecordsTests {
  private static func conversation(_ retention: Retention) -> DetectingConversation {
    DetectingConversation(
      ConnectionInfo(id: 1, client: .named("client"), server: .named("server")), retention: retention,
      protocol: .fastCGI)
  }

  private static func give(_ bytes: [UInt8], _ direction: Direction, to conversation: inout DetectingConversation) {
    OwnedConnectionEvent(.bytes(direction, bytes), at: .zero).lend { conversation.receive($0) { _ in } }
  }

  private static let request: [UInt8] = {
    var bytes: [UInt8] = []
    FastCGIEncoder().appendBeginRequest(7, role: .responder, to: &bytes)
    return bytes
  }()

  private static let answer: [UInt8] = {
    var bytes: [UInt8] = []
    FastCGIEncoder().appendRecord(.stdout, requestID: 7, content: [0x41], to: &bytes)
    FastCGIEncoder().appendRecord(.unknownType, requestID: 0, content: [UInt8](repeating: 0, count: 8), to: &bytes)
    FastCGIEncoder().appendRecord(.endRequest, requestID: 7, content: [UInt8](repeating: 0, count: 8), to: &bytes)
    return bytes
  }()

  @Test func theServersRecordsAreToldOnceAndInOrder() {
    var conversation = Self.conversation(Retention.inspector.tellingUnits)
    Self.give(Self.request, .request, to: &conversation)
    #expect(conversation.takeUnits().isEmpty)
    Self.give(Array(Self.answer.dropLast()), .response, to: &conversation)
    #expect(conversation.takeUnits().map(\.kind) == [FastCGIRecordType.stdout, .unknownType].map(\.rawValue))
    Self.give([Self.answer.last ?? 0], .response, to: &conversation)
    #expect(conversation.takeUnits() == [WireUnit(kind: FastCGIRecordType.endRequest.rawValue, message: 7)])
    #expect(conversation.takeUnits().isEmpty)
  }

  @Test("nothing is kept for nobody", arguments: [Retention.inspector, .tester])
  func unasked(retention: Retention) {
    var conversation = Self.conversation(retention)
    Self.give(Self.request, .request, to: &conversation)
    Self.give(Self.answer, .response, to: &conversation)
    #expect(conversation.takeUnits().isEmpty)
  }
}
