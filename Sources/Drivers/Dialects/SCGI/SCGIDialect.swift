// SCGI as a client speaks it: headers in a netstring, CONTENT_LENGTH first, and the body.
//
// What it shares with uwsgi stands in VariableBlock.

import Exchanges
import Expectations
import Fixtures
import SCGIWire

struct SCGIDialect: VariableBlockDialect {
  let wireProtocol = WireProtocol.scgi
  let name = "SCGI"
  let portName = "an SCGI port"
  let questionOfSilence: String? = "is it an SCGI server? One of another protocol closes so on what is SCGI"

  func leadingVariables(contentLength: Int?) -> [(name: String, value: String)] {
    [("CONTENT_LENGTH", "\(contentLength ?? 0)"), ("SCGI", "1")]
  }

  func request(_ request: VariableBlockRequest, _ variables: [Pair]) -> [UInt8] {
    var (block, output): ([UInt8], [UInt8]) = ([], [])
    for pair in variables {
      SCGIEncoder.appendHeader(name: pair.name.bytes, value: pair.value.bytes, to: &block)
    }
    SCGIEncoder.appendNetstring(block + request.variables.rawTail, to: &output)
    return output + request.body.bytes
  }

  /// The header that every request begins with, as far as its name.
  func unfinishedRequest(_ number: UInt16) -> Step.Verb? { .wire(bytes("70:CONTENT_LENGTH")) }
}
