// What only FastCGI has, in each form of a trace.
//
// Where it stands in a form, the form decides.

internal import Exchanges
internal import FastCGIWire

extension TraceJSON {
  /// Appends what only FastCGI has; null in the line of another protocol, whose keys are the same.
  mutating func write(fastCGI exchange: Exchange) {
    let facts = exchange.fastCGI
    json.key("app_status")
    if let end = facts?.end { json.number(UInt64(end.appStatus)) } else { json.null() }
    json.key("protocol_status")
    if let end = facts?.end { json.string(end.protocolStatus.name) } else { json.null() }
    json.key("role")
    if let role = facts?.role { json.string(role.name) } else { json.null() }
    json.key("request_id")
    if let facts { json.number(UInt64(facts.requestID)) } else { json.null() }
  }
}

extension TraceHAR {
  /// Appends `_fastcgi`; nothing to another protocol's entry.
  mutating func write(fastCGI exchange: Exchange) {
    guard let facts = exchange.fastCGI else { return }
    json.key("_fastcgi")
    json.beginObject()
    json.key("role")
    if let role = facts.role { json.string(role.name) } else { json.null() }
    json.key("request_id")
    json.number(UInt64(facts.requestID))
    json.key("keep_connection")
    json.boolean(facts.keepsConnection)
    json.key("params")
    write(pairs: exchange.request.fields)
    json.key("app_status")
    if let end = facts.end { json.number(UInt64(end.appStatus)) } else { json.null() }
    json.key("protocol_status")
    if let end = facts.end { json.string(end.protocolStatus.name) } else { json.null() }
    json.key("stderr")
    json.text(exchange.errorStream.retained)
    json.key("stderr_bytes")
    json.number(exchange.errorStream.byteCount)
    json.endObject()
  }
}

extension TraceTree {
  /// What a request said of itself: its ID, its role, whether it keeps the connection.
  static func render(beginning facts: FastCGIFacts, to output: inout TextBuffer) {
    output.append(", request \(facts.requestID)")
    if let role = facts.role { output.append(", \(role.name)") }
    if facts.keepsConnection { output.append(", keeps the connection") }
  }

  /// What FCGI_END_REQUEST said.
  static func render(_ end: FastCGIEndRequestBody, to output: inout TextBuffer) {
    output.append(": app status \(end.appStatus), \(end.protocolStatus.name)")
  }
}
