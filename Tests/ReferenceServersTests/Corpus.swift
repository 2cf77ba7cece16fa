// Sound conversations that between them touch everything a responder does. Tests of faults, fragmentation and
// robustness all run over these.

import FastCGIWire

/// A named conversation.
struct CorpusEntry: Sendable {
  var name: String
  var steps: [ClientStep]

  private init(_ name: String, _ steps: [ClientStep]) {
    self.name = name
    self.steps = steps
  }

  /// One burst of records, and then time for everything.
  private init(_ name: String, _ encoder: FastCGIEncoder = FastCGIEncoder(), _ write: (inout Client) -> Void) {
    self.init(name, [.send(Client.make(encoder, write)), .settle])
  }

  static let all: [CorpusEntry] = plain + inputs + ids + management + roles + aborts

  private static let plain = [
    CorpusEntry("echo") { $0.request(query: "probe=echo", keeps: false, [("B", [0x31]), ("A", Array(0...255))]) },
    CorpusEntry(
      "kept, twice",
      [
        .send(Client.make { $0.request(query: "probe=echo", [("ONLY_FIRST", [0x31])]) }), .settle,
        .send(Client.make { $0.request(query: "probe=echo") }), .settle,
      ]),
    CorpusEntry("stderr") { $0.request(query: "probe=stderr&bytes=20") },
    CorpusEntry("exit") { $0.request(query: "probe=exit&code=938") },
    CorpusEntry("crash at start") { $0.request(query: "probe=crash&at=start", keeps: false) },
    CorpusEntry("no output") { $0.request(query: "probe=pattern&bytes=0") },
    CorpusEntry("stream") { $0.request(query: "probe=stream&parts=3&delay=20") },
    CorpusEntry("unread") { $0.request(query: "probe=unread", body: Array("late".utf8)) },
  ]

  private static let inputs = [
    CorpusEntry("padding", FastCGIEncoder(padding: .bytes(9), paddingBytes: [0xFF])) {
      $0.request(query: "probe=reflect", body: Array("padded".utf8))
    },
    CorpusEntry("reserved bytes", FastCGIEncoder(reserved: 0xFF)) { $0.request(query: "probe=echo") },
    CorpusEntry("one-byte records") {
      $0.request(query: "probe=reflect", body: Array("abcdef".utf8), framing: .oneByte)
    },
    CorpusEntry("large body") {
      $0.request(query: "probe=reflect", body: (0..<70_000).map { UInt8(truncatingIfNeeded: $0) })
    },
    CorpusEntry("long names and values") {
      $0.request(
        query: "probe=echo",
        [(String(repeating: "N", count: 200), [0x31]), ("V", Array(repeating: 0x32, count: 70_000))])
    },
    CorpusEntry("cut pair") {
      $0.begin(flags: 1)
      $0.record(.params, 1, [12, 10] + Array("QUERY_STRINGprobe=echo".utf8) + [3, 100, 0x41])
      $0.record(.params, 1)
      $0.stream(.stdin)
    },
    CorpusEntry("query last") {
      $0.begin(flags: 1)
      $0.record(.params, 1, [1, 1, 0x41, 0x42, 12, 12] + Array("QUERY_STRINGprobe=fields".utf8))
      $0.record(.params, 1)
      $0.stream(.stdin)
    },
    CorpusEntry(
      "PARAMS end late",
      [
        .send(
          Client.make {
            $0.begin(flags: 1)
            $0.params(query: "probe=echo", isEnded: false)
            $0.stream(.stdin)
          }), .settle, .send(Client.make { $0.record(.params, 1) }), .settle,
      ]),
    CorpusEntry("body too short") {
      $0.begin(flags: 1)
      $0.params(query: "probe=echo", [("CONTENT_LENGTH", Array("9".utf8))])
      $0.stream(.stdin, 1, Array("short".utf8))
    },
  ]

  private static let ids = [
    CorpusEntry("IDs 255, 256 and 65535") {
      for id: UInt16 in [255, 256, 65_535] { $0.request(id, query: "probe=echo") }
    },
    CorpusEntry("inactive ID") {
      $0.record(.stdin, 9, [1, 2, 3])
      $0.record(.stdin, 9)
      $0.record(.abortRequest, 9)
      $0.request(query: "probe=echo")
    },
    CorpusEntry(
      "late records",
      [
        .send(Client.make { $0.request(query: "probe=unread") }), .settle,
        .send(
          Client.make {
            $0.record(.stdin, 1, [1])
            $0.record(.stdin, 1)
            $0.request(query: "probe=echo")
          }), .settle,
      ]),
    CorpusEntry("foreign ID in a request") {
      $0.begin(flags: 1)
      $0.params(query: "probe=reflect")
      $0.record(.stdin, 1, [0x61])
      $0.record(.stdin, 2, [0x62])
      $0.record(.stdin, 1, [0x63])
      $0.record(.stdin, 1)
    },
    CorpusEntry("two at once") {
      $0.begin(1, flags: 1)
      $0.begin(2, flags: 1)
      $0.params(1, query: "probe=pattern&bytes=40000")
      $0.params(2, query: "probe=stream&parts=2&delay=5")
      $0.stream(.stdin, 2)
      $0.stream(.stdin, 1)
    },
    CorpusEntry("more than FCGI_MAX_REQS") {
      for id: UInt16 in 1...66 { $0.begin(id, flags: 1) }
      $0.params(1, query: "probe=echo")
      $0.stream(.stdin, 1)
    },
  ]

  private static let management = [
    CorpusEntry("query") {
      $0.encoder.appendGetValues(["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"], to: &$0.bytes)
      $0.request(query: "probe=echo")
    },
    CorpusEntry("query one and an unknown one") {
      $0.encoder.appendGetValues(["FCGI_MPXS_CONNS", "UNKNOWN"], to: &$0.bytes)
    },
    CorpusEntry("query between PARAMS") {
      $0.begin(flags: 1)
      $0.params(query: "probe=status&code=404", isEnded: false)
      $0.encoder.appendGetValues(["FCGI_MAX_REQS"], to: &$0.bytes)
      $0.record(.params, 1)
      $0.stream(.stdin)
    },
    CorpusEntry(
      "query while busy",
      [
        .send(Client.make { $0.request(query: "probe=sleep&ms=500") }), .flush,
        .send(Client.make { $0.encoder.appendGetValues(["FCGI_MAX_CONNS"], to: &$0.bytes) }), .settle,
      ]),
    CorpusEntry("unknown types") {
      $0.record(FastCGIRecordType(rawValue: 42), 0, Array(0..<8))
      $0.record(FastCGIRecordType(rawValue: 0), 0)
      $0.request(query: "probe=echo")
    },
  ]

  private static let roles = [
    CorpusEntry("unknown roles") {
      $0.begin(1, role: FastCGIRole(rawValue: 9), flags: 1)
      $0.begin(2, role: FastCGIRole(rawValue: 0x0101), flags: 1)
      $0.params(2, query: "probe=echo")
      $0.stream(.stdin, 2)
      $0.request(3, query: "probe=echo")
    },
    CorpusEntry("undefined flags") {
      $0.begin(1, flags: 0xFE)
      $0.params(query: "probe=echo")
      $0.stream(.stdin)
    },
    CorpusEntry("authorizer") {
      $0.begin(role: .authorizer, flags: 1)
      $0.params(query: "probe=echo")
    },
    CorpusEntry(
      "filter",
      [
        .send(
          Client.make {
            $0.begin(role: .filter, flags: 1)
            $0.params(query: "probe=echo", [("FCGI_DATA_LENGTH", Array("4".utf8))])
          }), .settle,
        .send(
          Client.make {
            $0.stream(.stdin)
            $0.stream(.data, 1, Array("data".utf8))
          }), .settle,
      ]),
    CorpusEntry("filter with short data") {
      $0.begin(role: .filter, flags: 1)
      $0.params(query: "probe=echo", [("FCGI_DATA_LENGTH", Array("9".utf8))])
      $0.stream(.stdin)
      $0.stream(.data, 1, Array("data".utf8))
    },
  ]

  private static let aborts = [
    CorpusEntry("abort in PARAMS") {
      $0.begin(flags: 1)
      $0.params(query: "probe=echo", isEnded: false)
      $0.record(.abortRequest, 1)
      $0.request(2, query: "probe=echo")
    },
    CorpusEntry(
      "abort in a pause",
      [
        .send(
          Client.make {
            $0.request(1, query: "probe=sleep&ms=60000")
            $0.request(2, query: "probe=sleep&ms=10")
          }), .flush,
        .send(Client.make { $0.record(.abortRequest, 1) }), .settle,
      ]),
    CorpusEntry(
      "half-closed",
      [
        .send(
          Client.make {
            $0.request(1, query: "probe=echo")
            $0.begin(2, flags: 1)
          }), .end, .settle,
      ]),
    CorpusEntry("not FastCGI", [.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)), .settle]),
  ]
}
