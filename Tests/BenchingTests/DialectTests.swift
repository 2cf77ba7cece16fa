// The requests of each interface, as its own decoder reads them; and what a sink needs of a dialect.

import Benching
import Exchanges
import FastCGIWire
import Testing
import WireBytes

@Suite struct DialectTests {
  private static let request = BenchRequest(
    method: Array("GET".utf8), target: Array("/p?probe=echo".utf8),
    variables: [
      (Array("CONTENT_LENGTH".utf8), Array("0".utf8)), (Array("REQUEST_METHOD".utf8), Array("GET".utf8)),
      (Array("QUERY_STRING".utf8), Array("probe=echo".utf8)),
    ], fields: [(Array("Host".utf8), Array("localhost".utf8))])

  @Test func everyDialectHasItsWays() {
    #expect(Set(BenchDialects.all.map(\.wireProtocol)).count == BenchDialects.all.count)
    for dialect in BenchDialects.all {
      #expect(!dialect.modes.isEmpty)
      #expect(BenchDialects.of(dialect.wireProtocol)?.name == dialect.name)
    }
  }

  @Test func textRequests() {
    func text(_ dialect: any BenchDialect, _ mode: BenchMode) -> String {
      String(decoding: dialect.encoded(Self.request, mode, slot: 0), as: UTF8.self)
    }
    #expect(text(HTTP1Bench(), .keep) == "GET /p?probe=echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
    #expect(
      text(HTTP1Bench(), .close) == "GET /p?probe=echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    #expect(
      text(SCGIBench(), .close)
        == "67:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}1\u{0}REQUEST_METHOD\u{0}GET\u{0}QUERY_STRING\u{0}probe=echo\u{0},")
    #expect(text(CGIBench(), .process).isEmpty)
    #expect(
      text(WSGIBench(), .close)
        == "gatespec-wsgi 1\nvariable CONTENT_LENGTH 0\nvariable REQUEST_METHOD GET\n"
        + "variable QUERY_STRING probe%3Decho\ncall\n")
    let packet = UWSGIBench().encoded(Self.request, .close, slot: 0)
    #expect(packet.count == 4 + Int(packet[1]) + Int(packet[2]) << 8)
  }

  @Test func fastCGIRequestsDifferInTheirIDAlone() throws {
    let dialect = FastCGIBench()
    let first = dialect.encoded(Self.request, .multiplex, slot: 0)
    let second = dialect.encoded(Self.request, .multiplex, slot: 299)
    #expect(first.count == second.count)
    #expect(unsafe dialect.slot(ofRequest: first.span.bytes) == 0)
    #expect(unsafe dialect.slot(ofRequest: second.span.bytes) == 299)
    #expect(dialect.moved(first, toSlot: 299) == second)
    // Byte 10 is the flags: the connection is kept, or not.
    #expect(first[10] == FastCGIFlag.keepConnection)
    #expect(dialect.encoded(Self.request, .close, slot: 0)[10] == 0)
  }

  @Test func aTargetIsAskedWhetherItMultiplexes() throws {
    let dialect = FastCGIBench()
    #expect(dialect.question(about: .keep) == nil)
    #expect(dialect.question(about: .multiplex) != nil)
    func answer(_ value: String) -> [UInt8] {
      var (content, output): ([UInt8], [UInt8]) = ([], [])
      FastCGINameValueEncoder.append(name: "FCGI_MPXS_CONNS", value: value, to: &content)
      FastCGIEncoder().appendRecord(.getValuesResult, requestID: 0, content: content, to: &output)
      return output
    }
    #expect(dialect.refusal(of: .multiplex, in: answer("1")) == nil)
    #expect(dialect.refusal(of: .multiplex, in: answer("0")) != nil)
    #expect(dialect.refusal(of: .multiplex, in: answer("")) != nil)
    #expect(dialect.refusal(of: .multiplex, in: []) != nil)
    #expect(dialect.refusal(of: .keep, in: []) == nil)
  }
}
