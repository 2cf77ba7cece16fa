// Runs the cases, each with several initial sequence numbers: where numbers wrap must make no difference.

import Packets
import TCPStreams
import Testing

extension ReassemblyCase: CustomTestStringConvertible {
  var testDescription: String { name }
}

/// Counters by the short names that the cases use.
func counter(_ name: String, _ counters: ReassemblyCounters) -> UInt64? {
  switch name {
  case "outOfOrder": counters.outOfOrderSegments
  case "retransmitted": counters.retransmittedSegments
  case "conflicts": counters.conflicts
  case "keepAlives": counters.keepAlives
  case "late": counters.lateSegments
  case "gaps": counters.gaps
  case "gapBytes": counters.gapBytes
  case "truncated": counters.truncatedSegments
  case "joined": counters.joinedConnections
  case "unattached": counters.unattachedSegments
  case "ignoredResets": counters.ignoredResets
  case "superseded": counters.supersededConnections
  case "implausible": counters.implausibleSegments
  default: nil
  }
}

@Suite struct ReassemblyCaseTests {
  @Test(arguments: orderCases + lossCases + causalCases + endCases)
  func events(_ item: ReassemblyCase) {
    let initials: [(client: UInt32, server: UInt32)] = [
      (1_000, 2_000), (.max, .max), (.max - 1, .max - 3), (.max - 5, 2_000), (0x7FFF_FFFE, 0x8000_0000), (0, 0),
    ]
    for initial in initials {
      var log = StreamLog(initial: initial)
      log.play(item.steps)
      if item.ends { log.finish() }
      #expect(log.lines == item.expected, "with initial sequence numbers \(initial)")
      for (name, value) in item.counters {
        #expect(counter(name, log.reassembler.counters) == value, "\(name) with \(initial)")
      }
    }
  }

  @Test func everyNameIsUsedOnce() {
    let names = (orderCases + lossCases + causalCases + endCases).map(\.name)
    #expect(Set(names).count == names.count)
  }
}
