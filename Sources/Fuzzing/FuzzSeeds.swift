// Inputs to begin with: the golden wire files, the committed captures, the embedded cases.

import FastCGIWire
import Fixtures
import Glibc
import Packets
import TestSupport
import WireBytes

/// The seeds of a fuzz run.
struct FuzzSeeds {
  private(set) var fastCGI: [[UInt8]] = []
  private(set) var pairs: [[UInt8]] = []
  private(set) var httpRequests: [[UInt8]] = []
  private(set) var httpResponses: [[UInt8]] = []
  private(set) var cgi: [[UInt8]] = []
  private(set) var scgi: [[UInt8]] = []
  private(set) var uwsgi: [[UInt8]] = []
  private(set) var wsgi: [[UInt8]] = []
  private(set) var conversations: [[UInt8]] = []
  private(set) var frames: [[UInt8]] = []
  private(set) var captures: [[UInt8]] = []
  private(set) var fixtures: [[UInt8]] = []

  /// Why seeds cannot be had.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Reads the seeds of the repository at `root`.
  init(root: String) throws {
    for folder in ["fastcgi", "http1", "cgi", "scgi", "uwsgi", "wsgi"] {
      for name in try Self.names(in: "\(root)/fixtures/wire/\(folder)") where name.hasSuffix(".wire") {
        let bytes = try Self.read("\(root)/fixtures/wire/\(folder)/\(name)", limit: 1 << 20)
        add(try WireFile(parsing: String(decoding: bytes, as: UTF8.self)), from: folder)
      }
    }
    for name in try Self.names(in: "\(root)/captures") {
      let path = "\(root)/captures/\(name)/capture.pcap"
      if let bytes = try? Self.read(path, limit: 6_144) { captures.append(bytes) }
    }
    pairs += [
      [11, 2] + Array("SERVER_PORT80".utf8) + [9, 0] + Array("PATH_INFO".utf8),
      [0x80, 0, 0, 1, 0x80, 0, 0, 2] + Array("abc".utf8),
    ]
    fixtures = Resources.paths.filter { $0.hasSuffix(".yaml") }.flatMap { path in
      (Resources.text(path) ?? "").split(separator: "\n- id:").dropFirst().map { Array("- id:\($0)\n".utf8) }
    }
    guard !fastCGI.isEmpty, !captures.isEmpty else {
      throw Failure(description: "\(root) holds no fixtures/wire and no captures: it is not this repository")
    }
  }

  private mutating func add(_ file: WireFile, from folder: String) {
    let requests = file.bytes(.request), responses = file.bytes(.response)
    let both = [requests, responses].filter { !$0.isEmpty }
    switch folder {
    case "fastcgi":
      fastCGI += both
      pairs += both.map { Array($0.dropFirst(FastCGIRecordHeader.byteCount)) }
    case "http1":
      if !requests.isEmpty { httpRequests.append(requests) }
      if !responses.isEmpty { httpResponses.append(responses) }
    case "cgi": cgi += both
    case "scgi": scgi += both
    case "wsgi": wsgi += both
    default: uwsgi += both
    }
    guard folder != "cgi" else { return }
    conversations.append(requests + responses)
    let capture = Self.capture(requests.prefix(2_000), responses.prefix(2_000))
    captures.append(capture)
    captures += CaptureForms(pcap: capture).all
    for linkType in LinkType.supported where linkType != .ethernet && linkType != .rawIPv6 {
      captures.append(Self.capture(requests.prefix(200), responses.prefix(200), linkType))
    }
    let encoder = PacketEncoder(linkType: .ethernet)
    for version in [IPAddress(v4: 0x7F00_0001), IPAddress(v6High: 0, low: 1)] {
      let header = TCPHeader(
        from: IPEndpoint(version, port: 40_000), to: IPEndpoint(version, port: 9_000), sequence: 1)
      frames.append(encoder.frame(header, payload: Array(requests.prefix(64))))
    }
  }

  /// A connection that carries these bytes, as a capture file.
  private static func capture(
    _ requests: ArraySlice<UInt8>, _ responses: ArraySlice<UInt8>, _ linkType: LinkType = .ethernet
  ) -> [UInt8] {
    let file = CaptureFileWriter(linkType: linkType)
    var output: [UInt8] = []
    file.appendHeader(to: &output)
    var writer = TCPConversationWriter(
      client: IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 40_000),
      server: IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 9_000),
      file: file, maximumSegment: 200)
    let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
    writer.open(at: time, established: time, to: &output)
    unsafe writer.send(requests.span.bytes, .request, at: time, to: &output)
    unsafe writer.send(responses.span.bytes, .response, at: time, to: &output)
    writer.end(.request, at: time, to: &output)
    writer.end(.response, at: time, to: &output)
    return output
  }

  private static func names(in folder: String) throws -> [String] {
    guard let list = unsafe opendir(folder) else { throw Failure(description: "\(folder) cannot be read") }
    defer { unsafe closedir(list) }
    var names: [String] = []
    while let entry = unsafe readdir(list) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func read(_ path: String, limit: Int) throws -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else { throw Failure(description: "\(path) cannot be read") }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe fread(&bytes, 1, limit, file)
    return Array(bytes.prefix(count))
  }
}
