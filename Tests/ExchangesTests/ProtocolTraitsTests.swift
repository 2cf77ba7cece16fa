// What others may ask of protocols: each has its own names, and those that a connection can carry are recognised.

import ConversationTesting
import Testing
import WireBytes

@testable import Exchanges

@Suite struct ProtocolTraitsTests {
  @Test func foldersAndSchemesAreOneProtocols() {
    let traits = WireProtocol.allCases.map(\.traits)
    #expect(Set(traits.map(\.folder)).count == traits.count)
    let schemes = traits.flatMap(\.schemes)
    #expect(Set(schemes).count == schemes.count)
  }

  @Test(arguments: WireProtocol.allCases)
  func whatHasAByteStreamIsInTheCatalogue(_ wireProtocol: WireProtocol) {
    let conversation = ConversationCatalog.conversation(of: wireProtocol)
    #expect((conversation != nil) == wireProtocol.traits.hasByteStream)
    #expect(conversation.map { $0.wireProtocol == wireProtocol } ?? true)
  }

  /// What is recognised may begin so, however few of its bytes there are.
  @Test(arguments: [
    ([1, 1, 0, 1, 0, 8, 0, 0], WireProtocol.fastCGI), (Array("GET / HTTP/1.1\r\n".utf8), .http1),
    (scgiRequest(), .scgi),
    (uwsgiRequest(), .uwsgi),
  ])
  func whatIsRecognisedMayBeginSo(_ bytes: [UInt8], _ wireProtocol: WireProtocol) throws {
    let conversation = try #require(ConversationCatalog.conversation(of: wireProtocol))
    #expect(unsafe conversation.recognise(bytes.span.bytes, .request) == .yes)
    #expect(conversation.mayBegin(with: bytes[0], .request))
    for other in ConversationCatalog.all where other.wireProtocol != wireProtocol {
      #expect(unsafe other.recognise(bytes.span.bytes, .request) == .no, "\(other)")
    }
  }
}
