// Nanoseconds of processor time for one record, one field line and one packet: the best of several runs, as table rows.
//
// SPDX-License-Identifier: Apache-2.0

import FastCGIWire
import Glibc
import HTTP1Wire
import WireBytes

// Nothing in these is public. `make bench` builds with -enable-testing, which opens them and changes no code.
@testable import Packets
@testable import TCPStreams

@main
enum Microbench {
  static func main() {
    row("decode a FastCGI record (24 bytes of content)", records(content: 24, padding: 0))
    row("decode a FastCGI record (8,000 bytes of content)", records(content: 8_000, padding: 0))
    row("decode an HTTP field line (52 bytes)", fieldLines())
    row("decode and reassemble a packet in order (100 bytes of payload)", packets(payload: 100))
    row("decode and reassemble a packet in order (1,460 bytes of payload)", packets(payload: 1_460))
    row("the same, every tenth pair swapped", packets(payload: 1_460, swapping: true))
  }

  static func row(_ name: String, _ nanoseconds: Double) {
    let tenths = Int((nanoseconds * 10).rounded())
    print("| \(name) | \(tenths / 10).\(tenths % 10) |")
  }

  /// The least time that `work` took, by the number of things it says it did.
  static func best(_ work: () -> Int) -> Double {
    var best = Double.infinity
    for _ in 0..<9 {
      let start = processorTime()
      let count = work()
      best = min(best, (processorTime() - start) / Double(count))
    }
    return best
  }

  static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }

  /// 32 MB of records in chunks of 64 KB.
  static func records(content: Int, padding: Int) -> Double {
    let size = FastCGIRecordHeader.byteCount + content + padding
    var stream: [UInt8] = []
    while stream.count < 65_536 {
      stream += [1, 6, 0, 1, UInt8(content >> 8), UInt8(content & 255), UInt8(padding), 0]
      stream += [UInt8](repeating: 0x61, count: content + padding)
    }
    return best {
      var decoder = FastCGIRecordDecoder()
      var seen = 0
      for _ in 0..<512 {
        decoder.receive(stream.span.bytes) { event, _ in
          if case .ended = event { seen += 1 }
        }
      }
      precondition(seen == 512 * stream.count / size)
      return seen
    }
  }

  /// Requests with 20 fields each, in chunks of some 64 KB.
  static func fieldLines() -> Double {
    var request = "GET /index.php?page=1 HTTP/1.1\r\n"
    for number in 10..<30 { request += "X-Some-Field-\(number): some-value-of-usual-length-\(number)\r\n" }
    let stream = Array(String(repeating: request + "\r\n", count: 60).utf8)
    return best {
      var decoder = HTTP1Decoder(role: .requests)
      var seen = 0
      for _ in 0..<64 {
        decoder.receive(stream.span.bytes) { event, _ in
          if case .fieldLine = event { seen += 1 }
        }
      }
      precondition(seen == 64 * 60 * 20)
      return seen
    }
  }

  /// A connection of 20,000 packets, requests and their acknowledgements in turn, as Ethernet frames.
  static func packets(payload byteCount: Int, swapping: Bool = false) -> Double {
    let client = IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 50_000)
    let server = IPEndpoint(IPAddress(v4: 0x7F00_0002), port: 9_000)
    let encoder = PacketEncoder()
    let payload = [UInt8](repeating: 0x61, count: byteCount)
    var frames = [
      encoder.frame(TCPHeader(from: client, to: server, sequence: 0, flags: .syn)),
      encoder.frame(TCPHeader(from: server, to: client, sequence: 0, acknowledgement: 1, flags: [.syn, .ack])),
    ]
    var sent: UInt32 = 1
    for _ in 0..<10_000 {
      frames.append(
        encoder.frame(TCPHeader(from: client, to: server, sequence: sent, acknowledgement: 1), payload: payload))
      sent += UInt32(byteCount)
      frames.append(encoder.frame(TCPHeader(from: server, to: client, sequence: 1, acknowledgement: sent)))
    }
    if swapping {
      for first in stride(from: 2, to: frames.count - 2, by: 20) { frames.swapAt(first, first + 2) }
    }
    let expected = 10_000 * byteCount
    let decoder = FrameDecoder(linkType: .ethernet)
    return best {
      var reassembler = TCPReassembler()
      var seen = 0
      for (number, frame) in frames.enumerated() {
        let origin = Origin(time: Timestamp(nanoseconds: Int64(number) * 1_000), packet: UInt64(number + 1))
        guard case .segment(let segment) = decoder.decode(frame.span.bytes, originalByteCount: frame.count) else {
          continue
        }
        reassembler.receive(segment, frame: frame.span.bytes, origin: origin) { event in
          if case .bytes(_, _, let bytes, _) = event { seen += bytes.byteCount }
        }
      }
      precondition(seen == expected)
      return frames.count
    }
  }
}
