// FastCGI for measuring: a connection for every request, kept, or shared by many requests at a time.
//
// A slot is a request ID; on a connection that requests do not share there is one.

package import Exchanges
internal import FastCGIWire
internal import WireBytes

package struct FastCGIBench: BenchDialect {
  package let wireProtocol = WireProtocol.fastCGI
  package let name = "FastCGI"
  package let modes = [BenchMode.close, .keep, .multiplex]

  package init() {}

  package func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8] {
    let id = UInt16(truncatingIfNeeded: slot + 1)
    let encoder = FastCGIEncoder(padding: .none)
    var (params, output): ([UInt8], [UInt8]) = ([], [])
    for pair in request.variables { FastCGINameValueEncoder.append(name: pair.name, value: pair.value, to: &params) }
    encoder.appendBeginRequest(
      id, role: .responder, flags: mode == .close ? 0 : FastCGIFlag.keepConnection, to: &output)
    encoder.appendStream(.params, requestID: id, content: params, to: &output)
    encoder.appendRecord(.stdin, requestID: id, to: &output)
    return output
  }

  package func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader {
    FastCGIAnswerReader(slots: slots, expectation)
  }

  // MARK: Multiplexing

  package func question(about mode: BenchMode) -> [UInt8]? {
    guard mode == .multiplex else { return nil }
    var output: [UInt8] = []
    FastCGIEncoder().appendGetValues([FastCGIVariable.multiplexes], to: &output)
    return output
  }

  package func refusal(of mode: BenchMode, in answer: [UInt8]) -> String? {
    guard mode == .multiplex else { return nil }
    // The value is the pair's last byte; a server that does not answer has not said that it can.
    let pair = Array(FastCGIVariable.multiplexes.utf8)
    guard let header = unsafe FastCGIRecordHeader(answer.span.bytes), header.type == .getValuesResult else {
      return "it does not answer what FCGI_MPXS_CONNS is"
    }
    let content = answer.dropFirst(FastCGIRecordHeader.byteCount).prefix(Int(header.contentLength))
    guard let place = content.firstRange(of: pair) else { return "it does not say what FCGI_MPXS_CONNS is" }
    return content[place.upperBound...].first == 0x31 ? nil : "it says that FCGI_MPXS_CONNS is not 1"
  }

  package func moved(_ answer: [UInt8], toSlot slot: Int) -> [UInt8] {
    var answer = answer
    var offset = 0
    while let header = unsafe FastCGIRecordHeader(answer.span.bytes, at: offset) {
      if header.requestID != 0 {
        answer[offset + 2] = UInt8(truncatingIfNeeded: (slot + 1) >> 8)
        answer[offset + 3] = UInt8(truncatingIfNeeded: slot + 1)
      }
      offset += header.recordByteCount
    }
    return answer
  }

  package func slot(ofRequest bytes: RawSpan) -> Int {
    guard let header = FastCGIRecordHeader(bytes), header.requestID > 0 else { return 0 }
    return Int(header.requestID) - 1
  }
}
