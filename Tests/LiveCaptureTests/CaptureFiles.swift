// Capture files for the tests: built byte by byte, kept in a folder that goes away.

import Foundation
import LiveCapture
import Packets
import WireBytes

/// A folder for one test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/capture-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

let client = IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 40_000)
let server = IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 9_000)

/// A packet that was read, with its bytes.
struct ReadPacket: Equatable {
  var number: UInt64
  var nanoseconds: Int64
  var originalByteCount: Int
  var bytes: [UInt8]
}

/// Frames of increasing size, 1.000000001 s apart.
let frames: [[UInt8]] = (0..<5).map { index in
  PacketEncoder().frame(
    TCPHeader(from: client, to: server, sequence: UInt32(index)), payload: [UInt8](repeating: 0x61, count: index * 100))
}

/// Their times.
func time(_ index: Int) -> Timestamp {
  Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(index) * 1_000_000_001)
}

/// A pcap file with the frames.
func pcap(_ writer: CaptureFileWriter) -> [UInt8] {
  var bytes: [UInt8] = []
  writer.appendHeader(to: &bytes)
  for (index, frame) in frames.enumerated() {
    unsafe writer.appendRecord(at: time(index), frame: frame.span.bytes, originalByteCount: nil, to: &bytes)
  }
  return bytes
}

/// An interface of a pcapng file.
struct PcapngInterface {
  var name = ""
  var linkType: LinkType = .ethernet
  /// Of the time stamps: 9 for nanoseconds, 6 for microseconds.
  var decimals: UInt8 = 9
}

/// A pcapng file: section header, interfaces, and the frames as enhanced packets of the interfaces in turn.
func pcapng(bigEndian: Bool, _ interfaces: [PcapngInterface] = [PcapngInterface()]) -> [UInt8] {
  func u32(_ value: UInt32) -> [UInt8] {
    let little = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    return bigEndian ? little.reversed() : little
  }
  func u16(_ value: UInt16) -> [UInt8] {
    let little = [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
    return bigEndian ? little.reversed() : little
  }
  func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }
  func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(12 + body.count)
    return u32(type) + u32(length) + body + u32(length)
  }
  func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] { u16(code) + u16(UInt16(value.count)) + padded(value) }
  var bytes = block(
    0x0A0D_0D0A, u32(0x1A2B_3C4D) + u16(1) + u16(0) + [UInt8](repeating: 0xFF, count: 8))
  for interface in interfaces {
    let name = interface.name.isEmpty ? [] : option(2, Array(interface.name.utf8))
    bytes += block(
      1,
      u16(UInt16(interface.linkType.rawValue)) + u16(0) + u32(262_144) + name + option(9, [interface.decimals])
        + u32(0))
  }
  for (index, frame) in frames.enumerated() {
    let number = index % interfaces.count
    let units = UInt64(time(index).nanoseconds) / (interfaces[number].decimals == 9 ? 1 : 1_000)
    bytes += block(
      6,
      u32(UInt32(number)) + u32(UInt32(units >> 32)) + u32(UInt32(truncatingIfNeeded: units))
        + u32(UInt32(frame.count)) + u32(UInt32(frame.count)) + padded(frame))
  }
  return bytes
}

/// A gzip file with `bytes` stored as they are.
///
/// Spec: RFC 1952 section 2.3, RFC 1951 section 3.2.4.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }
  var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  var index = 0
  repeat {
    let piece = bytes[index..<min(index + 1_000, bytes.count)]
    index = piece.endIndex
    let length = UInt32(piece.count)
    file += [index == bytes.count ? 1 : 0] + little(length, 2) + little(~length, 2) + piece
  } while index < bytes.count
  var sum = UInt32.max
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
  }
  return file + little(~sum, 4) + little(UInt32(truncatingIfNeeded: bytes.count), 4)
}

/// Reads a source to its end.
func readAll(_ source: inout CaptureSource) throws(CaptureError) -> [ReadPacket] {
  var packets: [ReadPacket] = []
  try read(&source, into: &packets)
  return packets
}

/// Reads a source to its end, keeping what came before an error.
func read(_ source: inout CaptureSource, into packets: inout [ReadPacket]) throws(CaptureError) {
  var read: [ReadPacket] = []
  defer { packets += read }
  try source.forEachPacket { packet, bytes in
    read.append(
      ReadPacket(
        number: packet.origin.packet, nanoseconds: packet.origin.time.nanoseconds,
        originalByteCount: packet.originalByteCount, bytes: bytes.copied()))
    return .goOn
  }
}
