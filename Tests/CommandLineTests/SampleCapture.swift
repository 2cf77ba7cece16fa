// Captures that the tests trace: made here, byte by byte, so that every number in them is known.

import Foundation
import Packets
import WireBytes

enum SampleCapture {
  /// One HTTP connection for each request; 1 ms between packets, from 2024-02-29T00:00:00Z on.
  static func http(_ exchanges: [(request: String, response: String)], isTruncated: Bool = false) throws -> Data {
    let file = CaptureFileWriter(linkType: .ethernet), loopback = IPAddress(v4: 0x7F00_0001)
    var bytes: [UInt8] = []
    var time = Timestamp(nanoseconds: 1_709_164_800_000_000_000)
    func tick() -> Timestamp {
      time.nanoseconds += 1_000_000
      return time
    }
    file.appendHeader(to: &bytes)
    for (index, exchange) in exchanges.enumerated() {
      var writer = TCPConversationWriter(
        client: IPEndpoint(loopback, port: UInt16(40_000 + index)), server: IPEndpoint(loopback, port: 80),
        file: file)
      writer.open(at: tick(), established: tick(), to: &bytes)
      let request = Array(exchange.request.utf8), response = Array(exchange.response.utf8)
      unsafe writer.send(request.span.bytes, .request, at: tick(), to: &bytes)
      unsafe writer.send(response.span.bytes, .response, at: tick(), to: &bytes)
      writer.end(.request, at: tick(), to: &bytes)
      writer.end(.response, at: tick(), to: &bytes)
    }
    if isTruncated { bytes.removeLast(7) }
    return Data(bytes)
  }

  static let plain: [(request: String, response: String)] = [
    ("GET /one HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    (
      "POST /two?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    ),
  ]
}

extension SampleCapture {
  /// The same capture, its IPv4 packets cut into fragments with so many bytes of payload, a multiple of 8; the second
  /// half of each first.
  static func fragmented(_ capture: Data, payload limit: Int) -> Data {
    let bytes = Array(capture)
    var output = Array(bytes[..<24])
    var index = 24, identification: UInt16 = 0
    while index < bytes.count {
      let count = (0..<4).reduce(0) { $0 | Int(bytes[index + 8 + $1]) << (8 * $1) }
      let frame = Array(bytes[(index + 16)..<(index + 16 + count)])
      identification += 1
      var pieces: [[UInt8]] = []
      for start in stride(from: 34, to: frame.count, by: limit) {
        let end = min(start + limit, frame.count)
        var header = Array(frame[..<34])
        let length = UInt16(20 + end - start)
        let place = UInt16((start - 34) / 8) | (end < frame.count ? 0x2000 : 0)
        for (offset, value) in [(16, length), (18, identification), (20, place)] {
          header[offset] = UInt8(value >> 8)
          header[offset + 1] = UInt8(value & 0xFF)
        }
        pieces.append(header + frame[start..<end])
      }
      for piece in pieces.reversed() {
        output += bytes[index..<(index + 8)]
        for _ in 0..<2 { output += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: piece.count >> $0) } }
        output += piece
      }
      index += 16 + count
    }
    return Data(output)
  }
}
