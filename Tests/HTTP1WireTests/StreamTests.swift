// Laws of the decoder as a stream reader: cut anywhere, any bytes, gaps anywhere, detection.

import HTTP1Wire
import TestSupport
import Testing
import WireBytes

/// Streams of every kind, each direction of each golden among them.
enum Streams {
  static let settings: [DecoderSetting] = [
    DecoderSetting(), DecoderSetting(role: .responses, methods: [.head, .ordinary, .connect]),
    DecoderSetting(joinedInTheMiddle: true), DecoderSetting(role: .responses, joinedInTheMiddle: true),
    DecoderSetting(lineLimit: 64), DecoderSetting(role: .responses, lineLimit: 64),
  ]

  static let goldens: [[UInt8]] = {
    let folder = Golden.wireFolder("http1")
    return Golden.wireFiles(in: folder).flatMap { name -> [[UInt8]] in
      guard let file = try? Golden.wireFile(name, in: folder) else { return [] }
      return [file.bytes(.request), file.bytes(.response)].filter { !$0.isEmpty }
    }
  }()
}

/// A compact record of what a decoder said, for comparing many of them quickly.
struct Trail {
  var bytes: [UInt8] = []
  private var isContentOpen = false
  private var lastOffset: StreamOffset = 0
  var fault: String?

  mutating func add(_ event: HTTP1Event, _ span: RawSpan, upTo end: StreamOffset) {
    switch event {
    case .content, .upgraded:
      if !isContentOpen { append(250, event.offset) }
      isContentOpen = true
      bytes.append(contentsOf: span)
    case .anomaly(let anomaly):
      isContentOpen = false
      append(251, anomaly.range.lowerBound)
      append(UInt8(truncatingIfNeeded: anomaly.kind.name.utf8.count), anomaly.range.upperBound)
      append(0, anomaly.value)
      if anomaly.range.upperBound > end { fault = "anomaly beyond the stream: \(anomaly)" }
      return
    default:
      isContentOpen = false
      append(252, event.offset)
      append(253, UInt64(span.byteCount))
      append(254, Self.facts(event))
    }
    if event.offset < lastOffset { fault = "offset \(event.offset) after \(lastOffset)" }
    if event.offset > end { fault = "offset \(event.offset) beyond the stream's \(end)" }
    lastOffset = event.offset
  }

  private mutating func append(_ mark: UInt8, _ number: UInt64) {
    bytes.append(mark)
    var number = number
    repeat {
      bytes.append(UInt8(truncatingIfNeeded: number))
      number >>= 8
    } while number > 0
  }

  private static func facts(_ event: HTTP1Event) -> UInt64 {
    func pack(_ tag: UInt64, _ range: Range<Int>, _ other: Range<Int>) -> UInt64 {
      tag << 56 | UInt64(range.lowerBound) << 42 | UInt64(range.upperBound) << 28 | UInt64(other.lowerBound) << 14
        | UInt64(other.upperBound)
    }
    switch event {
    case .requestLine(let line): return pack(1, line.method, line.target)
    case .statusLine(let line): return pack(2, line.statusText, line.reason)
    case .fieldLine(let line): return pack(3, line.name, line.value)
    case .trailerLine(let line): return pack(4, line.name, line.value)
    case .foldedLine(let line): return pack(5, line.value, line.value)
    case .chunkHeader(let chunk): return chunk.size
    case .messageEnd(let end): return UInt64(end.completion.rawValue) << 56 | end.contentByteCount
    case .unparsedLine(let line): return UInt64(line.end.rawValue)
    case .headersEnd(let end): return end.isInterim ? 1 : 0
    default: return 0
    }
  }

  /// Decodes `input` in pieces of `length` bytes.
  static func of(_ input: [UInt8], _ setting: DecoderSetting, every length: Int) -> Trail {
    var trail = Trail()
    var decoder = setting.decoder()
    let end = StreamOffset(input.count)
    var isInMessage = false
    func sink(_ event: HTTP1Event, _ bytes: RawSpan) {
      trail.add(event, bytes, upTo: end)
      switch event {
      case .requestLine, .statusLine:
        if isInMessage { trail.fault = "a message begins inside another" }
        isInMessage = true
      case .messageEnd:
        if !isInMessage { trail.fault = "a message ends that did not begin" }
        isInMessage = false
      default: break
      }
    }
    var start = 0
    while start < input.count {
      let stop = min(input.count, start + length)
      unsafe decoder.receive(input.span.bytes.extracting(start..<stop), sink)
      start = stop
      if decoder.offset != StreamOffset(stop) { trail.fault = "not all bytes were consumed" }
    }
    decoder.end(sink)
    if isInMessage { trail.fault = "a message did not end" }
    return trail
  }

  /// What is wrong with how `input` was decoded under `setting`, or nil.
  static func check(_ input: [UInt8], _ setting: DecoderSetting) -> String? {
    let whole = of(input, setting, every: .max >> 1)
    if let fault = whole.fault { return fault }
    let cut = of(input, setting, every: input.count % 7 + 1)
    return whole.bytes == cut.bytes ? nil : "another trail when cut every \(input.count % 7 + 1)"
  }
}

@Suite struct StreamTests {
  @Test("cut anywhere", arguments: Streams.goldens.indices) func fragmentation(_ index: Int) {
    for setting in Streams.settings.prefix(4) {
      #expect(Fragmentation.verify(Streams.goldens[index]) { setting.log($0) }.isEmpty)
    }
  }

  @Test("any bytes", arguments: Streams.settings.indices) func anyBytes(_ index: Int) {
    let setting = Streams.settings[index]
    let failure = AnyBytes.run(from: Streams.goldens, count: 34_000, seed: UInt64(index), limit: 160) {
      Trail.check($0, setting)
    }
    #expect(failure == nil)
  }

  @Test func aGapAnywhereNeverBreaksTheRulesOfMessages() {
    for bytes in Streams.goldens {
      for setting in Streams.settings.prefix(2) {
        for position in 0...bytes.count {
          for lost: UInt64 in [1, 7, 5000, .max] {
            var decoder = setting.decoder()
            var depth = 0
            var isSound = true
            func sink(_ event: HTTP1Event, _ bytes: RawSpan) {
              switch event {
              case .requestLine, .statusLine: depth += 1
              case .messageEnd: depth -= 1
              default: break
              }
              if depth < 0 || depth > 1 { isSound = false }
            }
            unsafe decoder.receive(bytes.span.bytes.extracting(first: position), sink)
            decoder.skip(byteCount: lost, sink)
            unsafe decoder.receive(bytes.span.bytes.extracting(droppingFirst: position), sink)
            decoder.end(sink)
            #expect(isSound && depth == 0, "gap of \(lost) at \(position)")
          }
        }
      }
    }
  }

  @Test func upgradingInAHeadEndsTheMessageAndKeepsTheBytes() {
    var decoder = HTTP1Decoder(role: .requests)
    var log = DecoderLog<HTTP1Event>(.request)
    let head = Array("GET / HTTP/1.1\r\nHost: h\r\nparti".utf8)
    let tail = Array("al\r\n".utf8)
    unsafe decoder.receive(head.span.bytes) { log.add($0, $1) }
    decoder.upgrade { log.add($0, $1) }
    #expect(decoder.isUpgraded)
    unsafe decoder.receive(tail.span.bytes) { log.add($0, $1) }
    decoder.end { log.add($0, $1) }
    log.flush()
    #expect(
      log.lines.suffix(2) == ["25 > message-end lost content=0", "25 > upgraded bytes=9 \"partial\\x0d\\x0a\""])
  }

  @Test func theFirstLineAfterJoiningCountsOnlyWithAKnownMethod() {
    let requests = DecoderSetting(joinedInTheMiddle: true)
    #expect(
      requests.log("GET / HTTP/1.1\r\n\r\n").first == "0 > request-line method=GET target=/ version=HTTP/1.1 end=crlf")
    #expect(anomalies(requests.log("ET / HTTP/1.1\r\n\r\n")) == ["undecoded"])
    #expect(anomalies(requests.log("X\nET / HTTP/1.1\r\n\r\n")) == ["undecoded"])
    #expect(requests.log("X\nET / HTTP/1.1\r\n\r\n").count == 4)
    for line in [
      "GET  / HTTP/1.1", "GET / HTTP/2.0", "GET /", "GET /a b HTTP/1.1", "GET / HTTP/1.1 ", "G(T / HTTP/1.1",
    ] {
      #expect(anomalies(requests.log("\n\(line)\r\n\r\n")).first == "undecoded", "\(line)")
      #expect(requests.log("\n\(line)\r\n\r\n").count == 1, "\(line)")
    }
    let responses = DecoderSetting(role: .responses, joinedInTheMiddle: true)
    #expect(responses.log("HTTP/1.1 200 OK\r\n\r\n").first?.contains("status-line") == true)
    for line in ["TTP/1.1 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 200OK", "HTTP/2.0 200 OK", "HTTP/1.1  200 OK"] {
      #expect(responses.log("\n\(line)\r\n\r\n").count == 1, "\(line)")
    }
  }

  @Test func aLineWithoutEndIsNotKeptWhole() {
    var decoder = HTTP1Decoder(role: .requests, lineLimit: 1024)
    let piece = [UInt8](repeating: 0x61, count: 4096)
    var events = 0
    for _ in 0..<256 { unsafe decoder.receive(piece.span.bytes) { _, _ in events += 1 } }
    #expect(events == 0)
    var kept = 0
    decoder.end { event, bytes in
      if case .unparsedLine = event { kept = bytes.byteCount }
    }
    #expect(kept == 1024)
  }

  private static let requestPrefixes: [(String, PrefixVerdict)] = [
    ("GET / HTTP/1.1\r\n", .yes), ("\r\nGET / HTTP/1.1\r\n", .yes), ("X-y / http/", .yes),
    ("GET /a b HTTP/1.0", .yes), ("", .needMore), ("\r\n", .needMore), ("GE", .needMore), ("GET", .needMore),
    ("GET ", .needMore), ("GET / HTTP", .needMore), ("GET /\r\n", .no), ("GET\r\n", .no), (" GET / HTTP/1.1", .no),
    ("HTTP/1.1 200 OK\r\n", .no), ("\u{1}\u{1}\0", .no), ("\u{16}\u{3}\u{1}", .no), ("12:{", .no),
    (String(repeating: "A", count: 65), .no), ("GET /\(String(repeating: "a", count: 8100))", .needMore),
    ("GET /\(String(repeating: "a", count: 9000))", .yes), ("GET \(String(repeating: "a", count: 9000))", .no),
    ("GET /\(String(repeating: "a\t", count: 4500))", .no),
  ]

  @Test("detection of requests", arguments: requestPrefixes)
  func looksLikeRequest(_ text: String, _ verdict: PrefixVerdict) {
    let bytes = Array(text.utf8)
    #expect(unsafe HTTP1Decoder.looksLikeRequest(bytes.span.bytes) == verdict)
    for count in bytes.indices where verdict == .yes {
      let early = unsafe HTTP1Decoder.looksLikeRequest(bytes.span.bytes.extracting(first: count))
      #expect(early != .no, "\(count)")
    }
  }

  @Test(
    "detection of responses",
    arguments: [
      ("HTTP/1.1 200", PrefixVerdict.yes), ("HTTP/1.0", .yes), ("", .needMore), ("HTT", .needMore),
      ("HTTP/1.", .needMore), ("HTTP/1.x", .no), ("HTTP/2.0", .no), ("http/1.1", .no), ("Status: 200", .no),
    ])
  func looksLikeResponse(_ text: String, _ verdict: PrefixVerdict) {
    let bytes = Array(text.utf8)
    #expect(unsafe HTTP1Decoder.looksLikeResponse(bytes.span.bytes) == verdict)
  }
}
