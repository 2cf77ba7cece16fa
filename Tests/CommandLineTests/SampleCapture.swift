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
        client: Endpoint(loopback, port: UInt16(40_000 + index)), server: Endpoint(loopback, port: 80),
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
