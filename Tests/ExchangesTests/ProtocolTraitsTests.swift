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
    let found = ConversationCatalog.conversation(of: wireProtocol)?.wireProtocol
    #expect(found == (wireProtocol.traits.hasByteStream ? wireProtocol : nil))
  }

  /// What is recognised may begin so, however few of its bytes there are.
  @Test(arguments: [
    ([1, 1, 0, 1, 0, 8, 0, 0], WireProtocol.fastCGI), (Array("GET / HTTP/1.1\r\n".utf8), .http1),
    (scgiRequest(), .scgi),
    (uwsgiRequest(), .uwsgi), (Array("gatespec-wsgi 1\ncall\n".utf8), .wsgi),
  ])
  func whatIsRecognisedMayBeginSo(_ bytes: [UInt8], _ wireProtocol: WireProtocol) {
    // Apart from the expectations: their macro takes a call on an existential's type for one on its value.
    let verdicts = ConversationCatalog.all.map {
      unsafe ($0.wireProtocol, $0.recognise(bytes.span.bytes, .request))
    }
    #expect(verdicts.allSatisfy { ($0.1 == .yes) == ($0.0 == wireProtocol) && $0.1 != .needMore }, "\(verdicts)")
    let mayBegin = ConversationCatalog.conversation(of: wireProtocol)?.mayBegin(with: bytes[0], .request)
    #expect(mayBegin == true)
  }
}
