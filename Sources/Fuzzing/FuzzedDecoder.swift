// The codecs, each behind the same four calls, and the check that all of them pass.
//
// The check is the law of any bytes: no trap, a bounded number of events, and the same events however the bytes are cut.

import CGIWire
import FastCGIWire
import HTTP1Wire
import SCGIWire
import UWSGIWire
import WireBytes

/// A decoder of one direction.
protocol FuzzedDecoder {
  /// - Parameter variant: Any number; chooses among the ways to set the decoder up.
  init(variant: UInt64)
  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest)
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest)
  mutating func end(_ digest: inout EventDigest)
}

extension FuzzedDecoder {
  /// Decodes `input` whole, cut, and with holes.
  ///
  /// - Returns: What is wrong, or nil.
  static func check(_ input: [UInt8]) -> String? {
    let cuts = Cuts(input)
    let whole = decode(input, [0..<input.count], cuts.variant)
    guard whole.count <= 16 * input.count + 64 else { return "\(whole.count) events for \(input.count) bytes" }
    let pieces = decode(input, cuts.pieces, cuts.variant)
    guard whole.count == pieces.count, whole.value == pieces.value else {
      return "other events when cut into \(cuts.pieces): \(pieces.count) instead of \(whole.count)"
    }
    var digest = EventDigest()
    var decoder = Self(variant: cuts.variant)
    var hole = cuts.variant
    for piece in cuts.pieces {
      unsafe decoder.receive(input.span.bytes.extracting(piece), &digest)
      // Small, large, and past the end of what an offset holds.
      hole = hole &* 6_364_136_223_846_793_005 &+ 1
      if hole >> 62 == 0 { decoder.skip(hole >> (hole >> 8 & 63), &digest) }
    }
    decoder.end(&digest)
    return digest.count <= 32 * input.count + 256 ? nil : "\(digest.count) events with holes"
  }

  private static func decode(_ input: [UInt8], _ pieces: [Range<Int>], _ variant: UInt64) -> EventDigest {
    var digest = EventDigest()
    var decoder = Self(variant: variant)
    for piece in pieces { unsafe decoder.receive(input.span.bytes.extracting(piece), &digest) }
    decoder.end(&digest)
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

struct FuzzedRecords: FuzzedDecoder {
  private var decoder: FastCGIRecordDecoder
  init(variant: UInt64) { decoder = FastCGIRecordDecoder(joinedInTheMiddle: variant & 3 == 0) }

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes) { Self.take($0, $1, &digest) }
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) {
    decoder.skip(byteCount: byteCount) { Self.take($0, $1, &digest) }
  }
  mutating func end(_ digest: inout EventDigest) { decoder.end { Self.take($0, $1, &digest) } }

  private static func take(_ event: FastCGIRecordEvent, _ bytes: RawSpan, _ digest: inout EventDigest) {
    if case .content(let offset) = event { digest.addPiece(1, at: offset, bytes) } else { digest.add(event, bytes) }
  }
}

struct FuzzedPairs: FuzzedDecoder {
  private var decoder = FastCGINameValueDecoder()
  private var offset: StreamOffset = 0
  init(variant: UInt64) {}

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes, at: offset) { event, bytes in
      switch event {
      case .name: digest.addPiece(1, bytes)
      case .value: digest.addPiece(2, bytes)
      case .pair, .ended: digest.add(event, bytes)
      }
    }
    offset &+= UInt64(bytes.byteCount)
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) { offset &+= byteCount }
  mutating func end(_ digest: inout EventDigest) { digest.add(decoder.isAtBoundary) }
}

struct FuzzedRequests: FuzzedDecoder {
  private var decoder: HTTP1Decoder
  init(variant: UInt64) { decoder = HTTP1Decoder(role: .requests, joinedInTheMiddle: variant & 3 == 0) }

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes) { digest.take($0, $1) }
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) {
    decoder.skip(byteCount: byteCount) { digest.take($0, $1) }
  }
  mutating func end(_ digest: inout EventDigest) { decoder.end { digest.take($0, $1) } }
}

struct FuzzedResponses: FuzzedDecoder {
  private var decoder: HTTP1Decoder
  init(variant: UInt64) {
    decoder = HTTP1Decoder(role: .responses, joinedInTheMiddle: variant & 3 == 0)
    for step in 0..<(variant >> 2 & 3) {
      decoder.expectResponse(to: [.head, .connect, .ordinary, .ordinary][Int(variant >> (4 + step) & 3)])
    }
  }

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes) { digest.take($0, $1) }
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) {
    decoder.skip(byteCount: byteCount) { digest.take($0, $1) }
  }
  mutating func end(_ digest: inout EventDigest) { decoder.end { digest.take($0, $1) } }
}

extension EventDigest {
  fileprivate mutating func take(_ event: HTTP1Event, _ bytes: RawSpan) {
    switch event {
    case .content(let offset): addPiece(1, at: offset, bytes)
    case .upgraded(let offset): addPiece(2, at: offset, bytes)
    default: add(event, bytes)
    }
  }
}

struct FuzzedCGI: FuzzedDecoder {
  private var decoder = CGIResponseDecoder()
  init(variant: UInt64) {}

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes) { Self.take($0, $1, &digest) }
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) {
    decoder.skip(byteCount: byteCount) { Self.take($0, $1, &digest) }
  }
  mutating func end(_ digest: inout EventDigest) { decoder.end { Self.take($0, $1, &digest) } }

  private static func take(_ event: CGIResponseEvent, _ bytes: RawSpan, _ digest: inout EventDigest) {
    switch event {
    case .content(let offset): digest.addPiece(1, at: offset, bytes)
    case .undecoded(let offset): digest.addPiece(2, at: offset, bytes)
    default: digest.add(event, bytes)
    }
  }
}

struct FuzzedSCGI: FuzzedDecoder {
  private var decoder = SCGIDecoder()
  init(variant: UInt64) {}

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes) { Self.take($0, $1, &digest) }
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) {
    decoder.skip(byteCount: byteCount) { Self.take($0, $1, &digest) }
  }
  mutating func end(_ digest: inout EventDigest) { decoder.end { Self.take($0, $1, &digest) } }

  private static func take(_ event: SCGIEvent, _ bytes: RawSpan, _ digest: inout EventDigest) {
    switch event {
    case .name: digest.addPiece(1, bytes)
    case .value: digest.addPiece(2, bytes)
    case .content(let offset): digest.addPiece(3, at: offset, bytes)
    case .surplus(let offset): digest.addPiece(4, at: offset, bytes)
    case .undecoded(let offset): digest.addPiece(5, at: offset, bytes)
    default: digest.add(event, bytes)
    }
  }
}

struct FuzzedUWSGI: FuzzedDecoder {
  private var decoder = UWSGIDecoder()
  init(variant: UInt64) {}

  mutating func receive(_ bytes: RawSpan, _ digest: inout EventDigest) {
    decoder.receive(bytes) { Self.take($0, $1, &digest) }
  }
  mutating func skip(_ byteCount: UInt64, _ digest: inout EventDigest) {
    decoder.skip(byteCount: byteCount) { Self.take($0, $1, &digest) }
  }
  mutating func end(_ digest: inout EventDigest) { decoder.end { Self.take($0, $1, &digest) } }

  private static func take(_ event: UWSGIEvent, _ bytes: RawSpan, _ digest: inout EventDigest) {
    switch event {
    case .name: digest.addPiece(1, bytes)
    case .value: digest.addPiece(2, bytes)
    case .data(let offset): digest.addPiece(6, at: offset, bytes)
    case .content(let offset): digest.addPiece(3, at: offset, bytes)
    case .surplus(let offset): digest.addPiece(4, at: offset, bytes)
    case .undecoded(let offset): digest.addPiece(5, at: offset, bytes)
    default: digest.add(event, bytes)
    }
  }
}
