// A call of a WSGI application, and what the server that calls is like.
//
// docs/fixture-format.md, section WSGI.

internal import Expectations
internal import YAMLTree

/// What a case may say of the server: the bridge's offers.
enum WSGIOffer {
  /// Those that are there or not.
  static let switches = [
    "input-ends", "input-terminated", "file-wrapper", "extensions", "takes-headers", "close-twice",
    "threads", "processes", "run-once",
  ]
  /// Those that are a number.
  static let numbers = ["short-reads", "input-fails", "stop-after", "write-fails", "beside", "inner-parts"]
  /// What the application below a middleware does.
  static let inner = [
    "list", "parts", "echo", "lazy", "raise-early", "raise-late", "close-raises", "replaced", "replaced-late", "write",
    "write-then-items", "no-content", "not-modified", "length", "cookies",
  ]
}

extension FixtureReader {
  mutating func wsgiRequest(_ node: Node) -> WSGIRequest? {
    guard let map = map(node, what: "a request", keys: Self.variableKeys + ["body", "server"]) else { return nil }
    var request = WSGIRequest()
    request.body = map["body"].flatMap { blob($0, what: "`body`") } ?? .bytes([])
    request.variables = variables(map, bodyByteCount: request.body.count)
    if let value = map["content-length"], plain(value) == "none" {
      request.variables.without.append(Array("CONTENT_LENGTH".utf8))
    }
    if let value = map["server"] { request.server = offers(value) }
    return request
  }

  private mutating func offers(_ node: Node) -> [(name: String, value: String)] {
    let keys = WSGIOffer.switches + WSGIOffer.numbers + ["inner", "scheme"]
    guard let map = map(node, what: "`server`", keys: keys) else { return [] }
    var offers: [(name: String, value: String)] = []
    for entry in map.entries {
      let what = "`\(entry.name)`"
      if WSGIOffer.switches.contains(entry.name) {
        if let isThere = bool(entry.value, what: what) { offers.append((entry.name, isThere ? "yes" : "no")) }
      } else if WSGIOffer.numbers.contains(entry.name) {
        if let number = int(entry.value, what: what, 0...1_000_000) { offers.append((entry.name, "\(number)")) }
      } else {
        let words = entry.name == "inner" ? WSGIOffer.inner : ["http", "https"]
        if let word = word(entry.value, what: what, words.map { ($0, $0) }) { offers.append((entry.name, word)) }
      }
    }
    return offers
  }
}
