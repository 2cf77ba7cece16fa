// A long conversation as packets, and every way in which a capture of it can be damaged.
//
// One connection that is kept for many requests, in FastCGI or HTTP: what a lost packet does to those behind it is the
// point.

import FastCGIWire
import Packets
import WireBytes

/// A connection with many requests, packet by packet.
struct DamagedCapture {
  enum Interface: String, CaseIterable, Sendable { case fastcgi, http }

  struct Packet {
    var time: Timestamp
    var frame: [UInt8]
    /// Bytes that the snapshot keeps.
    var kept = Int.max

    static let headers = 54
  }

  let interface: Interface
  var packets: [Packet] = []
  /// The packets of each request and of each response.
  private(set) var requests: [Range<Int>] = []
  private(set) var responses: [Range<Int>] = []
  /// The most payload of a segment.
  static let segment = 500
  static let server = IPEndpoint(IPAddress(v4: 0x0A00_0002), port: 9_000)

  /// - Parameters:
  ///   - bodySize: The bytes of the body of the response to a request.
  ///   - straddling: FastCGI parameters in records of 7 bytes, so that pairs straddle them.
  init(
    _ interface: Interface, requests count: Int = DamagedCapture.count,
    sequences: (client: UInt32, server: UInt32) = (1_000, 2_000),
    straddling: Bool = false, bodySize: (Int) -> Int = { 100 + $0 % 7 * 300 }
  ) {
    self.interface = interface
    var writer = TCPConversationWriter(
      client: IPEndpoint(IPAddress(v4: 0x0A00_0001), port: 40_000), server: Self.server,
      file: CaptureFileWriter(linkType: .ethernet), initialSequences: sequences, maximumSegment: Self.segment)
    append { writer.open(at: $0, established: $0, to: &$1) }
    for number in 0..<count {
      let request = Self.request(interface, number, straddling: straddling)
      let response = Self.response(interface, number, bodySize: bodySize(number))
      requests.append(append { unsafe writer.send(request.span.bytes, .request, at: $0, to: &$1) })
      responses.append(append { unsafe writer.send(response.span.bytes, .response, at: $0, to: &$1) })
    }
    append { writer.end(.request, at: $0, to: &$1) }
    append { writer.end(.response, at: $0, to: &$1) }
  }

  /// Takes the records that `write` makes, a millisecond after the last one.
  @discardableResult
  private mutating func append(_ write: (Timestamp, inout [UInt8]) -> Void) -> Range<Int> {
    let start = packets.count
    let time = Timestamp(nanoseconds: (packets.last?.time.nanoseconds ?? 1_700_000_000_000_000_000) + 1_000_000)
    var records: [UInt8] = []
    write(time, &records)
    var index = 0
    while index < records.count {
      let length = (0..<4).reduce(0) { $0 | Int(records[index + 8 + $1]) << (8 * $1) }
      index += CaptureFileWriter.recordHeaderByteCount
      packets.append(Packet(time: time, frame: Array(records[index..<(index + length)])))
      index += length
    }
    return start..<packets.count
  }

  /// The capture file.
  var file: [UInt8] {
    let writer = CaptureFileWriter(linkType: .ethernet)
    var bytes: [UInt8] = []
    writer.appendHeader(to: &bytes)
    for packet in packets {
      let kept = Array(packet.frame.prefix(packet.kept))
      unsafe writer.appendRecord(
        at: packet.time, frame: kept.span.bytes, originalByteCount: packet.frame.count, to: &bytes)
    }
    return bytes
  }

  /// The payload bytes of packets.
  func payload(_ range: Range<Int>) -> Int {
    packets[range].reduce(0) { $0 + $1.frame.count - Packet.headers }
  }

  /// The payload bytes that all requests, or all responses, have.
  func payload(ofAll ranges: [Range<Int>]) -> Int { ranges.reduce(0) { $0 + payload($1) } }

  /// Takes packets out, and says how much payload that costs.
  mutating func lose(_ range: Range<Int>) -> Int {
    defer { packets.removeSubrange(range) }
    return payload(range)
  }

  /// Puts a copy of a packet with other payload behind place `index`.
  mutating func repeatDiffering(_ original: Int, behind index: Int) {
    var copy = packets[original]
    for place in Packet.headers..<copy.frame.count { copy.frame[place] ^= 0xFF }
    packets.insert(copy, at: index + 1)
  }

  /// Whether a packet was sent by the server.
  static func isFromServer(_ packet: Packet) -> Bool {
    Int(packet.frame[34]) << 8 | Int(packet.frame[35]) == Int(server.port)
  }

  static func target(_ number: Int) -> String { "/item/\(number)?name=value" }

  private static func request(_ interface: Interface, _ number: Int, straddling: Bool) -> [UInt8] {
    guard interface == .fastcgi else {
      return Array("GET \(target(number)) HTTP/1.1\r\nHost: example.test\r\nX-Number: \(number)\r\n\r\n".utf8)
    }
    let encoder = FastCGIEncoder()
    var parameters: [UInt8] = []
    for (name, value) in [
      ("REQUEST_METHOD", "GET"), ("REQUEST_URI", target(number)), ("SCRIPT_FILENAME", "/srv/index.php"),
      ("SERVER_PROTOCOL", "HTTP/1.1"), ("HTTP_HOST", "example.test"),
    ] { FastCGINameValueEncoder.append(name: name, value: value, to: &parameters) }
    var bytes: [UInt8] = []
    encoder.appendBeginRequest(1, role: .responder, flags: 1, to: &bytes)
    encoder.appendStream(
      .params, requestID: 1, content: parameters, framing: straddling ? FastCGIStreamFraming(maximum: 7) : .largest,
      to: &bytes
    )
    encoder.appendStream(.stdin, requestID: 1, content: [], to: &bytes)
    return bytes
  }

  private static func response(_ interface: Interface, _ number: Int, bodySize: Int) -> [UInt8] {
    let body = (0..<bodySize).map { UInt8(truncatingIfNeeded: 0x20 + ($0 + number) % 90) }
    guard interface == .fastcgi else {
      return Array("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(bodySize)\r\n\r\n".utf8) + body
    }
    let encoder = FastCGIEncoder(padding: .aligned(to: 8))
    var bytes: [UInt8] = []
    encoder.appendStream(
      .stdout, requestID: 1, content: Array("Content-Type: text/plain\r\n\r\n".utf8) + body, to: &bytes)
    encoder.appendEndRequest(1, FastCGIEndRequestBody(appStatus: 0, protocolStatus: .requestComplete), to: &bytes)
    return bytes
  }
}
