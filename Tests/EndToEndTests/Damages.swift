// The ways of damaging a capture, and what each must cost: nothing more than what was lost.

/// What `gatespec trace` must print of a damaged capture.
struct TraceCounts: Equatable, Sendable {
  var exchanges = DamagedCapture.count
  var incomplete = 0
  /// Exchanges with the flags G and M.
  var gaps = 0
  var joined = 0
  var gapBytes = 0
  var truncatedPackets = 0
  var conflicts = 0
  /// Exchanges whose request was recognised.
  var targets = DamagedCapture.count
}

/// One way of damaging a capture.
struct Damage: Sendable {
  var name: String
  /// Whether tshark counts the same requests and complete responses; elsewhere it loses more than was lost.
  var tsharkAgrees = false
  /// Makes the damaged capture.
  var make: @Sendable (DamagedCapture.Interface) -> (DamagedCapture, TraceCounts)

  init(
    _ name: String, tsharkAgrees: Bool = false,
    _ damage: @escaping @Sendable (inout DamagedCapture, inout TraceCounts) -> Void
  ) {
    self.name = name
    self.tsharkAgrees = tsharkAgrees
    make = { interface in
      var capture = DamagedCapture(interface)
      var expected = TraceCounts()
      damage(&capture, &expected)
      return (capture, expected)
    }
  }
}

extension DamagedCapture {
  /// The requests of a conversation.
  static let count = 1_000
}

/// Damage that both protocols bear alike, but for what is said.
///
/// Response 503 has four segments in FastCGI and in HTTP, response 497 has one.
let damages: [Damage] = [
  Damage("nothing", tsharkAgrees: true) { _, _ in },
  Damage("the last segment of a response is lost") { capture, expected in
    let last = capture.responses[500].upperBound - 1
    expected.gapBytes = capture.lose(last..<(last + 1))
    expected.gaps = 1
    // In FastCGI the record that ends the request is gone; in HTTP only the end of a body whose length is known.
    expected.incomplete = capture.interface == .fastcgi ? 1 : 0
  },
  Damage("a request is lost") { capture, expected in
    expected.gapBytes = capture.lose(capture.requests[500])
    expected.targets -= 1
    expected.joined = 1
    expected.incomplete = 1
  },
  Damage("two segments are swapped", tsharkAgrees: true) { capture, _ in
    for number in [6, 503] {
      let first = capture.responses[number].lowerBound
      capture.packets.swapAt(first, first + 1)
    }
  },
  Damage("joined in the middle of a response") { capture, expected in
    capture.packets.removeFirst(capture.responses[503].lowerBound + 1)
    expected.exchanges = DamagedCapture.count - 504
    expected.targets = expected.exchanges
  },
  Damage("pairs straddle records", tsharkAgrees: true) { capture, _ in
    capture = DamagedCapture(capture.interface, straddling: true)
  },
  Damage("a gap inside a body") { capture, expected in
    let second = capture.responses[503].lowerBound + 1
    expected.gapBytes = capture.lose(second..<(second + 1))
    expected.gaps = 1
  },
  Damage("other bytes are sent again after the first were read", tsharkAgrees: true) { capture, _ in
    let second = capture.responses[503].lowerBound + 1
    capture.repeatDiffering(second, behind: second)
  },
  Damage("other bytes are sent again while the first wait", tsharkAgrees: true) { capture, expected in
    let first = capture.responses[503].lowerBound
    capture.packets.swapAt(first, first + 1)
    capture.repeatDiffering(first, behind: first)
    expected.conflicts = 1
  },
  Damage("sequence numbers wrap", tsharkAgrees: true) { capture, _ in
    capture = DamagedCapture(capture.interface, sequences: (.max - 50_000, .max - 300_000))
  },
  Damage("a snapshot length of 200") { capture, expected in
    for index in capture.packets.indices { capture.packets[index].kept = 200 }
    expected.truncatedPackets = capture.packets.count { $0.frame.count > 200 }
    expected.gapBytes = capture.packets.reduce(0) { $0 + max(0, $1.frame.count - 200) }
    // Every response is longer than what is kept of a segment.
    expected.gaps = DamagedCapture.count
    // The record that ends a request stands at the end of its last segment.
    let cut = capture.responses.count { capture.packets[$0.upperBound - 1].frame.count > 200 }
    expected.incomplete = capture.interface == .fastcgi ? cut : 0
  },
  Damage("every packet is there twice", tsharkAgrees: true) { capture, _ in
    capture.packets = capture.packets.flatMap { [$0, $0] }
  },
  Damage("only the client's packets") { capture, expected in
    expected.gapBytes = capture.payload(ofAll: capture.responses)
    capture.packets.removeAll(where: DamagedCapture.isFromServer)
    expected.gaps = DamagedCapture.count
    expected.incomplete = DamagedCapture.count
  },
  Damage("only the server's packets") { capture, expected in
    expected.gapBytes = capture.payload(ofAll: capture.requests)
    capture.packets.removeAll { !DamagedCapture.isFromServer($0) }
    expected.targets = 0
    expected.joined = DamagedCapture.count
    expected.incomplete = DamagedCapture.count
  },
]

/// Damage to the beginning of a response, which only FastCGI's request IDs and ends bear for certain.
let headDamages: [Damage] = [
  Damage("the first segment of a response is lost") { capture, expected in
    let first = capture.responses[503].lowerBound
    expected.gapBytes = capture.lose(first..<(first + 1))
    expected.gaps = 1
    expected.incomplete = capture.interface == .fastcgi ? 0 : 1
  },
  Damage("a whole response is lost") { capture, expected in
    expected.gapBytes = capture.lose(capture.responses[497])
    expected.gaps = 1
    expected.incomplete = 1
  },
]
