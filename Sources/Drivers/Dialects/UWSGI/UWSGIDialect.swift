// uwsgi as a client speaks it: a packet of variables with two modifiers, and the body.
//
// What it shares with SCGI stands in VariableBlock.

import Exchanges
import Expectations
import Fixtures
import UWSGIWire

struct UWSGIDialect: VariableBlockDialect {
  let wireProtocol = WireProtocol.uwsgi
  let name = "uwsgi"
  let portName = "a uwsgi port"
  let questionOfSilence: String? = "is it a uwsgi server? One of another protocol closes so on what is uwsgi"

  /// None: uwsgi's variables have no order.
  func leadingVariables(contentLength: Int?) -> [(name: String, value: String)] { [] }

  /// Sizes are cut to 16 bits, as a sender writes them that does not look: what does not fit is no sound packet.
  func request(_ request: VariableBlockRequest, _ variables: [Pair]) -> [UInt8] {
    var (block, output): ([UInt8], [UInt8]) = ([], [])
    for pair in variables {
      let (name, value) = (pair.name.bytes, pair.value.bytes)
      UWSGIEncoder.appendVariable(
        name: name, value: value, nameSize: UInt16(truncatingIfNeeded: name.count),
        valueSize: UInt16(truncatingIfNeeded: value.count), to: &block)
    }
    block += request.variables.rawTail
    let header = UWSGIHeader(
      modifier: UWSGIModifier(rawValue: request.modifier1), dataSize: UInt16(truncatingIfNeeded: block.count),
      secondModifier: request.modifier2)
    UWSGIEncoder.append(header, to: &output)
    return output + block + request.body.bytes
  }

  /// A header that says that 64 bytes follow, and two of them.
  func unfinishedRequest(_ number: UInt16) -> Step.Verb? { .wire([0, 64, 0, 0, 14, 0]) }
}
