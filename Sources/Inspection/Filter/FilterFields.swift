// What filters can ask about: every field by its name, and how it is read from an exchange.
//
// docs/trace.md holds the same table for users; a test compares the two.

internal import CGIWire
internal import Conformance
internal import Exchanges
internal import FastCGIWire
internal import WireBytes

/// One thing that filters can ask about.
struct FilterField: Sendable {
  /// How a field's value is read; a text is handed, value by value, to a test until one passes.
  enum Value: Sendable {
    case number(@Sendable (Exchange) -> UInt64?)
    case time(@Sendable (Exchange) -> Int64?)
    case text(@Sendable (Exchange, [Finding], (RawSpan) -> Bool) -> Bool)
    case flag(@Sendable (Exchange, [Finding]) -> Bool)
  }

  let name: String
  let value: Value
  /// The only values that it can have; empty where there are others.
  var words: [String] = []
  /// It is an endpoint, whose port may be left out.
  var isAddress = false

  init(_ name: String, words: [String] = [], isAddress: Bool = false, _ value: Value) {
    self.name = name
    self.value = value
    self.words = words
    self.isAddress = isAddress
  }

  var operators: [FilterOperator] {
    switch value {
    case .number, .time: [.equal, .unequal, .less, .atMost, .more, .atLeast]
    case .text: [.equal, .unequal, .matches, .mismatches, .matchesIgnoringCase, .mismatchesIgnoringCase]
    case .flag: []
    }
  }

  /// What goes with it, for messages.
  var usage: String {
    switch value {
    case .number: "a number: \(name) >= 500; == != < <= > >= compare, and 64k, 2M, 1G are of 1024"
    case .time: "a time with its unit: \(name) > 40ms; us, ms, s, m, h"
    case .text: "a text: \(name) == VALUE, \(name) ~ PATTERN; also != !~ and ~* that ignores case"
    case .flag: "it stands alone: `\(name)`, or `not \(name)`"
    }
  }

  /// The field of that name; `param.NAME` and `field.NAME` hold theirs in the name.
  static func named(_ name: String) -> FilterField? {
    if let field = all.first(where: { $0.name == name }) { return field }
    let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else { return nil }
    let wanted = String(parts[1])
    switch parts[0] {
    case "param": return parameter(wanted, as: name)
    case "field": return header(wanted, as: name, inRequest: true, inResponse: true)
    case "request-field": return header(wanted, as: name, inRequest: true, inResponse: false)
    case "response-field": return header(wanted, as: name, inRequest: false, inResponse: true)
    default: return nil
    }
  }

  /// Every field with a fixed name, and the ones with names inside as users find them in the documentation.
  static let all: [FilterField] =
    textFields + numberFields + timeFields + flagFields + [
      parameter("NAME", as: "param.NAME"),
      header("NAME", as: "field.NAME", inRequest: true, inResponse: true),
      header("NAME", as: "request-field.NAME", inRequest: true, inResponse: false),
      header("NAME", as: "response-field.NAME", inRequest: false, inResponse: true),
    ]

  private static let textFields: [FilterField] = [
    text("method") { $0.request.method },
    text("uri") { $0.request.target },
    FilterField(
      "path",
      .text { exchange, _, test in
        let target = unsafe exchange.request.target.span.bytes
        return test(target.extracting(0..<(target.firstIndex(of: 0x3F) ?? target.byteCount)))
      }),
    text("host") { $0.request.host },
    text("reason") { $0.response.reason },
    text("stderr") { $0.errorStream.retained },
    word("protocol", WireProtocol.allCases.map(\.rawValue)) { $0.wireProtocol.rawValue },
    endpoint("client") { $0.connection.client },
    endpoint("server") { $0.connection.server },
    word("role", [FastCGIRole.responder, .authorizer, .filter].map(\.name)) { $0.fastCGI?.role?.name },
    word(
      "protocol_status",
      [FastCGIProtocolStatus.requestComplete, .cannotMultiplex, .overloaded, .unknownRole].map(\.name)
    ) { $0.fastCGI?.end?.protocolStatus.name },
    word("ending", ["complete", "aborted", "client-closed", "server-closed", "unfinished", "lost"]) {
      $0.ending.rawValue
    },
    FilterField(
      "finding",
      .text { _, findings, test in
        findings.contains { unsafe test($0.requirement.rawValue.utf8.span.bytes) }
      }),
    FilterField(
      "anomaly",
      .text { exchange, _, test in
        exchange.anomalies.entries.contains { unsafe test($0.anomaly.kind.name.utf8.span.bytes) }
      }),
  ]

  private static let numberFields: [FilterField] = [
    FilterField("status", .number { $0.response.status.map { UInt64($0) } }),
    FilterField("bytes", .number { $0.request.body.byteCount &+ $0.response.body.byteCount }),
    FilterField("request_bytes", .number { $0.request.body.byteCount }),
    FilterField("response_bytes", .number { $0.response.body.byteCount }),
    FilterField("stderr_bytes", .number { $0.errorStream.byteCount }),
    FilterField("gap_bytes", .number { $0.gapByteCount }),
    FilterField("connection", .number { $0.connection.id }),
    FilterField("index", .number { UInt64($0.index) }),
    FilterField("request_id", .number { $0.fastCGI.map { UInt64($0.requestID) } }),
    FilterField("app_status", .number { $0.fastCGI?.end.map { UInt64($0.appStatus) } }),
    FilterField("client_port", .number { $0.connection.client.port.map { UInt64($0) } }),
    FilterField("server_port", .number { $0.connection.server.port.map { UInt64($0) } }),
  ]

  private static let timeFields: [FilterField] = [
    FilterField("time", .time { $0.durationNanoseconds }),
    FilterField("connect", .time { $0.phases.connect }),
    FilterField("send", .time { $0.phases.send }),
    FilterField("wait", .time { $0.phases.wait }),
    FilterField("stream", .time { $0.phases.stream }),
    FilterField("tail", .time { $0.phases.tail }),
    FilterField("pause", .time { $0.timeline.longestPause?.nanoseconds }),
  ]

  private static let flagFields: [FilterField] = [
    flag("reused", .keptConnection), flag("gap", .gap), flag("middle", .middle), flag("aborted", .aborted),
    flag("stall", .tailStall),
  ]

  private static func text(_ name: String, _ read: @escaping @Sendable (Exchange) -> [UInt8]) -> FilterField {
    FilterField(name, .text { exchange, _, test in unsafe test(read(exchange).span.bytes) })
  }

  private static func endpoint(_ name: String, _ read: @escaping @Sendable (Exchange) -> Endpoint) -> FilterField {
    FilterField(name, words: [], isAddress: true, .text { exchange, _, test in read(exchange).withText(test) })
  }

  private static func word(
    _ name: String, _ words: [String], _ read: @escaping @Sendable (Exchange) -> String?
  ) -> FilterField {
    FilterField(
      name, words: words,
      .text { exchange, _, test in
        guard let text = read(exchange) else { return false }
        return unsafe test(text.utf8.span.bytes)
      })
  }

  private static func flag(_ name: String, _ flag: ExchangeFlags) -> FilterField {
    FilterField(name, .flag { exchange, _ in exchange.flags.contains(flag) })
  }

  /// A meta-variable: its name as it stands, case and all.
  private static func parameter(_ wanted: String, as name: String) -> FilterField {
    let wanted = Array(wanted.utf8)
    return FilterField(
      name,
      .text { exchange, _, test in
        guard exchange.wireProtocol.traits.requestNames == .metaVariables else { return false }
        let fields = exchange.request.fields
        return fields.indices.contains { index in
          guard unsafe fields.name(index).span.bytes.equals(wanted) else { return false }
          return unsafe test(fields.value(index).span.bytes)
        }
      })
  }

  /// A header field, in either case; of a gateway's request the meta-variable that carries it.
  private static func header(_ wanted: String, as name: String, inRequest: Bool, inResponse: Bool) -> FilterField {
    let folded = wanted.utf8.map { ASCII.lowercased($0) }
    let variable = CGIMetaVariables.variableName(ofField: wanted.utf8)
    return FilterField(
      name,
      .text { exchange, _, test in
        let isField = exchange.wireProtocol.traits.requestNames == .headerFields
        if inRequest, exchange.request.fields.contains(isField ? folded : variable, test, isField) {
          return true
        }
        return inResponse && exchange.response.fields.contains(folded, test, true)
      })
  }
}

extension FieldList {
  /// Whether a value of a pair with that name passes a test.
  ///
  /// - Parameter foldsCase: Ignore the case of names; `wanted` is in lower case then.
  fileprivate func contains(_ wanted: [UInt8], _ test: (RawSpan) -> Bool, _ foldsCase: Bool) -> Bool {
    indices.contains { index in
      let name = name(index)
      let isNamed =
        foldsCase
        ? name.count == wanted.count && zip(name, wanted).allSatisfy { ASCII.lowercased($0) == $1 }
        : name.elementsEqual(wanted)
      guard isNamed else { return false }
      return unsafe test(value(index).span.bytes)
    }
  }
}
