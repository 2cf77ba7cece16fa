// The requests of HTTP/1 and CGI, and the query string that asks the probe for a behaviour.
//
// docs/fixture-format.md, sections HTTP/1 and CGI.

internal import Expectations
internal import YAMLTree

extension FixtureReader {
  /// The behaviours of the probe contract, version 1.
  static let behaviours = [
    "echo", "reflect", "pattern", "status", "fields", "local-redirect", "client-redirect", "document-redirect",
    "stderr", "exit", "unread", "stream", "sleep", "crash", "finish", "error", "slow-reader",
  ]

  /// The query string: as it is written, or made of the probe's behaviour and its arguments.
  mutating func query(_ map: Map) -> [UInt8]? {
    refuse(map, together: "query", "probe")
    if let key = map.key("arguments"), !map.has("probe") {
      report(.conflictingKeys, "`arguments` stands only beside `probe`", at: key)
    }
    if let value = map["query"] { return bytes(value, what: "`query`") }
    guard let value = map["probe"] else { return nil }
    let behaviour = word(value, what: "a behaviour of the probe", Self.behaviours.map { ($0, $0) })
    var query = "probe=\(behaviour ?? "")"
    if let arguments = map["arguments"] {
      for pair in pairs(arguments, what: "`arguments`") ?? [] {
        query += "&\(Self.percentEncoded(pair.name.bytes))=\(Self.percentEncoded(pair.value.bytes))"
      }
    }
    return Array(query.utf8)
  }

  /// Bytes with everything but `A-Z a-z 0-9 - . _ ~` as `%XX`.
  static func percentEncoded(_ bytes: [UInt8]) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var output: [UInt8] = []
    for byte in bytes {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
      default: output += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  mutating func httpRequest(_ node: Node) -> HTTPRequest? {
    let keys = [
      "method", "target", "probe", "arguments", "query", "version", "base", "fields", "from-response", "body",
      "chunk-bytes",
    ]
    guard let map = map(node, what: "a request", keys: keys) else { return nil }
    var request = HTTPRequest()
    request.body = map["body"].flatMap { blob($0, what: "`body`") } ?? .bytes([])
    request.method =
      map["method"].flatMap { bytes($0, what: "`method`") } ?? Array((request.body.count > 0 ? "POST" : "GET").utf8)
    request.target = map["target"].flatMap { bytes($0, what: "`target`") }
    request.query = query(map)
    if let value = map["version"] { request.version = bytes(value, what: "`version`") ?? [] }
    request.base = map["base"].flatMap { bool($0, what: "`base`") } ?? true
    request.fields = map["fields"].flatMap { pairs($0, what: "`fields`") } ?? []
    request.fieldsFromResponse = map["from-response"].flatMap { pairs($0, what: "`from-response`") } ?? []
    request.chunkByteCount = map["chunk-bytes"].flatMap { int($0, what: "`chunk-bytes`", 1...1_048_576) }
    return request
  }

  mutating func cgiRequest(_ node: Node) -> CGIRequest? {
    let keys = [
      "method", "probe", "arguments", "query", "content-length", "params", "without", "numbered", "path-info", "body",
      "command-line", "hold-input", "rest",
    ]
    guard let map = map(node, what: "a request", keys: keys) else { return nil }
    var request = CGIRequest()
    request.body = map["body"].flatMap { blob($0, what: "`body`") } ?? .bytes([])
    request.method =
      map["method"].flatMap { bytes($0, what: "`method`") } ?? Array((request.body.count > 0 ? "POST" : "GET").utf8)
    request.query = query(map)
    request.pathInfo = map["path-info"].flatMap { bytes($0, what: "`path-info`") } ?? []
    request.pairs = map["params"].flatMap { pairs($0, what: "`params`") } ?? []
    if let value = map["numbered"] { request.pairs += numbered(value) }
    request.without = map["without"].flatMap { names($0, what: "`without`") } ?? []
    if let value = map["content-length"] {
      if plain(value) == "none" {
        request.without.append(Array("CONTENT_LENGTH".utf8))
      } else {
        request.contentLength = int(value, what: "`content-length`", 0...Int.max)
      }
    }
    request.arguments = map["command-line"].flatMap { names($0, what: "`command-line`") } ?? []
    request.holdsInput = map["hold-input"].flatMap { bool($0, what: "`hold-input`") } ?? false
    request.inputRestMilliseconds = map["rest"].flatMap { int($0, what: "`rest`", 1...1000) }.map(Int64.init)
    return request
  }
}
