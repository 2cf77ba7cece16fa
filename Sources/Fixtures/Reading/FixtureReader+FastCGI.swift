// The verbs of FastCGI: whole requests, single records, parameters and framing.
//
// docs/fixture-format.md, section FastCGI.

internal import Expectations
internal import FastCGIWire
internal import YAMLTree

/// The verbs that only FastCGI has, and its request.
enum FastCGIVerb: String, CaseIterable {
  case request
  case beginRequest = "begin-request"
  case params, stdin, data
  case abortRequest = "abort-request"
  case getValues = "get-values"
  case record
}

extension FixtureReader {
  private static let framingKeys = ["record-bytes", "record-sizes", "padding", "padding-bytes", "reserved"]

  mutating func verb(_ verb: FastCGIVerb, _ node: Node) -> Step.Verb? {
    switch verb {
    case .request: return fastCGIRequest(node).map { .fastCGIRequest($0) }
    case .beginRequest: return beginRequest(node)
    case .params: return paramsStep(node)
    case .stdin: return stream(node, what: "`stdin`").map { .stdin(id: $0, $1, end: $2, framing: $3) }
    case .data: return stream(node, what: "`data`").map { .data(id: $0, $1, end: $2, framing: $3) }
    case .abortRequest:
      guard let map = map(node, what: "`abort-request`", keys: ["id"]) else { return nil }
      return .abortRequest(id: map["id"].flatMap { requestID($0) } ?? 1)
    case .getValues: return getValues(node)
    case .record: return record(node)
    }
  }

  private mutating func fastCGIRequest(_ node: Node) -> FastCGIRequest? {
    let keys = ["id", "role", "keep-connection", "flags", "body", "no-stdin", "data"]
    guard let map = map(node, what: "a request", keys: keys + Self.variableKeys + Self.framingKeys) else { return nil }
    refuse(map, together: "body", "no-stdin")
    var request = FastCGIRequest()
    request.id = map["id"].flatMap { requestID($0) } ?? 1
    request.role = map["role"].flatMap { role($0) } ?? .responder
    request.flags = flags(map)
    request.body = map["body"].flatMap { blob($0, what: "`body`") } ?? .bytes([])
    if let value = map["no-stdin"], bool(value, what: "`no-stdin`") == true { request.body = nil }
    request.data = map["data"].flatMap { blob($0, what: "`data`") }
    request.params = variables(map, bodyByteCount: request.body?.count ?? 0)
    request.framing = framing(map)
    return request
  }

  private mutating func beginRequest(_ node: Node) -> Step.Verb? {
    let keys = ["id", "count", "role", "keep-connection", "flags", "body-reserved"]
    guard let map = map(node, what: "`begin-request`", keys: keys + Self.framingKeys) else { return nil }
    let first = map["id"].flatMap { requestID($0) } ?? 1
    let most = 65_536 - Int(first)
    let count = map["count"].flatMap { int($0, what: "a number of requests from that id on", 1...most) } ?? 1
    return .beginRequest(
      ids: first...(first + UInt16(count - 1)), role: map["role"].flatMap { role($0) } ?? .responder,
      flags: flags(map), reserved: map["body-reserved"].flatMap { byte($0, what: "`body-reserved`") } ?? 0,
      framing: framing(map))
  }

  private mutating func paramsStep(_ node: Node) -> Step.Verb? {
    let keys = ["id", "end"]
    guard let map = map(node, what: "`params`", keys: keys + Self.variableKeys + Self.framingKeys) else { return nil }
    return .params(
      id: map["id"].flatMap { requestID($0) } ?? 1, variables(map, bodyByteCount: 0),
      end: map["end"].flatMap { bool($0, what: "`end`") } ?? true, framing: framing(map))
  }

  private mutating func stream(
    _ node: Node, what: String
  ) -> (id: UInt16, content: Blob, end: Bool, framing: RecordFraming)? {
    guard let map = map(node, what: what, keys: ["id", "content", "end"] + Self.framingKeys) else { return nil }
    return (
      id: map["id"].flatMap { requestID($0) } ?? 1,
      content: map["content"].flatMap { blob($0, what: "`content`") } ?? .bytes([]),
      end: map["end"].flatMap { bool($0, what: "`end`") } ?? true, framing: framing(map)
    )
  }

  private mutating func getValues(_ node: Node) -> Step.Verb? {
    if case .sequence = node.content { return .getValues(emptyPairs(node), framing: RecordFraming()) }
    guard let map = map(node, what: "`get-values`", keys: ["names", "pairs", "numbered"] + Self.framingKeys) else {
      return nil
    }
    refuse(map, together: "names", "pairs")
    let unknown = (map["numbered"].map { numbered($0) } ?? []).map { Pair(name: $0.name, value: .bytes([])) }
    let asked = map["names"].map { emptyPairs($0) } ?? map["pairs"].flatMap { self.pairs($0, what: "`pairs`") }
    guard let pairs = asked.map({ unknown + $0 }) else {
      report(.missingKey, "`get-values` needs `names` or `pairs`", at: node)
      return nil
    }
    return .getValues(pairs, framing: framing(map))
  }

  private mutating func emptyPairs(_ node: Node) -> [Pair] {
    (names(node, what: "`names`") ?? []).map { Pair(name: .bytes($0), value: .bytes([])) }
  }

  private mutating func record(_ node: Node) -> Step.Verb? {
    let keys = ["type", "id", "version", "content", "content-length", "padding", "reserved"]
    guard
      let map = map(node, what: "`record`", keys: keys, required: ["type"]),
      let typeNode = map["type"], let type = recordType(typeNode)
    else { return nil }
    let content = map["content"].flatMap { blob($0, what: "`content`") } ?? .bytes([])
    if content.count > FastCGIRecordHeader.largestContent, let value = map["content"] {
      report(.outOfRange, "a record holds at most \(FastCGIRecordHeader.largestContent) bytes of content", at: value)
      return nil
    }
    let length = map["content-length"].flatMap { int($0, what: "`content-length`", 0...65_535) } ?? content.count
    let header = FastCGIRecordHeader(
      version: map["version"].flatMap { byte($0, what: "`version`") } ?? 1, type: type,
      requestID: map["id"].flatMap { requestID($0) } ?? 0, contentLength: UInt16(clamping: length),
      paddingLength: map["padding"].flatMap { byte($0, what: "`padding`") } ?? 0,
      reserved: map["reserved"].flatMap { byte($0, what: "`reserved`") } ?? 0)
    return .record(header, content: content)
  }

  // MARK: Parts of requests and records

  private mutating func role(_ node: Node) -> FastCGIRole? {
    if let text = plain(node), let first = text.utf8.first, first >= 0x30, first <= 0x39 {
      return int(node, what: "a role", 0...65_535).map { FastCGIRole(rawValue: UInt16($0)) }
    }
    return word(node, what: "a role", [FastCGIRole.responder, .authorizer, .filter].map { (name: $0.name, value: $0) })
  }

  private mutating func flags(_ map: Map) -> UInt8 {
    refuse(map, together: "keep-connection", "flags")
    if let value = map["flags"] { return byte(value, what: "`flags`") ?? 0 }
    let isKept = map["keep-connection"].flatMap { bool($0, what: "`keep-connection`") } ?? false
    return isKept ? FastCGIFlag.keepConnection : 0
  }

  private mutating func framing(_ map: Map) -> RecordFraming {
    var framing = RecordFraming()
    if let value = map["record-bytes"] {
      framing.stream.maximum = int(value, what: "`record-bytes`", 1...65_535) ?? framing.stream.maximum
    }
    if let value = map["record-sizes"] {
      let sizes = oneOrMore(value, what: "`record-sizes`", atMost: 64) ?? []
      framing.stream.sizes = sizes.compactMap { int($0, what: "a record size", 1...65_535) }
    }
    if let value = map["padding"] {
      framing.encoder.padding = .bytes(UInt8(int(value, what: "`padding`", 0...255) ?? 0))
    }
    if let value = map["padding-bytes"] {
      framing.encoder.paddingBytes = bytes(value, what: "`padding-bytes`", atMost: 255) ?? []
    }
    if let value = map["reserved"] { framing.encoder.reserved = byte(value, what: "`reserved`") ?? 0 }
    return framing
  }
}
