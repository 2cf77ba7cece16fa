// The meta-variables of a request, as the interfaces have them whose cases write them one by one, and the requests of SCGI
// and uwsgi, which are a block of them and a body.
//
// docs/fixture-format.md, sections FastCGI (parameters), SCGI and uwsgi.

internal import Exchanges
internal import Expectations
internal import YAMLTree

extension FixtureReader {
  /// The keys that say what the variables of a request are.
  static let variableKeys = [
    "base", "method", "probe", "arguments", "query", "content-length", "params", "numbered", "without", "params-tail",
    "reversed",
  ]

  /// The variables that a request has.
  mutating func variables(_ map: Map, bodyByteCount: Int) -> RequestVariables {
    var variables = RequestVariables()
    variables.base = map["base"].flatMap { bool($0, what: "`base`") } ?? true
    if !variables.base {
      for name in ["method", "probe", "arguments", "query", "content-length", "without"] {
        if let key = map.key(name) {
          report(.conflictingKeys, "`\(name)` has no effect with `base: false`", at: key, remedy: "use `params`")
        }
      }
    }
    variables.method =
      map["method"].flatMap { bytes($0, what: "`method`") } ?? Array((bodyByteCount > 0 ? "POST" : "GET").utf8)
    variables.query = query(map)
    variables.contentLength = contentLength(map, bodyByteCount: bodyByteCount)
    variables.pairs = map["params"].flatMap { pairs($0, what: "`params`") } ?? []
    if let value = map["numbered"] { variables.pairs += numbered(value) }
    variables.without = map["without"].flatMap { names($0, what: "`without`") } ?? []
    variables.rawTail = map["params-tail"].flatMap { bytes($0, what: "`params-tail`") } ?? []
    variables.reversed = map["reversed"].flatMap { bool($0, what: "`reversed`") } ?? false
    return variables
  }

  /// CONTENT_LENGTH: what is written, else the length of the body, else none where there is no body.
  private mutating func contentLength(_ map: Map, bodyByteCount: Int) -> Int? {
    guard let value = map["content-length"] else { return bodyByteCount > 0 ? bodyByteCount : nil }
    if plain(value) == "none" { return nil }
    return int(value, what: "`content-length`", 0...Int.max)
  }

  /// So many pairs of names and values that count.
  mutating func numbered(_ node: Node) -> [Pair] {
    (1...(int(node, what: "`numbered`", 1...10_000) ?? 1)).map {
      Pair(name: .bytes(Array("X_NUMBER_\($0)".utf8)), value: .bytes(Array("\($0)".utf8)))
    }
  }

  // MARK: SCGI and uwsgi

  /// - Parameter hasModifiers: Whether a request has uwsgi's two modifiers.
  mutating func variableBlockRequest(_ node: Node, hasModifiers: Bool) -> VariableBlockRequest? {
    let keys = Self.variableKeys + ["order", "body"] + (hasModifiers ? ["modifier1", "modifier2"] : [])
    guard let map = map(node, what: "a request", keys: keys) else { return nil }
    var request = VariableBlockRequest()
    request.body = map["body"].flatMap { blob($0, what: "`body`") } ?? .bytes([])
    request.variables = variables(map, bodyByteCount: request.body.count)
    request.variables.order = map["order"].flatMap { names($0, what: "`order`") } ?? []
    if let value = map["content-length"], plain(value) == "none" {
      request.variables.without.append(Array("CONTENT_LENGTH".utf8))
    }
    request.modifier1 = map["modifier1"].flatMap { byte($0, what: "`modifier1`") } ?? 0
    request.modifier2 = map["modifier2"].flatMap { byte($0, what: "`modifier2`") } ?? 0
    return request
  }
}
