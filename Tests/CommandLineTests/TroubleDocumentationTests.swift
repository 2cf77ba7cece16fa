// docs/trace.md, "Reading a 502": what it shows is what `gatespec trace` prints of the capture that it names.

import Foundation
import Testing

@Suite struct TroubleDocumentationTests {
  @Test func whatIsShownIsWhatIsPrinted() throws {
    let text = try String(contentsOf: TraceFormatTests.root.appending(path: "docs/trace.md"), encoding: .utf8)
    let section = try #require(
      text.components(separatedBy: "### Reading a 502\n").last?.components(separatedBy: "\n### ")[0])
    let run = try Program.run(
      ["trace", "-r", TraceFormatTests.capture("php-fpm-trouble"), "--lint", "--skip", "FCGI-3.3-21"])
    #expect(run.code == 0)
    let blocks = section.components(separatedBy: "```\n").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    #expect(blocks.count == 8)
    for block in blocks { #expect(run.output.contains(block), "\(block)") }
  }

  @Test func minusVSaysWhoRefused() throws {
    let run = try Program.run(
      ["trace", "-r", TraceFormatTests.capture("php-fpm-trouble"), "-v", "--where", "status == 502 and uri ~ echo"])
    #expect(
      run.output.contains(
        "    not linked to a backend's exchange: the gateway's connection to 127.0.0.1:9000 was refused\n"))
  }
}
