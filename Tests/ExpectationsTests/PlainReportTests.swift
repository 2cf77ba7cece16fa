// Whether the probe's report of a plain request is one of the request that was sent.

import Expectations
import Testing

@Suite struct PlainReportTests {
  private static func report(_ lines: String) throws -> EchoReport {
    try #require(EchoReport(Array("gatespec-probe 1\n\(lines)body 0\n".utf8)))
  }

  private static func contradiction(_ lines: String) throws -> String? {
    try report(lines).contradiction(method: Array("GET".utf8), query: Array("probe=echo".utf8))
  }

  @Test func aReportFits() throws {
    #expect(try Self.contradiction("param QUERY_STRING probe%3Decho\nparam REQUEST_METHOD GET\n") == nil)
    // What it does not say contradicts nothing: over HTTP there are no such variables.
    #expect(try Self.contradiction("field host localhost\n") == nil)
  }

  @Test func aReportOfAnotherRequestDoesNot() throws {
    #expect(
      try Self.contradiction("param REQUEST_METHOD POST\n") == "it says that REQUEST_METHOD was 'POST'")
    #expect(
      try Self.contradiction("param QUERY_STRING probe%3Dfields\n") == "it says that QUERY_STRING was 'probe=fields'")
    let long = try #require(EchoReport(Array("gatespec-probe 1\nbody 5\n".utf8)))
    #expect(long.contradiction(method: [], query: []) == "it says that the request had a body of 5 bytes")
  }
}
