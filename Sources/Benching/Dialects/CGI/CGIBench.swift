// CGI for measuring: a process for every request, whose environment is the request.

package import Exchanges

package struct CGIBench: BenchDialect {
  package let wireProtocol = WireProtocol.cgi
  package let name = "CGI"
  package let modes = [BenchMode.process]

  package init() {}

  /// Nothing: the process has it.
  package func encoded(_ request: BenchRequest, _ mode: BenchMode, slot: Int) -> [UInt8] { [] }

  package func makeReader(_ mode: BenchMode, slots: Int, _ expectation: AnswerExpectation?) -> any AnswerReader {
    ClosedAnswerReader(expectation)
  }
}
