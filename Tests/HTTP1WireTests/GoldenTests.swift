// Every `fixtures/wire/http1/*.wire` against its `.events`, and cut in every way.

import HTTP1Wire
import TestSupport
import Testing
import WireBytes

/// Plays a `.wire` file to two decoders that know of each other what HTTP/1 needs.
///
/// Actions: `join` (both directions joined in the middle), `line-limit COUNT`, `lose client|server COUNT`,
/// `half-close client|server`.
struct WirePlayer {
  private var requests = HTTP1Decoder(role: .requests)
  private var responses = HTTP1Decoder(role: .responses)
  private var lines: [String] = []
  private var requestLog = DecoderLog<HTTP1Event>(.request)
  private var responseLog = DecoderLog<HTTP1Event>(.response)

  /// The log of `file` with every run of bytes cut every `length` bytes.
  static func log(_ file: WireFile, every length: Int = .max) -> [String] {
    var player = WirePlayer()
    for step in file.steps {
      switch step {
      case .bytes(let direction, let bytes):
        for start in stride(from: 0, to: bytes.count, by: max(1, min(length, bytes.count))) {
          player.receive(bytes[start..<min(bytes.count, start + min(length, bytes.count))], direction)
        }
      case .action(let words): player.act(words)
      }
    }
    player.act(["half-close", "client"])
    player.act(["half-close", "server"])
    return player.lines
  }

  private mutating func receive(_ piece: ArraySlice<UInt8>, _ direction: Direction) {
    if direction == .request {
      var methods: [HTTP1MethodKind] = []
      unsafe requests.receive(piece.span.bytes) { event, bytes in
        if case .requestLine(let line) = event { methods.append(HTTP1MethodKind(bytes.extracting(line.method))) }
        requestLog.add(event, bytes)
      }
      for method in methods { responses.expectResponse(to: method) }
    } else {
      unsafe responses.receive(piece.span.bytes) { responseLog.add($0, $1) }
      if responses.isUpgraded { requests.upgrade { requestLog.add($0, $1) } }
    }
  }

  private mutating func act(_ words: [String]) {
    let isClient = words.count > 1 && words[1] == "client"
    switch words.first {
    case "join":
      requests = HTTP1Decoder(role: .requests, joinedInTheMiddle: true)
      responses = HTTP1Decoder(role: .responses, joinedInTheMiddle: true)
    case "line-limit":
      requests = HTTP1Decoder(role: .requests, lineLimit: Int(words[1]) ?? 0)
      responses = HTTP1Decoder(role: .responses, lineLimit: Int(words[1]) ?? 0)
    case "lose":
      let count = UInt64(words[2]) ?? 0
      if isClient {
        requests.skip(byteCount: count) { requestLog.add($0, $1) }
      } else {
        responses.skip(byteCount: count) { responseLog.add($0, $1) }
      }
    case "half-close":
      if isClient {
        requests.end { requestLog.add($0, $1) }
        requestLog.flush()
        lines.append(contentsOf: requestLog.lines)
        requestLog = DecoderLog<HTTP1Event>(.request)
      } else {
        responses.end { responseLog.add($0, $1) }
        responseLog.flush()
        lines.append(contentsOf: responseLog.lines)
        responseLog = DecoderLog<HTTP1Event>(.response)
      }
    default: lines.append("unknown action \(words)")
    }
  }
}

@Suite struct GoldenTests {
  static let folder = Golden.wireFolder("http1")
  static let names = Golden.wireFiles(in: folder)

  @Test func thereAreGoldens() { #expect(Self.names.count >= 10) }

  @Test("golden", arguments: names) func golden(_ name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    let log = WirePlayer.log(file)
    #expect(Golden.compare(log, withEvents: name, in: Self.folder) == nil)
    for length in 1...40 {
      #expect(WirePlayer.log(file, every: length) == log, "every \(length)")
    }
  }
}
