// SCGI for measuring: a connection for every request, there is no other way.

package import Exchanges
internal import SCGIWire

package struct SCGIBench: BenchDialect {
  package let wireProtocol = WireProtocol.scgi
  package let name = "SCGI"
  package let modes = [BenchMode.close]

  package init() {}

  package func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8] {
    var output: [UInt8] = []
    // The encoder writes CONTENT_LENGTH and SCGI in front.
    let others = request.variables.filter {
      !$0.name.elementsEqual("CONTENT_LENGTH".utf8) && !$0.name.elementsEqual("SCGI".utf8)
    }
    SCGIEncoder.appendRequest(headers: others, body: [], to: &output)
    return output
  }

  package func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader {
    ClosedAnswerReader(expectation)
  }
}
