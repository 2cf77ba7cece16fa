// Any bytes, all the way: damaged frames and damaged files through decoder, fragments, reassembly and conversations.
//
// Nothing traps, nothing grows without bound, and what went in is accounted for.

import Conformance
import Exchanges
import FastCGIWire
import Foundation
import Inspection
import LiveCapture
import Packets
import TestSupport
import Testing
import WireBytes

/// A few connections, as captured frames of one link type.
private func frames(_ linkType: LinkType) -> [[UInt8]] {
  let file = CaptureFileWriter(linkType: linkType)
  let encoder = FastCGIEncoder(padding: .aligned(to: 8))
  var request: [UInt8] = [], response: [UInt8] = [], parameters: [UInt8] = []
  FastCGINameValueEncoder.append(name: "REQUEST_METHOD", value: "GET", to: &parameters)
  FastCGINameValueEncoder.append(name: "REQUEST_URI", value: "/a", to: &parameters)
  encoder.appendBeginRequest(1, role: .responder, flags: 1, to: &request)
  encoder.appendStream(.params, requestID: 1, content: parameters, to: &request)
  encoder.appendStream(.stdin, requestID: 1, content: [], to: &request)
  encoder.appendStream(.stdout, requestID: 1, content: Array("Status: 200\r\n\r\nhi".utf8), to: &response)
  encoder.appendEndRequest(1, FastCGIEndRequestBody(appStatus: 0, protocolStatus: .requestComplete), to: &response)
  let texts = [
    (request, response),
    (Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8)),
  ]
  var records: [UInt8] = []
  for (number, text) in texts.enumerated() {
    var writer = TCPConversationWriter(
      client: IPEndpoint(IPAddress(v4: 0x0A00_0001), port: UInt16(40_000 + number)),
      server: IPEndpoint(IPAddress(v4: 0x0A00_0002), port: UInt16(9_000 + number)), file: file,
      initialSequences: (.max - 5, 7), maximumSegment: 24)
    writer.open(at: .zero, established: .zero, to: &records)
    for _ in 0..<2 {
      unsafe writer.send(text.0.span.bytes, .request, at: .zero, to: &records)
      unsafe writer.send(text.1.span.bytes, .response, at: .zero, to: &records)
    }
    writer.end(.request, at: .zero, to: &records)
    writer.end(.response, at: .zero, to: &records)
  }
  var list: [[UInt8]] = []
  var index = 0
  while index < records.count {
    let length = Int(records[index + 8]) | Int(records[index + 9]) << 8
    index += CaptureFileWriter.recordHeaderByteCount
    list.append(Array(records[index..<(index + length)]))
    index += length
  }
  return list
}

/// A frame as fragments of IP, and in a tunnel: what the plain frames do not reach.
private func wrapped(_ packet: [UInt8], _ kind: Int) -> [[UInt8]] {
  guard packet.count > 60, kind < 2 else { return [packet] }
  if kind == 0 {
    var first = Array(packet[..<52]), second = Array(packet[..<20] + packet[52...])
    first.replaceSubrange(2..<8, with: [0, 52, 0, 9, 0x20, 0])
    second.replaceSubrange(2..<8, with: [0, UInt8(second.count), 0, 9, 0, 4])
    return [second, first]
  }
  let total = packet.count + 24
  return [
    [0x45, 0, UInt8(total >> 8), UInt8(total & 0xFF), 0, 0, 0, 0, 64, 47, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 8, 0]
      + packet
  ]
}

/// Counts the exchanges that are handed over.
private struct Passed: InspectionSink {
  var exchanges = 0
  mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) { exchanges += 1 }
  mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {}
}

@Suite struct AnyCaptureTests {
  @Test(arguments: [LinkType.rawIP, .ethernet, .linuxCooked], [1, 2, 3] as [UInt64])
  func anyFrames(_ linkType: LinkType, _ seed: UInt64) {
    let plain = frames(linkType)
    var random = SeededGenerator(seed: seed)
    var options = InspectorOptions()
    options.judges = true
    var passed = Passed()
    for _ in 0..<40 {
      var inspector = Inspector(linkType: linkType, options: options)
      var time: Int64 = 1_000_000_000_000
      var fed: UInt64 = 0
      var bytes: UInt64 = 0
      var sequence = plain
      // Lost, repeated and swapped frames, then damaged bytes.
      for _ in 0..<random.below(4) { sequence.remove(at: random.below(sequence.count)) }
      for _ in 0..<random.below(4) {
        sequence.insert(sequence[random.below(sequence.count)], at: random.below(sequence.count))
      }
      for _ in 0..<random.below(4) { sequence.swapAt(random.below(sequence.count), random.below(sequence.count)) }
      for frame in sequence {
        for var piece in linkType == .rawIP ? wrapped(frame, random.below(4)) : [frame] {
          if random.below(4) == 0 { Mutations.damage(&piece, splicingWith: plain, limit: 2_048, using: &random) }
          let original = random.below(8) == 0 ? Int(random.next() >> 40) : piece.count
          if random.below(8) == 0 { piece.removeLast(random.below(piece.count)) }
          time += Int64(random.below(60_000_000)) - 10_000_000
          fed += 1
          bytes += UInt64(original)
          unsafe inspector.receive(
            piece.span.bytes, originalByteCount: original,
            origin: Origin(time: Timestamp(nanoseconds: time), packet: fed), to: &passed)
          let held = inspector.heldByteCount
          #expect(held < 1 << 20)
        }
      }
      inspector.finish(to: &passed)
      let counters = inspector.counters, held = inspector.heldByteCount
      #expect(held == 0)
      #expect(counters.packets == fed)
      #expect(counters.bytes == bytes)
      #expect(counters.undecoded.all <= fed)
      #expect(counters.incomplete <= counters.exchanges)
    }
    #expect(passed.exchanges > 40, "most connections survive")
  }

  @Test(arguments: [1, 2] as [UInt64])
  func anyFiles(_ seed: UInt64) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = CaptureFileWriter(linkType: .ethernet)
    var whole: [UInt8] = []
    writer.appendHeader(to: &whole)
    for frame in frames(.ethernet) {
      unsafe writer.appendRecord(at: Timestamp(nanoseconds: 1), frame: frame.span.bytes, to: &whole)
    }
    var random = SeededGenerator(seed: seed)
    var opened = 0, refused = 0
    var passed = Passed()
    for _ in 0..<150 {
      var bytes = whole
      Mutations.damage(&bytes, limit: 1 << 16, using: &random)
      try Data(bytes).write(to: URL(filePath: path))
      do {
        var files = try CaptureFiles([path])
        var inspector = Inspector(linkType: .ethernet)
        var packets: UInt64 = 0
        files.forEachPacket { packet, linkType, frame in
          packets += 1
          inspector.linkType = linkType
          inspector.receive(
            frame, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &passed)
          return .goOn
        }
        inspector.finish(to: &passed)
        let counted = inspector.counters.packets
        #expect(counted == packets)
        opened += 1
      } catch {
        #expect(!error.message.isEmpty)
        refused += 1
      }
    }
    #expect(opened > 50)
    #expect(refused > 0)
  }
}
