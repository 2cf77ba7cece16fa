// TCP segments as frames, checksums and all.
//
// Pure bytes out, for captures that the tool writes itself, for tests and for generated benchmarks. Shares its
// field offsets with the decoder.

import WireBytes

/// Encodes TCP segments as frames of one link type.
package struct PacketEncoder: Sendable {
  /// The link header of every frame: `.ethernet`, `.linuxCooked`, `.linuxCooked2`, `.null`, `.loop` or a raw IP type.
  package let linkType: LinkType

  /// - Parameter linkType: One of ``LinkType/supported``.
  package init(linkType: LinkType = .ethernet) {
    precondition(linkType.isSupported, "a packet can only be encoded for a link type that is decoded too")
    self.linkType = linkType
  }

  /// The most payload bytes that one segment can carry in either IP version: 65,535 less the IPv4 and TCP headers.
  package static let maximumPayload = 65_535 - IPv4Layout.byteCount - TCPLayout.byteCount

  /// Appends one frame.
  ///
  /// - Parameters:
  ///   - header: Both addresses are of one IP version.
  ///   - payload: At most ``maximumPayload`` bytes.
  package func append(_ header: TCPHeader, payload: RawSpan, to output: inout [UInt8]) {
    let version = header.source.address.version
    precondition(version == header.destination.address.version, "one packet has addresses of one IP version")
    precondition(payload.byteCount <= PacketEncoder.maximumPayload, "a segment's payload must fit in an IP packet")
    appendLink(version, to: &output)
    let segmentByteCount = TCPLayout.byteCount + payload.byteCount
    appendIP(header, segmentByteCount: segmentByteCount, to: &output)

    let start = output.count
    output.appendBigEndian(header.source.port)
    output.appendBigEndian(header.destination.port)
    output.appendBigEndian(header.sequence)
    output.appendBigEndian(header.flags.contains(.ack) ? header.acknowledgement : 0)
    output.append(UInt8(TCPLayout.byteCount / 4) << 4)
    output.append(header.flags.rawValue)
    output.appendBigEndian(header.window)
    output.appendBigEndian(UInt16(0))  // checksum, below
    output.appendBigEndian(UInt16(0))  // urgent pointer
    output.append(contentsOf: payload)

    var sum = InternetChecksum()
    sum.add(header.source.address)
    sum.add(header.destination.address)
    sum.add(UInt16(IPProtocol.tcp))
    sum.add(UInt16(segmentByteCount))
    sum.add(output[start...])
    output.putBigEndian(sum.value, at: start + TCPLayout.checksum)
  }

  /// One frame by itself.
  ///
  /// See ``append(_:payload:to:)``.
  package func frame(_ header: TCPHeader, payload: [UInt8] = []) -> [UInt8] {
    var output: [UInt8] = []
    unsafe append(header, payload: payload.span.bytes, to: &output)
    return output
  }

  private func appendLink(_ version: IPVersion, to output: inout [UInt8]) {
    let etherType = version == .v4 ? EtherType.ipv4 : EtherType.ipv6
    switch linkType {
    case .ethernet:
      // Locally administered addresses: nobody's hardware.
      output.append(contentsOf: [0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01])
      output.appendBigEndian(etherType)
    case .linuxCooked:
      // To us, from an Ethernet device with a 6-byte address.
      output.append(contentsOf: [0, 0, 0, 1, 0, 6, 0x02, 0, 0, 0, 0, 0x01, 0, 0])
      output.appendBigEndian(etherType)
    case .linuxCooked2:
      output.appendBigEndian(etherType)
      output.append(contentsOf: [0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 0x02, 0, 0, 0, 0, 0x01, 0, 0])
    case .null:
      output.append(contentsOf: [version == .v4 ? 2 : 30, 0, 0, 0])
    case .loop:
      output.append(contentsOf: [0, 0, 0, version == .v4 ? 2 : 30])
    default: break
    }
  }

  private func appendIP(_ header: TCPHeader, segmentByteCount: Int, to output: inout [UInt8]) {
    let start = output.count
    switch header.source.address.version {
    case .v4:
      output.append(contentsOf: [0x45, 0])
      output.appendBigEndian(UInt16(IPv4Layout.byteCount + segmentByteCount))
      output.appendBigEndian(UInt16(0))  // identification: means nothing where fragmentation is forbidden
      output.appendBigEndian(IPv4Layout.dontFragment)
      output.append(contentsOf: [64, IPProtocol.tcp, 0, 0])
      output.append(header.source.address)
      output.append(header.destination.address)
      var sum = InternetChecksum()
      sum.add(output[start...])
      output.putBigEndian(sum.value, at: start + IPv4Layout.checksum)
    case .v6:
      output.append(contentsOf: [0x60, 0, 0, 0])
      output.appendBigEndian(UInt16(segmentByteCount))
      output.append(contentsOf: [IPProtocol.tcp, 64])
      output.append(header.source.address)
      output.append(header.destination.address)
    }
  }
}

/// The ones' complement sum that IP and TCP headers carry.
///
/// Spec: RFC 1071 section 1.
package struct InternetChecksum: Sendable {
  private var sum: UInt64 = 0

  package init() {}

  /// Adds one 16-bit word.
  package mutating func add(_ word: UInt16) { sum += UInt64(word) }

  /// Adds `bytes` as big-endian words, the last one filled up with a zero byte.
  package mutating func add(_ bytes: some Collection<UInt8>) {
    var isHigh = true
    for byte in bytes {
      sum += isHigh ? UInt64(byte) << 8 : UInt64(byte)
      isHigh.toggle()
    }
  }

  mutating func add(_ address: IPAddress) {
    for half in [address.high, address.low] {
      for shift in [0, 16, 32, 48] as [UInt64] { sum += half >> shift & 0xFFFF }
    }
  }

  /// The value for the checksum field; 0 when what was added includes a correct checksum.
  package var value: UInt16 {
    var folded = sum
    while folded > 0xFFFF { folded = folded >> 16 + folded & 0xFFFF }
    return ~UInt16(folded)
  }
}

extension [UInt8] {
  mutating func appendBigEndian(_ value: UInt16) {
    append(UInt8(value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  mutating func appendBigEndian(_ value: UInt32) {
    appendBigEndian(UInt16(value >> 16))
    appendBigEndian(UInt16(truncatingIfNeeded: value))
  }

  mutating func append(_ address: IPAddress) {
    for index in 0..<address.byteCount { append(address.byte(index)) }
  }

  mutating func putBigEndian(_ value: UInt16, at index: Int) {
    self[index] = UInt8(value >> 8)
    self[index + 1] = UInt8(truncatingIfNeeded: value)
  }
}
