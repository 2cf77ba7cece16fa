// Any bytes, any link type: the decoder answers, and what it answers lies within the frame.

import Packets
import Testing
import WireBytes

@Suite struct AnyFrameTests {
  @Test(arguments: LinkType.supported + [LinkType(rawValue: 9_999)])
  func anyBytesAreAnswered(_ linkType: LinkType) {
    var state = UInt64(bitPattern: Int64(linkType.rawValue)) &+ 0x9E37_79B9
    func random() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let encoder = linkType.isSupported ? PacketEncoder(linkType: linkType) : PacketEncoder()
    let seeds = [
      encoder.frame(header(.v4), payload: Array("payload".utf8)), encoder.frame(header(.v6), payload: [1, 2, 3]),
      [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64), [],
    ]
    var segments = 0
    for _ in 0..<20_000 {
      var frame = seeds[Int(random()) % seeds.count]
      for _ in 0..<(random() % 4) where !frame.isEmpty {
        // Mostly in the headers.
        frame[Int(random()) % frame.count] = UInt8(truncatingIfNeeded: random())
      }
      frame = Array(frame.prefix(Int(random()) % 96))
      let claimed = random() % 4 == 0 ? Int(random()) : frame.count
      guard case .segment(let segment) = decode(frame, linkType, originalByteCount: claimed) else { continue }
      segments += 1
      #expect(segment.payload.lowerBound >= 0 && segment.payload.upperBound <= frame.count)
      #expect(segment.wireByteCount >= segment.capturedByteCount)
      #expect(segment.wireByteCount >= 0)
    }
    #expect(linkType.isSupported == (segments > 500))
  }
}
