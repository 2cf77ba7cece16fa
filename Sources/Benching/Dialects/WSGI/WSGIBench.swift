// WSGI for measuring: gatespec's bridge hosts the application, and a connection carries each call.
//
// What the lines say is WSGIWire's; what has to be read of them WSGIAnswerReader's.

package import Exchanges
internal import WSGIWire

package struct WSGIBench: BenchDialect {
  package let wireProtocol = WireProtocol.wsgi
  package let name = "WSGI"
  package let modes = [BenchMode.close]

  package init() {}

  package func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8] {
    var output = Array("gatespec-wsgi 1\n".utf8)
    for variable in request.variables {
      WSGIStatement("variable", [variable.name, variable.value]).append(to: &output)
    }
    WSGIStatement("call").append(to: &output)
    return output
  }

  package func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader {
    WSGIAnswerReader(expectation)
  }
}
