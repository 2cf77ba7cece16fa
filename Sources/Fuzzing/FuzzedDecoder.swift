// The codecs, and the check that all of them pass.
//
// The check is the law of any bytes: no trap, a bounded number of events, and the same events however the bytes are cut.

import CGIWire
import FastCGIWire
import HTTP1Wire
import SCGIWire
import UWSGIWire
import WSGIWire
import WireBytes

/// Makes decoders of one direction, and checks them.
struct FuzzedDecoder<Decoder: WireDecoder>: Sendable {
  /// A fresh decoder; the number, any one, chooses among the ways to set it up.
  let make: @Sendable (_ variant: UInt64) -> Decoder

  /// Decodes `input` whole, cut, and with holes.
  ///
  /// - Returns: What is wrong, or nil.
  func check(_ input: [UInt8]) -> String? {
    let cuts = Cuts(input)
    let whole = decode(input, [0..<input.count], cuts.variant)
    guard whole.count <= 16 * input.count + 64 else { return "\(whole.count) events for \(input.count) bytes" }
    let pieces = decode(input, cuts.pieces, cuts.variant)
    guard whole.count == pieces.count, whole.value == pieces.value else {
      return "other events when cut into \(cuts.pieces): \(pieces.count) instead of \(whole.count)"
    }
    var digest = EventDigest()
    var decoder = make(cuts.variant)
    var hole = cuts.variant
    for piece in cuts.pieces {
      unsafe decoder.receive(input.span.bytes.extracting(piece)) { digest.take($0, $1) }
      // Small, large, and past the end of what an offset holds.
      hole = hole &* 6_364_136_223_846_793_005 &+ 1
      if hole >> 62 == 0 { decoder.skip(byteCount: hole >> (hole >> 8 & 63)) { digest.take($0, $1) } }
    }
    decoder.end { digest.take($0, $1) }
    return digest.count <= 32 * input.count + 256 ? nil : "\(digest.count) events with holes"
  }

  private func decode(_ input: [UInt8], _ pieces: [Range<Int>], _ variant: UInt64) -> EventDigest {
    var digest = EventDigest()
    var decoder = make(variant)
    for piece in pieces { unsafe decoder.receive(input.span.bytes.extracting(piece)) { digest.take($0, $1) } }
    decoder.end { digest.take($0, $1) }
    return digest
  }
}

/// One way of cutting an input, which follows from its bytes alone: a failure repeats.
struct Cuts {
  var pieces: [Range<Int>]
  var variant: UInt64

  init(_ input: [UInt8]) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    variant = hash
    pieces = []
    let longest = [1, 7, 64, max(input.count, 1)][Int(hash >> 60 & 3)]
    var start = 0
    while start < input.count {
      hash = hash &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let end = min(start + 1 + Int(hash >> 33) % longest, input.count)
      pieces.append(start..<end)
      start = end
    }
  }
}

/// What is fuzzed of the codecs.
enum FuzzedDecoders {
  static let records = FuzzedDecoder { FastCGIRecordDecoder(joinedInTheMiddle: $0 & 3 == 0) }
  static let pairs = FuzzedDecoder { _ in PairStream() }
  static let httpRequests = FuzzedDecoder { HTTP1Decoder(role: .requests, joinedInTheMiddle: $0 & 3 == 0) }
  static let httpResponses = FuzzedDecoder { variant in
    var decoder = HTTP1Decoder(role: .responses, joinedInTheMiddle: variant & 3 == 0)
    for step in 0..<(variant >> 2 & 3) {
      decoder.expectResponse(to: [.head, .connect, .ordinary, .ordinary][Int(variant >> (4 + step) & 3)])
    }
    return decoder
  }
  static let cgi = FuzzedDecoder { _ in CGIResponseDecoder() }
  static let scgi = FuzzedDecoder { _ in SCGIDecoder() }
  static let uwsgi = FuzzedDecoder { _ in UWSGIDecoder() }
  static let wsgi = FuzzedDecoder { _ in WSGIDecoder() }
}

/// The decoder of name-value pairs as one of a whole stream, of which nothing else stands in it.
struct PairStream: WireDecoder {
  /// An event of the pairs, or whether the stream ended between two of them.
  enum Event: DecodedEvent {
    case pairs(FastCGINameValueEvent)
    case end(isAtBoundary: Bool)

    var piece: PieceKind? {
      switch self {
      case .pairs(.name): .name
      case .pairs(.value): .value
      case .pairs, .end: nil
      }
    }

    func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? { nil }
  }

  private var decoder = FastCGINameValueDecoder()
  private var offset: StreamOffset = 0

  mutating func receive(_ bytes: RawSpan, _ sink: (Event, RawSpan) -> Void) {
    decoder.receive(bytes, at: offset) { sink(.pairs($0), $1) }
    offset &+= UInt64(bytes.byteCount)
  }

  mutating func skip(byteCount: UInt64, _ sink: (Event, RawSpan) -> Void) { offset &+= byteCount }

  mutating func end(_ sink: (Event, RawSpan) -> Void) {
    sink(.end(isAtBoundary: decoder.isAtBoundary), RawSpan())
  }
}
