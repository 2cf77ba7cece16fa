// `gatespec trace --format har`: an HTTP Archive 1.2, written entry by entry.
//
// The archive's frame and pages, and what every entry has. Requests and responses are TraceHAR+Messages'. Memory does
// not grow with the trace: an archive is one JSON object, whose entries are written as they come, its pages last.

package import Conformance
package import Exchanges
internal import WireBytes

/// Renders exchanges as an HTTP Archive.
///
/// A page stands for a server. What only gateways have is in `_fastcgi`, what only gatespec knows in `_gatespec`.
///
/// Spec: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/.
package struct TraceHAR: Sendable {
  /// Bytes of each body that are shown where nothing else is asked for.
  package static let defaultBodyByteCount = 65_536
  var json = JSONWriter()
  /// Bytes of each body that are shown.
  let bodyByteCount: Int
  private let version: String
  private let registry: RequirementRegistry
  private var hasBegun = false
  /// The servers so far, in order, and when each was first asked.
  private var pages: [(server: Endpoint, start: Timestamp?)] = []
  private var pageIndices: [Endpoint: Int] = [:]
  /// Servers that have a page of their own; entries of others have none.
  private static let pageLimit = 1000

  package init(version: String, bodyByteCount: Int, registry: RequirementRegistry = RequirementRegistry([])) {
    self.version = version
    self.bodyByteCount = bodyByteCount
    self.registry = registry
  }

  /// Text written and not yet taken away.
  package var output: TextBuffer {
    get { json.output }
    _modify { yield &json.output }
  }

  /// Appends one entry.
  package mutating func render(_ exchange: Exchange, _ findings: [Finding]) {
    begin()
    json.beginObject(onNewLine: true)
    if let page = page(for: exchange) {
      json.key("pageref")
      json.string(page)
    }
    json.key("startedDateTime")
    json.string((exchange.start ?? .zero).iso8601)
    writeTimings(exchange)
    write(request: exchange)
    write(response: exchange)
    json.key("cache")
    json.beginObject()
    json.endObject()
    if let address = Self.address(exchange.connection.server) {
      json.key("serverIPAddress")
      json.string(address)
    }
    json.key("connection")
    json.string("\(exchange.connection.id)")
    write(fastCGI: exchange)
    writeOwn(exchange, findings)
    json.endObject()
  }

  /// Appends the end of the archive.
  package mutating func finish() {
    begin()
    json.endArray()
    json.key("pages")
    json.beginArray()
    for (index, page) in pages.enumerated() {
      json.beginObject(onNewLine: true)
      json.key("startedDateTime")
      json.string((page.start ?? .zero).iso8601)
      json.key("id")
      json.string("server-\(index + 1)")
      json.key("title")
      json.string(page.server)
      json.key("pageTimings")
      json.beginObject()
      json.endObject()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    json.endObject()
    json.endLine()
  }

  private mutating func begin() {
    guard !hasBegun else { return }
    hasBegun = true
    json.beginObject()
    json.key("log")
    json.beginObject()
    json.key("version")
    json.word("1.2")
    json.key("creator")
    json.beginObject()
    json.key("name")
    json.word("gatespec")
    json.key("version")
    json.string(version)
    json.endObject()
    json.key("entries")
    json.beginArray()
  }

  private mutating func page(for exchange: Exchange) -> String? {
    let server = exchange.connection.server
    if let index = pageIndices[server] { return "server-\(index + 1)" }
    guard pages.count < Self.pageLimit else { return nil }
    pageIndices[server] = pages.count
    pages.append((server, exchange.start))
    return "server-\(pages.count)"
  }

  /// The whole time, and its parts; -1 stands for a part that does not apply, as the format has it.
  private mutating func writeTimings(_ exchange: Exchange) {
    let phases = exchange.phases
    let (send, wait) = (phases.send ?? 0, phases.wait ?? 0)
    let receive = (phases.stream ?? 0) + (phases.tail ?? 0)
    json.key("time")
    json.milliseconds((phases.connect ?? 0) + send + wait + receive)
    json.key("timings")
    json.beginObject()
    for name in ["blocked", "dns", "ssl"] as [StaticString] {
      json.key(name)
      json.number(-1)
    }
    json.key("connect")
    if let connect = phases.connect { json.milliseconds(connect) } else { json.number(-1) }
    json.key("send")
    json.milliseconds(send)
    json.key("wait")
    json.milliseconds(wait)
    json.key("receive")
    json.milliseconds(receive)
    json.endObject()
  }

  private mutating func writeOwn(_ exchange: Exchange, _ findings: [Finding]) {
    json.key("_gatespec")
    json.beginObject()
    json.key("protocol")
    json.string(exchange.wireProtocol.rawValue)
    json.key("client")
    json.string(exchange.connection.client)
    json.key("server")
    json.string(exchange.connection.server)
    json.key("index")
    json.number(exchange.index)
    json.key("ending")
    json.string(exchange.ending.rawValue)
    json.key("flags")
    json.beginArray()
    let flags = findings.isEmpty ? exchange.flags : exchange.flags.union(.finding)
    for (flag, letter) in ExchangeFlags.letters where flags.contains(flag) { json.letter(letter) }
    json.endArray()
    json.key("tail_ms")
    json.milliseconds(exchange.phases.tail)
    json.key("packets")
    json.beginArray()
    if exchange.packets.lowerBound > 0 {
      json.number(exchange.packets.lowerBound)
      json.number(exchange.packets.upperBound)
    }
    json.endArray()
    json.key("findings")
    json.write(findings, registry)
    json.endObject()
  }

  /// An endpoint's address without its port; nil where it is no Internet address.
  private static func address(_ endpoint: Endpoint) -> String? {
    switch endpoint {
    case .ip(let end): end.address.description
    case .host(let name, _): name
    case .unix, .program, .named: nil
    }
  }
}
