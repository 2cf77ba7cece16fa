// Frames of every link type, headers of every shape, and where each of them may end too early.

import Packets
import Testing
import WireBytes

let client4 = IPEndpoint(IPAddress(v4: 0xC000_0201), port: 40_000)
let server4 = IPEndpoint(IPAddress(v4: 0xC000_0202), port: 9_000)
let client6 = IPEndpoint(IPAddress(v6High: 0x2001_0DB8_0000_0000, low: 1), port: 40_000)
let server6 = IPEndpoint(IPAddress(v6High: 0x2001_0DB8_0000_0000, low: 2), port: 9_000)

func header(_ version: IPVersion, flags: TCPFlags = [.ack, .psh]) -> TCPHeader {
  TCPHeader(
    from: version == .v4 ? client4 : client6, to: version == .v4 ? server4 : server6, sequence: 0x8000_0001,
    acknowledgement: 0xFFFF_FFFE, flags: flags, window: 0x1234)
}

/// Decodes a frame of which `captured` bytes were kept.
func decode(_ frame: [UInt8], _ linkType: LinkType, originalByteCount: Int? = nil) -> DecodedFrame {
  unsafe FrameDecoder(linkType: linkType).decode(
    frame.span.bytes, originalByteCount: originalByteCount ?? frame.count)
}

@Suite struct FrameDecoderTests {
  static let linkTypes = LinkType.supported

  @Test(arguments: linkTypes, [IPVersion.v4, .v6])
  func whatIsEncodedIsDecoded(_ linkType: LinkType, _ version: IPVersion) {
    let payload: [UInt8] = [1, 2, 3, 4, 5]
    let frame = PacketEncoder(linkType: linkType).frame(header(version), payload: payload)
    guard case .segment(let segment) = decode(frame, linkType) else {
      Issue.record("not decoded")
      return
    }
    #expect(segment.header == header(version))
    #expect(Array(frame[segment.payload]) == payload)
    #expect(segment.wireByteCount == 5)
    #expect(!segment.isTruncated)
  }

  /// Every way of cutting a frame is told for what it is.
  @Test(arguments: linkTypes, [IPVersion.v4, .v6])
  func everyLengthOfAFrameIsToldRight(_ linkType: LinkType, _ version: IPVersion) {
    let payload: [UInt8] = [1, 2, 3, 4, 5]
    let frame = PacketEncoder(linkType: linkType).frame(header(version), payload: payload)
    let link = frame.count - payload.count - 20 - (version == .v4 ? 20 : 40)
    for kept in 0..<frame.count {
      let result = decode(Array(frame[..<kept]), linkType, originalByteCount: frame.count)
      if kept >= frame.count - payload.count {
        guard case .segment(let segment) = result else {
          Issue.record("the headers are whole at \(kept)")
          continue
        }
        #expect(segment.wireByteCount == 5)
        #expect(segment.capturedByteCount == kept - (frame.count - payload.count))
        continue
      }
      guard case .undecoded(.truncated(let truncation)) = result else {
        Issue.record("\(result) at \(kept)")
        continue
      }
      let ipByteCount = version == .v4 ? 20 : 40
      let layer: HeaderLayer =
        kept < link ? .link : kept < link + ipByteCount ? (version == .v4 ? .ipv4 : .ipv6) : .tcp
      if kept > 0 || link > 0 { #expect(truncation.layer == layer, "at \(kept)") }
      #expect(truncation.claimedBy == .snapshot)
      #expect(truncation.available < truncation.required)
    }
  }

  @Test func paddingBehindThePacketIsNotPayload() {
    let frame = PacketEncoder().frame(header(.v4)) + [UInt8](repeating: 0xAA, count: 6)
    guard case .segment(let segment) = decode(frame, .ethernet) else {
      Issue.record("not decoded")
      return
    }
    #expect(segment.wireByteCount == 0)
    #expect(segment.capturedByteCount == 0)
  }

  @Test func aTotalLengthOfZeroMeansTheFramesOwn() {
    var frame = PacketEncoder().frame(header(.v4), payload: Array("hello".utf8))
    frame[16] = 0
    frame[17] = 0
    guard case .segment(let segment) = decode(frame, .ethernet, originalByteCount: frame.count + 70_000) else {
      Issue.record("not decoded")
      return
    }
    #expect(segment.capturedByteCount == 5)
    #expect(segment.wireByteCount == 70_005)
    var frame6 = PacketEncoder().frame(header(.v6), payload: Array("hello".utf8))
    frame6[18] = 0
    frame6[19] = 0
    guard case .segment(let segment6) = decode(frame6, .ethernet) else {
      Issue.record("not decoded")
      return
    }
    #expect(segment6.wireByteCount == 5)
  }

  @Test(arguments: [[0x8100], [0x88A8, 0x8100], [0x9100, 0x9200, 0x8100]])
  func vlanTagsAreSkipped(_ tags: [UInt16]) {
    var frame = PacketEncoder().frame(header(.v4), payload: [7])
    for tag in tags.reversed() { frame.insert(contentsOf: [UInt8(tag >> 8), UInt8(tag & 0xFF), 0x20, 0x05], at: 12) }
    guard case .segment(let segment) = decode(frame, .ethernet) else {
      Issue.record("not decoded")
      return
    }
    #expect(segment.header == header(.v4))
    #expect(Array(frame[segment.payload]) == [7])
    for kept in 14..<(14 + 4 * tags.count) {
      guard case .undecoded(.truncated(let truncation)) = decode(Array(frame[..<kept]), .ethernet) else {
        Issue.record("cut at \(kept)")
        continue
      }
      #expect(truncation.layer == .vlan)
      #expect(truncation.claimedBy == .frame)
    }
  }

  @Test func optionsOfIPv4AndTCPAreSkipped() {
    var frame = PacketEncoder(linkType: .rawIP).frame(header(.v4), payload: [9, 8])
    frame[32] = 0x80  // a TCP header of 32 bytes
    frame.insert(contentsOf: [UInt8](repeating: 1, count: 12), at: 40)
    frame[0] = 0x47  // an IPv4 header of 28 bytes
    frame.insert(contentsOf: [UInt8](repeating: 1, count: 8), at: 20)
    frame[3] = UInt8(frame.count)
    guard case .segment(let segment) = decode(frame, .rawIP) else {
      Issue.record("not decoded")
      return
    }
    #expect(Array(frame[segment.payload]) == [9, 8])
    #expect(segment.header == header(.v4))
  }

  /// Options that the snapshot cut hide nothing: the payload's length is known.
  @Test func cutOptionsAreBorne() {
    var frame = PacketEncoder(linkType: .rawIP).frame(header(.v4), payload: [9, 8])
    frame[32] = 0x80
    frame.insert(contentsOf: [UInt8](repeating: 1, count: 12), at: 40)
    frame[3] = UInt8(frame.count)
    guard case .segment(let segment) = decode(Array(frame[..<45]), .rawIP, originalByteCount: frame.count) else {
      Issue.record("not decoded")
      return
    }
    #expect(segment.payload == 45..<45)
    #expect(segment.wireByteCount == 2)
    #expect(segment.isTruncated)
  }

  @Test func extensionHeadersOfIPv6AreFollowed() {
    // Hop-by-hop, routing, destination options, an atomic fragment, authentication.
    let chain: [[UInt8]] = [
      [43, 0, 1, 4, 0, 0, 0, 0], [60, 1] + [UInt8](repeating: 0, count: 14), [44, 0, 1, 4, 0, 0, 0, 0],
      [51, 0, 0, 0, 0, 0, 0, 1], [6, 1] + [UInt8](repeating: 0, count: 10),
    ]
    var frame = PacketEncoder(linkType: .rawIP).frame(header(.v6), payload: [9, 8])
    frame[6] = 0
    frame.insert(contentsOf: chain.joined(), at: 40)
    frame[5] = UInt8(frame.count - 40)
    guard case .segment(let segment) = decode(frame, .rawIP) else {
      Issue.record("not decoded: \(decode(frame, .rawIP))")
      return
    }
    #expect(Array(frame[segment.payload]) == [9, 8])
    for kept in 40..<(frame.count - 22) {
      guard case .undecoded(.truncated(let truncation)) = decode(Array(frame[..<kept]), .rawIP) else {
        Issue.record("cut at \(kept)")
        continue
      }
      #expect(truncation.layer == .ipv6Extension)
    }
  }

  @Test func otherFramesSayWhatTheyAre() {
    var frame = PacketEncoder().frame(header(.v4))
    frame[12] = 0x08
    frame[13] = 0x06
    #expect(decode(frame, .ethernet) == .undecoded(.notIP(carried: 0x0806)))
    frame = PacketEncoder().frame(header(.v4))
    frame[23] = 17
    #expect(decode(frame, .ethernet) == .undecoded(.notTCP(protocolNumber: 17)))
    frame[23] = 1
    #expect(decode(frame, .ethernet) == .undecoded(.notTCP(protocolNumber: 1)))
    frame = PacketEncoder().frame(header(.v6))
    frame[20] = 58
    #expect(decode(frame, .ethernet) == .undecoded(.notTCP(protocolNumber: 58)))
    #expect(decode([0x90, 0], .rawIP) == .undecoded(.notIP(carried: 9)))
    #expect(decode([0, 0, 0, 7, 0], .loop) == .undecoded(.notIP(carried: 7)))
    #expect(decode(frame, LinkType(rawValue: 147)) == .undecoded(.unknownLinkType(LinkType(rawValue: 147))))
  }

  @Test func contradictionsAreMalformed() {
    func changed(_ version: IPVersion, _ index: Int, _ value: UInt8) -> DecodedFrame {
      var frame = PacketEncoder().frame(header(version), payload: [1, 2])
      frame[index] = value
      return decode(frame, .ethernet)
    }
    #expect(changed(.v4, 14, 0x44) == .undecoded(.malformed(.ipv4)))
    #expect(changed(.v4, 14, 0x65) == .undecoded(.malformed(.ipv4)))
    #expect(changed(.v4, 17, 19) == .undecoded(.malformed(.ipv4)))
    #expect(changed(.v6, 14, 0x40) == .undecoded(.malformed(.ipv6)))
    #expect(changed(.v4, 46, 0x40) == .undecoded(.malformed(.tcp)))
    let short = HeaderTruncation(layer: .tcp, required: 20, available: 5, claimedBy: .ipLength)
    #expect(changed(.v4, 17, 25) == .undecoded(.truncated(short)))
    let options = HeaderTruncation(layer: .tcp, required: 60, available: 22, claimedBy: .ipLength)
    #expect(changed(.v4, 46, 0xF0) == .undecoded(.truncated(options)))
  }

  @Test func loopbackFamiliesComeInBothOrders() {
    let packet = PacketEncoder(linkType: .rawIP).frame(header(.v6), payload: [1])
    for family in [24, 28, 30, 10] as [UInt8] {
      for lead in [[family, 0, 0, 0], [0, 0, 0, family]] {
        guard case .segment(let segment) = decode(lead + packet, .null) else {
          Issue.record("family \(family)")
          continue
        }
        #expect(segment.header == header(.v6))
      }
    }
  }
}
