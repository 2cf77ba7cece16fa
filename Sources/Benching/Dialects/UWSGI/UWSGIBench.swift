// uwsgi for measuring: a connection for every request, there is no other way.

package import Exchanges
internal import UWSGIWire

package struct UWSGIBench: BenchDialect {
  package let wireProtocol = WireProtocol.uwsgi
  package let name = "uwsgi"
  package let modes = [BenchMode.close]

  package init() {}

  package func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8] {
    var output: [UInt8] = []
    UWSGIEncoder.appendRequest(variables: request.variables, body: [], to: &output)
    return output
  }

  package func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader {
    ClosedAnswerReader(expectation)
  }
}
