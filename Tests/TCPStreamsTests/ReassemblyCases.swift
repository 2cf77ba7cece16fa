// Every situation of a TCP stream in a capture, with the events it must give.
//
// `c` and `s` are packets of the client and the server, numbered from 1 in the log (`#4`). Cases that begin with
// `handshake` have its three packets as #1 to #3; their first events are not repeated in the expectations.

import Packets

struct ReassemblyCase: Sendable {
  var name: String
  var steps: [Step]
  var expected: [String]
  /// Whether the capture's end follows.
  var ends = false
  var counters: [String: UInt64] = [:]
}

let opened = ["1 open syn 40000>80 #1", "1 established 2ms 1ms #3"]

let orderCases: [ReassemblyCase] = [
  ReassemblyCase(
    name: "request and response in order",
    steps: handshake + [c(1, "GET", ack: 1), s(1, "200", ack: 4), c(4, "x", ack: 4)],
    expected: opened + [#"1 > "GET" #4"#, #"1 < "200" #5"#, #"1 > "x" #6"#]),
  ReassemblyCase(
    name: "two segments swapped",
    steps: handshake + [c(4, "def", ack: 1), c(1, "abc", ack: 1), c(7, "g", ack: 1)],
    expected: opened + [#"1 > "abc" #5"#, #"1 > "def" #4"#, #"1 > "g" #6"#], counters: ["outOfOrder": 1]),
  ReassemblyCase(
    name: "five segments backwards",
    steps: handshake + [
      c(9, "ij", ack: 1), c(7, "gh", ack: 1), c(5, "ef", ack: 1), c(3, "cd", ack: 1), c(1, "ab", ack: 1),
    ],
    expected: opened + [
      #"1 > "ab" #8"#, #"1 > "cd" #7"#, #"1 > "ef" #6"#, #"1 > "gh" #5"#, #"1 > "ij" #4"#,
    ],
    counters: ["outOfOrder": 4]),
  ReassemblyCase(
    name: "a whole retransmission",
    steps: handshake + [c(1, "abc", ack: 1), c(1, "abc", ack: 1), c(4, "d", ack: 1)],
    expected: opened + [#"1 > "abc" #4"#, #"1 > "d" #6"#], counters: ["retransmitted": 1]),
  ReassemblyCase(
    name: "every packet twice, as a bridge captures them",
    steps: (handshake + [c(1, "abc", ack: 1), s(1, "xyz", ack: 4), c(4, "", .fin, ack: 4), s(4, "", .fin, ack: 5)])
      .flatMap { [$0, $0.after(0)] },
    expected: [
      "1 open syn 40000>80 #1", "1 established 2ms 1ms #5", #"1 > "abc" #7"#, #"1 < "xyz" #9"#, "1 > end #11",
      "1 < end #13", "1 finished closed #13",
    ],
    counters: ["retransmitted": 2, "late": 1]),
  ReassemblyCase(
    name: "a partial retransmission brings new bytes",
    steps: handshake + [c(1, "abc", ack: 1), c(2, "bcdef", ack: 1)],
    expected: opened + [#"1 > "abc" #4"#, #"1 > "def" #5"#], counters: ["retransmitted": 1]),
  ReassemblyCase(
    name: "a segment that is older and shorter",
    steps: handshake + [c(1, "abcdef", ack: 1), c(2, "bc", ack: 1)],
    expected: opened + [#"1 > "abcdef" #4"#], counters: ["retransmitted": 1]),
  ReassemblyCase(
    name: "overlap with held data: the first copy counts and agrees",
    steps: handshake + [c(4, "def", ack: 1), c(1, "abcdefgh", ack: 1)],
    expected: opened + [#"1 > "abc" #5"#, #"1 > "def" #4"#, #"1 > "gh" #5"#], counters: ["conflicts": 0]),
  ReassemblyCase(
    name: "overlap with held data: the first copy counts and differs",
    steps: handshake + [c(4, "def", ack: 1), c(1, "abcXYZgh", ack: 1)],
    expected: opened + [
      "1 > conflict at=3 count=3 #5", #"1 > "abc" #5"#, #"1 > "def" #4"#, #"1 > "gh" #5"#,
    ],
    counters: ["conflicts": 1]),
  ReassemblyCase(
    name: "a held segment bridges two held ones",
    steps: handshake + [c(3, "c", ack: 1), c(7, "g", ack: 1), c(2, "bcdefgh", ack: 1), c(1, "a", ack: 1)],
    expected: opened + [
      #"1 > "a" #7"#, #"1 > "b" #6"#, #"1 > "c" #4"#, #"1 > "def" #6"#, #"1 > "g" #5"#, #"1 > "h" #6"#,
    ],
    counters: ["conflicts": 0]),
  ReassemblyCase(
    name: "held data sent again is dropped",
    steps: handshake + [c(4, "def", ack: 1), c(4, "def", ack: 1), c(5, "e", ack: 1), c(1, "abc", ack: 1)],
    expected: opened + [#"1 > "abc" #7"#, #"1 > "def" #4"#], counters: ["retransmitted": 2]),
  ReassemblyCase(
    name: "keep-alive probes with and without a byte",
    steps: handshake + [
      c(1, "abc", ack: 1), c(3, "", ack: 1), s(1, "", ack: 4), c(3, "c", ack: 1), s(1, "", ack: 4), c(4, "d", ack: 1),
    ],
    expected: opened + [#"1 > "abc" #4"#, #"1 > "d" #9"#], counters: ["keepAlives": 2]),
  ReassemblyCase(
    name: "a keep-alive probe before the first data of a joined stream",
    steps: [c(100, "ask", ack: 50), s(49, "", ack: 103), s(50, "yes", ack: 103)],
    expected: ["1 open middle 40000>80 #1", #"1 > "ask" #1"#, #"1 < "yes" #3"#]),
  ReassemblyCase(
    name: "a zero window probed with one byte",
    steps: handshake + [
      c(1, "abc", ack: 1), s(1, "", ack: 4), c(4, "d", ack: 1), s(1, "", ack: 4), c(4, "def", ack: 1),
    ],
    expected: opened + [#"1 > "abc" #4"#, #"1 > "d" #6"#, #"1 > "ef" #8"#]),
  ReassemblyCase(
    name: "only the client's packets were captured",
    steps: [c(0, "", .syn), c(1, "", ack: 1), c(1, "abc", ack: 1), c(7, "g", ack: 4), c(4, "def", ack: 4)],
    expected: [
      "1 open syn 40000>80 #1", "1 established 1ms ? #2", #"1 > "abc" #3"#, "1 < gap 3 #5", #"1 > "def" #5"#,
      #"1 > "g" #4"#, "1 finished captureEnd #5",
    ],
    ends: true),
]
