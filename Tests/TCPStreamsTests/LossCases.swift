// Lost segments, packets cut short, connections joined in the middle, and every way to end.
//
// Continues ReassemblyCases.swift in the same language.

import Packets

let lossCases: [ReassemblyCase] = [
  ReassemblyCase(
    name: "a hole is lost when data behind it is acknowledged",
    steps: handshake + [
      c(1, "abc", ack: 1), c(7, "ghi", ack: 1), s(1, "", ack: 4), s(1, "", ack: 10), c(10, "j", ack: 1),
    ],
    expected: opened + [#"1 > "abc" #4"#, "1 > gap 3 #7", #"1 > "ghi" #5"#, #"1 > "j" #8"#],
    counters: ["gapBytes": 3]),
  ReassemblyCase(
    name: "an acknowledgement up to the hole proves nothing",
    steps: handshake + [c(1, "abc", ack: 1), c(7, "ghi", ack: 1), s(1, "", ack: 7), c(4, "def", ack: 1)],
    expected: opened + [#"1 > "abc" #4"#, #"1 > "def" #7"#, #"1 > "ghi" #5"#], counters: ["gapBytes": 0]),
  ReassemblyCase(
    name: "two holes, both acknowledged at once",
    steps: handshake + [c(3, "c", ack: 1), c(6, "f", ack: 1), s(1, "", ack: 7)],
    expected: opened + ["1 > gap 2 #6", #"1 > "c" #4"#, "1 > gap 2 #6", #"1 > "f" #5"#], counters: ["gaps": 2]),
  ReassemblyCase(
    name: "the last segment of a request was lost; the response shows it",
    steps: handshake + [
      c(1, "abc", ack: 1), s(1, "200", ack: 7), s(4, "ok", ack: 7).after(30), c(7, "next", ack: 6),
    ],
    expected: opened + [
      #"1 > "abc" #4"#, "1 > gap 3 #6", #"1 < "200" #5"#, #"1 < "ok" #6"#, #"1 > "next" #7"#,
    ]),
  ReassemblyCase(
    name: "an acknowledgement captured just before its data",
    steps: handshake + [s(1, "", ack: 4), c(1, "abc", ack: 1), s(1, "yes", ack: 4).after(30)],
    expected: opened + [#"1 > "abc" #5"#, #"1 < "yes" #6"#], counters: ["gapBytes": 0]),
  ReassemblyCase(
    name: "a packet cut short by the snapshot length",
    steps: handshake + [c(1, "abcdef", ack: 1, captured: 2), c(7, "g", ack: 1)],
    expected: opened + [#"1 > "ab" #4"#, "1 > gap 4 #4", #"1 > "g" #5"#], counters: ["truncated": 1, "gapBytes": 4]),
  ReassemblyCase(
    name: "a packet cut to its headers, out of order",
    steps: handshake + [c(4, "def", ack: 1, captured: 0), c(1, "abc", ack: 1, captured: 1)],
    expected: opened + [#"1 > "a" #5"#, "1 > gap 2 #5", "1 > gap 3 #4"], counters: ["truncated": 2, "gapBytes": 5]),
  ReassemblyCase(
    name: "what is missing at the end of the capture",
    steps: handshake + [c(4, "def", ack: 1), s(1, "x", ack: 1)],
    expected: opened + [#"1 < "x" #5"#, "1 > gap 3 #5", #"1 > "def" #4"#, "1 finished captureEnd #5"], ends: true),
  ReassemblyCase(
    name: "bytes acknowledged but never seen at the end of the capture",
    steps: handshake + [c(1, "abc", ack: 1), s(1, "", ack: 9)],
    expected: opened + [#"1 > "abc" #4"#, "1 > gap 5 #5", "1 finished captureEnd #5"], ends: true),
  ReassemblyCase(
    name: "joined in the middle by the server's data",
    steps: [s(500, "lo", ack: 70), c(70, "ask", ack: 502), s(502, "yes", ack: 73)],
    expected: ["1 open middle 40000>80 #1", #"1 < "lo" #1"#, #"1 > "ask" #2"#, #"1 < "yes" #3"#],
    counters: ["joined": 1]),
  ReassemblyCase(
    name: "the client's SYN was not captured",
    steps: [s(0, "", .syn, ack: 1), c(1, "", ack: 1), c(1, "abc", ack: 1), s(1, "d", ack: 4)],
    expected: [
      "1 open syn-ack 40000>80 #1", "1 established ? 1ms #2", #"1 > "abc" #3"#, #"1 < "d" #4"#,
    ],
    counters: ["joined": 0]),
  ReassemblyCase(
    name: "the server's SYN was not captured, nor its first segment",
    steps: [c(0, "", .syn), c(1, "", ack: 1), c(1, "abc", ack: 1), s(3, "cd", ack: 4), c(4, "x", ack: 5)],
    expected: [
      "1 open syn 40000>80 #1", "1 established 1ms ? #2", #"1 > "abc" #3"#, "1 < gap 2 #5", #"1 < "cd" #4"#,
      #"1 > "x" #5"#,
    ]),
  ReassemblyCase(
    name: "acknowledgements, FINs and resets of unknown connections open nothing",
    steps: [c(10, "", ack: 20), c(10, "", .fin, ack: 20), s(20, "", .rst, ack: 11), s(20, "", .rst)],
    expected: [], counters: ["unattached": 4]),
]

/// What a side says after it received bytes that were not captured does not overtake their loss.
let causalCases: [ReassemblyCase] = [
  ReassemblyCase(
    name: "a request after a lost response waits until the loss is proved",
    steps: handshake + [c(1, "a", ack: 1), c(2, "b", ack: 4), s(4, "d", ack: 3), c(3, "c", ack: 5)],
    expected: opened + [#"1 > "a" #4"#, "1 < gap 3 #6", #"1 > "b" #5"#, #"1 < "d" #6"#, #"1 > "c" #7"#],
    counters: ["gapBytes": 3, "outOfOrder": 0]),
  ReassemblyCase(
    name: "two responses are lost: each request stands behind its own",
    steps: handshake + [c(1, "a", ack: 1), c(2, "b", ack: 4), c(3, "c", ack: 7), s(7, "d", ack: 4)],
    expected: opened + [
      #"1 > "a" #4"#, "1 < gap 3 #7", #"1 > "b" #5"#, "1 < gap 3 #7", #"1 > "c" #6"#, #"1 < "d" #7"#,
    ],
    counters: ["gaps": 2]),
  ReassemblyCase(
    name: "time proves the loss",
    steps: handshake + [c(1, "a", ack: 1), c(2, "b", ack: 4), c(3, "c", ack: 4).after(30)],
    expected: opened + [#"1 > "a" #4"#, "1 < gap 3 #6", #"1 > "b" #5"#, #"1 > "c" #6"#]),
  ReassemblyCase(
    name: "a response captured after the request that follows it",
    steps: handshake + [c(1, "a", ack: 1), c(2, "b", ack: 4), s(1, "xyz", ack: 2), s(4, "d", ack: 3)],
    expected: opened + [#"1 > "a" #4"#, #"1 < "xyz" #6"#, #"1 > "b" #5"#, #"1 < "d" #7"#], counters: ["gapBytes": 0]),
  ReassemblyCase(
    name: "half of a response is lost, and its other half sent again when the next request was seen",
    steps: handshake + [
      c(1, "a", ack: 1), s(1, "x", ack: 2), c(2, "b", ack: 4), s(1, "xyz", ack: 3), s(4, "d", ack: 3),
    ],
    expected: opened + [
      #"1 > "a" #4"#, #"1 < "x" #5"#, #"1 < "yz" #7"#, #"1 > "b" #6"#, #"1 < "d" #8"#,
    ],
    counters: ["gapBytes": 0]),
  ReassemblyCase(
    name: "what waits is passed on when the capture ends",
    steps: handshake + [c(1, "a", ack: 1), c(2, "b", ack: 4), c(3, "c", ack: 4)],
    expected: opened + [
      #"1 > "a" #4"#, "1 < gap 3 #6", #"1 > "b" #5"#, #"1 > "c" #6"#, "1 finished captureEnd #6",
    ],
    ends: true),
  ReassemblyCase(
    name: "what waits is passed on before a reset",
    steps: handshake + [c(1, "a", ack: 1), c(2, "b", ack: 4), s(4, "", .rst)],
    expected: opened + [
      #"1 > "a" #4"#, "1 < gap 3 #6", #"1 > "b" #5"#, "1 < reset #6",
      "1 finished reset(by: WireBytes.Direction.response) #6",
    ]),
  ReassemblyCase(
    name: "the last response is lost, then both sides end",
    steps: handshake + [
      c(1, "a", ack: 1), c(2, "b", .fin, ack: 4), s(4, "", .fin, ack: 4), c(4, "", ack: 5),
    ],
    expected: opened + [
      #"1 > "a" #4"#, "1 < gap 3 #7", #"1 > "b" #5"#, "1 > end #7", "1 < end #7", "1 finished closed #7",
    ]),
  ReassemblyCase(
    name: "only the client's data: every response is a gap in its place",
    steps: [
      c(0, "", .syn), c(1, "", ack: 1), c(1, "a", ack: 1), c(2, "b", ack: 11), c(3, "c", ack: 21).after(30),
      c(4, "", .fin, ack: 31).after(30),
    ],
    expected: [
      "1 open syn 40000>80 #1", "1 established 1ms ? #2", #"1 > "a" #3"#, "1 < gap 10 #5", #"1 > "b" #4"#,
      "1 < gap 10 #5", #"1 > "c" #5"#, "1 > end #6", "1 < gap 10 #6", "1 finished captureEnd #6",
    ],
    ends: true),
  ReassemblyCase(
    name: "only the server's data: every request is a gap in its place",
    steps: [
      s(0, "", .syn, ack: 1), s(1, "a", ack: 11), s(2, "b", ack: 21).after(30), s(3, "", .fin, ack: 22).after(30),
    ],
    expected: [
      "1 open syn-ack 40000>80 #1", "1 established ? 1ms #2", "1 > gap 10 #3", #"1 < "a" #2"#, "1 > gap 10 #3",
      #"1 < "b" #3"#, "1 < end #4", "1 > end #4", "1 finished closed #4",
    ],
    ends: true, counters: ["gapBytes": 20]),
  ReassemblyCase(
    name: "only the client's data, and the server's FIN is acknowledged",
    steps: [
      c(0, "", .syn), c(1, "", ack: 1), c(1, "a", ack: 1), c(2, "", .fin, ack: 11), c(3, "", ack: 12),
    ],
    expected: [
      "1 open syn 40000>80 #1", "1 established 1ms ? #2", #"1 > "a" #3"#, "1 > end #4", "1 < gap 10 #5", "1 < end #5",
      "1 finished closed #5",
    ],
    ends: true, counters: ["gapBytes": 10]),
  ReassemblyCase(
    name: "data after a FIN that was not captured does not wait",
    steps: handshake + [c(1, "a", ack: 1), s(1, "x", ack: 2), c(2, "b", ack: 3), c(3, "c", ack: 3)],
    expected: opened + [#"1 > "a" #4"#, #"1 < "x" #5"#, #"1 > "b" #6"#, #"1 > "c" #7"#]),
]

let endCases: [ReassemblyCase] = [
  ReassemblyCase(
    name: "both sides end",
    steps: handshake + [c(1, "abc", .fin, ack: 1), s(1, "xyz", .fin, ack: 5), c(5, "", ack: 5)],
    expected: opened + [
      #"1 > "abc" #4"#, "1 > end #4", #"1 < "xyz" #5"#, "1 < end #5", "1 finished closed #5",
    ],
    counters: ["late": 1]),
  ReassemblyCase(
    name: "half-close: the response comes after the request's end",
    steps: handshake + [
      c(1, "abc", .fin, ack: 1), s(1, "", ack: 5), s(1, "one", ack: 5), c(5, "", ack: 4), s(4, "two", ack: 5),
      s(7, "", .fin, ack: 5),
    ],
    expected: opened + [
      #"1 > "abc" #4"#, "1 > end #4", #"1 < "one" #6"#, #"1 < "two" #8"#, "1 < end #9", "1 finished closed #9",
    ]),
  ReassemblyCase(
    name: "a FIN before the data it follows",
    steps: handshake + [c(4, "", .fin, ack: 1), c(1, "abc", ack: 1)],
    expected: opened + [#"1 > "abc" #5"#, "1 > end #5"]),
  ReassemblyCase(
    name: "a FIN with data, out of order",
    steps: handshake + [c(4, "def", .fin, ack: 1), c(1, "abc", ack: 1), c(7, "late", ack: 1)],
    expected: opened + [#"1 > "abc" #5"#, #"1 > "def" #4"#, "1 > end #5"], counters: ["late": 1]),
  ReassemblyCase(
    name: "the data before a FIN is lost, and the FIN acknowledged",
    steps: handshake + [c(4, "", .fin, ack: 1), s(1, "", ack: 5)],
    expected: opened + ["1 > gap 3 #5", "1 > end #5"], counters: ["gapBytes": 3]),
  ReassemblyCase(
    name: "the data before a FIN is missing at the capture's end",
    steps: handshake + [c(4, "", .fin, ack: 1)],
    expected: opened + ["1 > gap 3 #4", "1 > end #4", "1 finished captureEnd #4"], ends: true),
  ReassemblyCase(
    name: "a FIN sent again is nothing",
    steps: handshake + [c(1, "a", .fin, ack: 1), c(1, "a", .fin, ack: 1), c(2, "", .fin, ack: 1), s(1, "b", ack: 3)],
    expected: opened + [#"1 > "a" #4"#, "1 > end #4", #"1 < "b" #7"#]),
  ReassemblyCase(
    name: "a FIN that was not captured: the other side acknowledges it and ends",
    steps: handshake + [
      c(1, "abc", ack: 1), s(1, "xyz", ack: 5), s(4, "", .fin, ack: 5), s(4, "", .fin, ack: 5).after(30),
    ],
    expected: opened + [
      #"1 > "abc" #4"#, #"1 < "xyz" #5"#, "1 < end #6", "1 > end #7", "1 finished closed #7",
    ],
    counters: ["gapBytes": 0]),
  ReassemblyCase(
    name: "a reset by the server ends everything",
    steps: handshake + [c(1, "abc", ack: 1), s(1, "", .rst, ack: 4), c(4, "def", ack: 1)],
    expected: opened + [#"1 > "abc" #4"#, "1 < reset #5", "1 finished reset(by: WireBytes.Direction.response) #5"],
    counters: ["late": 1]),
  ReassemblyCase(
    name: "a reset passes on what is held",
    steps: handshake + [c(4, "def", ack: 1), c(7, "", .rst)],
    expected: opened + [
      "1 > gap 3 #5", #"1 > "def" #4"#, "1 > reset #5", "1 finished reset(by: WireBytes.Direction.request) #5",
    ]),
  ReassemblyCase(
    name: "a reset after a FIN of the same side",
    steps: handshake + [c(1, "", .fin, ack: 1), s(1, "data", ack: 2), c(2, "", .rst)],
    expected: opened + [
      "1 > end #4", #"1 < "data" #5"#, "1 finished reset(by: WireBytes.Direction.request) #6",
    ]),
  ReassemblyCase(
    name: "a reset from nowhere near is ignored",
    steps: handshake + [s(900_000_000, "", .rst), c(1, "abc", ack: 1)],
    expected: opened + [#"1 > "abc" #5"#], counters: ["ignoredResets": 1]),
  ReassemblyCase(
    name: "a refused connection, tried again with the same number",
    steps: [
      c(0, "", .syn), s(-2_000, "", .rst, ack: 1), c(0, "", .syn).after(500), s(-2_000, "", .rst, ack: 1),
    ],
    expected: [
      "1 open syn 40000>80 #1", "1 < reset #2", "1 finished reset(by: WireBytes.Direction.response) #2",
      "2 open syn 40000>80 #3", "2 < reset #4", "2 finished reset(by: WireBytes.Direction.response) #4",
    ]),
  ReassemblyCase(
    name: "a SYN sent again is the same connection, counted from the first",
    steps: [c(0, "", .syn), c(0, "", .syn).after(1_000), s(0, "", .syn, ack: 1), c(1, "a", ack: 1)],
    expected: ["1 open syn 40000>80 #1", "1 established 1002ms 1ms #4", #"1 > "a" #4"#]),
  ReassemblyCase(
    name: "a SYN with data",
    steps: [c(0, "abc", .syn), s(0, "", .syn, ack: 4), c(4, "def", ack: 1)],
    expected: ["1 open syn 40000>80 #1", #"1 > "abc" #1"#, "1 established 2ms 1ms #3", #"1 > "def" #3"#]),
  ReassemblyCase(
    name: "both sides open at once",
    steps: [
      c(0, "", .syn), s(0, "", .syn), c(0, "", .syn, ack: 1), s(0, "", .syn, ack: 1), c(1, "a", ack: 1),
      s(1, "b", ack: 2),
    ],
    expected: ["1 open syn 40000>80 #1", "1 established 4ms 2ms #5", #"1 > "a" #5"#, #"1 < "b" #6"#]),
  ReassemblyCase(
    name: "a new SYN on the ports of an open connection",
    steps: handshake + [
      c(3, "c", ack: 1), c(70_000, "", .syn), s(90_000, "", .syn, ack: 70_001), c(70_001, "x", ack: 90_001),
    ],
    expected: opened + [
      "1 > gap 2 #5", #"1 > "c" #4"#, "1 finished superseded #5", "2 open syn 40000>80 #5",
      "2 established 2ms 1ms #7", #"2 > "x" #7"#,
    ],
    counters: ["superseded": 1]),
  ReassemblyCase(
    name: "a new SYN from the side that was the server",
    steps: handshake + [c(1, "a", ack: 1), s(5_000, "", .syn), c(7_000, "", .syn, ack: 5_001)],
    expected: opened + [#"1 > "a" #4"#, "1 finished superseded #5", "2 open syn 80>40000 #5"]),
  ReassemblyCase(
    name: "a new connection on the same ports, both SYNs not captured",
    steps: handshake + [
      c(1, "a", ack: 1), c(2_000_000_000, "one", ack: 1), c(2_000_000_003, "two", ack: 1),
      c(2_000_000_006, "three", ack: 1), c(2_000_000_011, "four", ack: 1),
    ],
    expected: opened + [
      #"1 > "a" #4"#, "1 finished superseded #7", "2 open middle 40000>80 #7", #"2 > "three" #7"#, #"2 > "four" #8"#,
    ],
    counters: ["implausible": 3]),
  ReassemblyCase(
    name: "late packets of a closed connection open nothing",
    steps: handshake + [
      c(1, "a", .fin, ack: 1), s(1, "b", .fin, ack: 3), c(1, "a", .fin, ack: 1).after(30_000), s(1, "b", .fin, ack: 3),
    ],
    expected: opened + [#"1 > "a" #4"#, "1 > end #4", #"1 < "b" #5"#, "1 < end #5", "1 finished closed #5"],
    counters: ["late": 2]),
  ReassemblyCase(
    name: "the ports of a closed connection are used again",
    steps: handshake + [
      c(1, "a", .fin, ack: 1), s(1, "b", .fin, ack: 3), c(9_000, "", .syn), s(8_000, "", .syn, ack: 9_001),
      c(9_001, "z", ack: 8_001),
    ],
    expected: opened + [
      #"1 > "a" #4"#, "1 > end #4", #"1 < "b" #5"#, "1 < end #5", "1 finished closed #5", "2 open syn 40000>80 #6",
      "2 established 2ms 1ms #8", #"2 > "z" #8"#,
    ]),
]
