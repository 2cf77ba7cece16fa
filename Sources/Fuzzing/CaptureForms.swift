// A capture in other forms: pcapng, compressed, of other link types, in tunnels, in fragments.
//
// Small and sound as they stand; damage is the fuzzer's.

import Packets
import WireBytes

/// A pcap file as `CaptureFileWriter` makes them, to be put into other forms.
struct CaptureForms {
  private struct Record {
    var head: [UInt8]
    var frame: [UInt8]
  }

  private let header: [UInt8]
  private let records: [Record]

  init(pcap bytes: [UInt8]) {
    header = Array(bytes.prefix(24))
    var records: [Record] = []
    var index = 24
    while index + 16 <= bytes.count {
      let count = Int(bytes[index + 8]) | Int(bytes[index + 9]) << 8
      guard index + 16 + count <= bytes.count else { break }
      records.append(
        Record(
          head: Array(bytes[index..<(index + 8)]), frame: Array(bytes[(index + 16)..<(index + 16 + count)])))
      index += 16 + count
    }
    self.records = records
  }

  /// Every form of a capture of Ethernet.
  var all: [[UInt8]] {
    [
      pcapng, Self.gzip(rewritten { [$0] }), rewritten(Self.fragments),
      rewritten { [Self.tagged($0)] },
      // VXLAN, Geneve, GRE, ERSPAN II.
      rewritten { [Self.tunnelled($0, 17, Self.udp(4_789) + [8, 0, 0, 0, 0, 0, 42, 0])] },
      rewritten { [Self.tunnelled($0, 17, Self.udp(6_081) + [0, 0, 0x65, 0x58, 0, 0, 42, 0])] },
      rewritten { [Self.tunnelled($0, 47, [0, 0, 0x65, 0x58])] },
      rewritten { [Self.tunnelled($0, 47, [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0])] },
    ]
  }

  private func rewritten(_ change: ([UInt8]) -> [[UInt8]]) -> [UInt8] {
    var output = header
    for record in records {
      for frame in change(record.frame) {
        output += record.head
        output += Self.little(frame.count, 4) + Self.little(frame.count, 4) + frame
      }
    }
    return output
  }

  /// One section, one interface, an enhanced packet block each.
  private var pcapng: [UInt8] {
    func block(_ type: Int, _ body: [UInt8]) -> [UInt8] {
      let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
      let length = Self.little(padded.count + 12, 4)
      return Self.little(type, 4) + length + padded + length
    }
    var output = block(
      0x0A0D_0D0A, Self.little(0x1A2B_3C4D, 4) + Self.little(1, 4) + [UInt8](repeating: 0xFF, count: 8))
    output += block(1, Self.little(1, 4) + Self.little(262_144, 4))
    for (number, record) in records.enumerated() {
      let count = Self.little(record.frame.count, 4)
      output += block(
        6, Self.little(0, 4) + Self.little(391_000, 4) + Self.little(number * 1_000, 4) + count + count + record.frame)
    }
    return output
  }

  /// Two VLAN tags behind the addresses.
  private static func tagged(_ frame: [UInt8]) -> [UInt8] {
    frame[..<12] + [0x88, 0xA8, 0, 7, 0x81, 0, 0, 42] + frame[12...]
  }

  /// The frame in an IPv4 packet in an Ethernet frame, with what a tunnel puts before it.
  private static func tunnelled(_ frame: [UInt8], _ protocolNumber: UInt8, _ tunnel: [UInt8]) -> [UInt8] {
    let total = 20 + tunnel.count + frame.count
    return frame[..<12] + [
      8, 0, 0x45, 0, UInt8(total >> 8 & 0xFF), UInt8(total & 0xFF), 0, 0, 0, 0, 64, protocolNumber,
    ]
      + [0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + tunnel + frame
  }

  private static func udp(_ port: Int) -> [UInt8] { [0xC0, 0, UInt8(port >> 8), UInt8(port & 0xFF), 0, 0, 0, 0] }

  /// The packet in two fragments, the second one first.
  private static func fragments(_ frame: [UInt8]) -> [[UInt8]] {
    guard frame.count > 34 + 16, frame[14] == 0x45 else { return [frame] }
    func piece(_ range: Range<Int>, _ place: UInt8) -> [UInt8] {
      var header = Array(frame[..<34])
      header[16] = UInt8((20 + range.count) >> 8 & 0xFF)
      header[17] = UInt8((20 + range.count) & 0xFF)
      // The sequence number's end tells packets apart.
      header[18] = frame[40]
      header[19] = frame[41]
      header[20] = place == 0 ? 0x20 : 0
      header[21] = place
      return header + frame[range]
    }
    return [piece(50..<frame.count, 2), piece(34..<50, 0)]
  }

  /// Compressed with gzip, in stored blocks: damage to what is inside stays damage to what comes out.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var start = 0
    repeat {
      let end = min(start + 0xFFFF, bytes.count)
      output.append(end == bytes.count ? 1 : 0)
      output += little(end - start, 2) + little(~(end - start), 2) + bytes[start..<end]
      start = end
    } while start < bytes.count
    return output + little(Int(checksum(bytes)), 4) + little(bytes.count, 4)
  }

  /// Spec: RFC 1952 section 8.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
    }
    return ~sum
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
