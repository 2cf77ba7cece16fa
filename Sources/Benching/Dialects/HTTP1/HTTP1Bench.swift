// HTTP/1.1 for measuring: connections that are kept, or closed behind every answer.

package import Exchanges
internal import HTTP1Wire

package struct HTTP1Bench: BenchDialect {
  package let wireProtocol = WireProtocol.http1
  package let name = "HTTP"
  package let modes = [BenchMode.close, .keep]

  package init() {}

  package func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8] {
    var encoder = HTTP1Encoder()
    encoder.requestLine(method: request.method, target: request.target)
    for field in request.fields { encoder.fieldLine(name: field.name, value: field.value) }
    if mode == .close { encoder.fieldLine(name: "Connection".utf8, value: "close".utf8) }
    encoder.headersEnd()
    return encoder.bytes
  }

  package func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader {
    HTTP1AnswerReader(expectation)
  }
}
