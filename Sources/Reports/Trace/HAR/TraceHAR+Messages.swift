// Requests and responses as an HTTP Archive has them.
//
// A gateway's meta-variables are shown as the header fields they were made from; the variables themselves stand in
// `_fastcgi`.

internal import CGIWire
internal import Exchanges
internal import Inspection
internal import WireBytes

extension TraceHAR {
  // MARK: The request

  mutating func write(request exchange: Exchange) {
    let request = exchange.request
    json.key("request")
    json.beginObject()
    json.key("method")
    json.text(request.method)
    json.key("url")
    json.text(Self.url(exchange))
    json.key("httpVersion")
    json.text(Self.version(exchange.http1?.requestVersion) ?? Array(request.fields.first("SERVER_PROTOCOL") ?? []))
    json.key("cookies")
    writeCookies(Self.requestFields(exchange))
    json.key("headers")
    json.beginArray()
    for (name, value) in Self.requestFields(exchange) { write(name, value) }
    json.endArray()
    json.key("queryString")
    writeQuery(request.target)
    if request.body.byteCount > 0 { writePostData(exchange) }
    json.key("headersSize")
    json.number(-1)
    json.key("bodySize")
    json.number(request.body.byteCount)
    json.endObject()
  }

  private mutating func writePostData(_ exchange: Exchange) {
    let body = exchange.requestBody(limit: bodyByteCount)
    json.key("postData")
    json.beginObject()
    json.key("mimeType")
    json.text(Self.requestFields(exchange).first { $0.name.equalsIgnoringCase("content-type") }?.value ?? [])
    json.key("params")
    json.beginArray()
    json.endArray()
    json.key("text")
    write(body, encodingKey: "_encoding", of: exchange.request.body)
    json.endObject()
  }

  /// Header fields, a gateway's from its meta-variables.
  private static func requestFields(_ exchange: Exchange) -> [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
    let fields = exchange.request.fields
    guard exchange.wireProtocol.traits.requestNames == .metaVariables else {
      return fields.indices.map { (fields.name($0), fields.value($0)) }
    }
    return fields.indices.compactMap { index in
      let name = fields.name(index), value = fields.value(index)
      guard let field = CGIMetaVariables.fieldName(ofVariable: name) else { return nil }
      // A gateway may say with an empty CONTENT_TYPE that there is no such field.
      return value.isEmpty && !name.starts(with: "HTTP_".utf8) ? nil : (field[...], value)
    }
  }

  /// An absolute URL, put together from what the request says.
  private static func url(_ exchange: Exchange) -> [UInt8] {
    let target = exchange.request.target, fields = exchange.request.fields
    if target.first != 0x2F, target.contains(0x3A) { return escaped(target) }
    let isSecure =
      fields.first("HTTPS").map { $0.equalsIgnoringCase("on") } == true
      || fields.first("REQUEST_SCHEME")?.elementsEqual("https") == true
    var url = Array((isSecure ? "https://" : "http://").utf8)
    let host = exchange.request.host
    url += host.isEmpty ? Array(exchange.connection.server.description.utf8) : host
    if target.first != 0x2F { url.append(0x2F) }
    return escaped(url + target)
  }

  /// Bytes that a URL may hold; all others as `%HH`.
  private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return bytes.flatMap { byte -> [UInt8] in
      let isPlain = byte > 0x20 && byte < 0x7F && !Array("\"<>\\^`{|}".utf8).contains(byte)
      return isPlain ? [byte] : [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  private mutating func writeQuery(_ target: [UInt8]) {
    json.beginArray()
    if let mark = target.firstIndex(of: 0x3F) {
      for pair in target[(mark + 1)...].split(separator: 0x26).prefix(Self.listLimit) {
        let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
        write(pair[..<equals], pair[equals...].dropFirst())
      }
    }
    json.endArray()
  }

  private mutating func writeCookies(_ fields: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]) {
    json.beginArray()
    for field in fields where field.name.equalsIgnoringCase("cookie") {
      for pair in field.value.split(separator: 0x3B).prefix(Self.listLimit) {
        let pair = pair.trimmed
        let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
        write(pair[..<equals], pair[equals...].dropFirst())
      }
    }
    json.endArray()
  }

  /// Entries of a query or a Cookie field that are taken apart.
  private static var listLimit: Int { 1000 }

  // MARK: The response

  /// The response; an archive must have one, so one that never came has status 0.
  mutating func write(response exchange: Exchange) {
    let response = exchange.response
    json.key("response")
    json.beginObject()
    json.key("status")
    json.number(UInt64(response.status ?? 0))
    json.key("statusText")
    json.text(response.reason)
    json.key("httpVersion")
    let version = Self.version(exchange.http1?.responseVersion)
    json.text(version ?? Array(exchange.request.fields.first("SERVER_PROTOCOL") ?? []))
    json.key("cookies")
    writeCookies(response.fields)
    json.key("headers")
    write(pairs: response.fields)
    json.key("content")
    writeContent(exchange)
    json.key("redirectURL")
    json.text(response.fields.firstField("location") ?? [])
    json.key("headersSize")
    json.number(-1)
    json.key("bodySize")
    json.number(response.body.byteCount)
    json.endObject()
  }

  private mutating func writeContent(_ exchange: Exchange) {
    let transferred = exchange.response.body, body = exchange.responseBody(limit: bodyByteCount)
    json.beginObject()
    json.key("size")
    let size = body.isWhole ? UInt64(body.bytes.count) : transferred.byteCount
    json.number(size)
    if body.isWhole, body.coding != nil {
      json.key("compression")
      json.number(Int(size) - Int(clamping: transferred.byteCount))
    }
    json.key("mimeType")
    json.text(exchange.response.fields.firstField("content-type") ?? [])
    if !body.bytes.isEmpty {
      json.key("text")
      write(body, encodingKey: "encoding", of: transferred)
    }
    json.endObject()
  }

  private mutating func writeCookies(_ fields: FieldList) {
    json.beginArray()
    for index in fields.indices where fields.name(index).equalsIgnoringCase("set-cookie") {
      let parts = fields.value(index).split(separator: 0x3B).map(\.trimmed)
      guard let first = parts.first else { continue }
      let equals = first.firstIndex(of: 0x3D) ?? first.endIndex
      json.beginObject()
      json.key("name")
      json.text(first[..<equals])
      json.key("value")
      json.text(first[equals...].dropFirst())
      for part in parts.dropFirst() {
        let equals = part.firstIndex(of: 0x3D) ?? part.endIndex
        let value = part[equals...].dropFirst()
        switch part[..<equals] {
        case let name where name.equalsIgnoringCase("path"):
          json.key("path")
          json.text(value)
        case let name where name.equalsIgnoringCase("domain"):
          json.key("domain")
          json.text(value)
        case let name where name.equalsIgnoringCase("httponly"):
          json.key("httpOnly")
          json.boolean(true)
        case let name where name.equalsIgnoringCase("secure"):
          json.key("secure")
          json.boolean(true)
        default: break
        }
      }
      json.endObject()
    }
    json.endArray()
  }

  // MARK: Parts of both

  /// The value of a body's `text`, and behind it what has to be said about it.
  private mutating func write(_ body: DecodedBody, encodingKey: StaticString, of content: Content) {
    // A cut may fall inside a character: the last few bytes do not make it binary.
    let isText = (0...3).contains { body.isWhole ? $0 == 0 && body.bytes[...].isUTF8 : body.bytes.dropLast($0).isUTF8 }
    if isText {
      json.text(body.bytes)
    } else {
      json.base64(body.bytes)
      json.key(encodingKey)
      json.word("base64")
    }
    guard !body.isWhole || body.trouble != nil else { return }
    json.key("comment")
    json.string(
      "the first \(body.bytes.count) bytes of \(content.byteCount) transferred" + (body.trouble.map { "; \($0)" } ?? "")
    )
  }

  /// Names and values as HAR lists them.
  mutating func write(pairs fields: FieldList) {
    json.beginArray()
    for index in fields.indices { write(fields.name(index), fields.value(index)) }
    json.endArray()
  }

  private mutating func write(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
    json.beginObject()
    json.key("name")
    json.text(name)
    json.key("value")
    json.text(value)
    json.endObject()
  }

  private static func version(_ facts: HTTP1VersionFacts?) -> [UInt8]? {
    facts.map { Array("HTTP/\($0.major).\($0.minor)".utf8) }
  }
}

extension ArraySlice<UInt8> {
  /// Without spaces at either end.
  fileprivate var trimmed: ArraySlice<UInt8> {
    var slice = drop { $0 == 0x20 }
    while slice.last == 0x20 { slice.removeLast() }
    return slice
  }
}
