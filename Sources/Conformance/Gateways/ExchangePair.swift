// An exchange with a client and the one with a backend that it caused: what rules about gateways compare.
//
// The comparisons that several rules need. The rules stand in GatewayPairRequest.swift and GatewayPairResponse.swift.

internal import CGIWire
package import Exchanges
internal import WireBytes

/// What a client asked a gateway, and what the gateway asked a backend because of it.
package struct ExchangePair: Sendable {
  /// Between client and gateway; HTTP.
  package var front: Exchange
  /// Between gateway and backend.
  package var back: Exchange

  package init(front: Exchange, back: Exchange) {
    self.front = front
    self.back = back
  }

  /// Whether both were seen from end to end, and everything that rules look at was kept.
  var isWhole: Bool {
    for exchange in [front, back] {
      guard exchange.gapByteCount == 0, !exchange.startedInTheMiddle, exchange.request.fields.droppedCount == 0,
        exchange.response.fields.droppedCount == 0
      else { return false }
    }
    return true
  }

  /// The values of the meta-variable that a header field becomes: none, one, or more than there should be.
  ///
  /// Spec: RFC 3875 section 4.1.18.
  func variables(for name: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    let fields = back.request.fields, variable = CGIMetaVariables.variableName(ofField: name)
    return fields.indices.filter { fields.name($0).elementsEqual(variable) }.map { fields.value($0) }
  }

  /// The client's fields that a gateway hands on, each name once with all its values.
  ///
  /// Left out is what it may keep to itself: fields of the connection and those that these name, conditions and ranges
  /// that a cache applies itself, credentials, what other variables carry, names with bytes that gateways refuse.
  var endToEndFields: [(name: ArraySlice<UInt8>, values: [ArraySlice<UInt8>])] {
    let fields = front.request.fields
    let nominated = fields.listElements("connection")
    var list: [(name: ArraySlice<UInt8>, values: [ArraySlice<UInt8>])] = []
    for index in fields.indices {
      let name = fields.name(index)
      guard !Self.isKeptBack(name), !nominated.contains(where: { $0.equalsIgnoringCase(name) }) else { continue }
      if let known = list.firstIndex(where: { $0.name.equalsIgnoringCase(name) }) {
        list[known].values.append(fields.value(index))
      } else {
        list.append((name, [fields.value(index)]))
      }
    }
    return list
  }

  private static let keptBack: [StaticString] = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings",
    "proxy", "proxy-authorization", "authorization", "content-length", "content-type", "expect", "range", "if-range",
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "accept-encoding", "host",
  ]

  private static func isKeptBack(_ name: ArraySlice<UInt8>) -> Bool {
    keptBack.contains { name.equalsIgnoringCase($0) }
      || !name.allSatisfy { (0x61...0x7A).contains(ASCII.lowercased($0)) || ASCII.isDigit($0) || $0 == 0x2D }
  }

  /// The query of the client's target, as it came; nil where there is none.
  var query: ArraySlice<UInt8>? {
    let target = front.request.target
    return target.firstIndex(of: 0x3F).map { target[($0 + 1)...].prefix { $0 != 0x23 } }
  }

  /// Whether the client certainly got what the backend answered: not a page of the gateway's own, nor another backend's.
  ///
  /// Bodies of the same length and type say so, whatever else differs.
  var sharesBody: Bool {
    let count = back.response.body.byteCount
    return count > 0 && front.response.body.byteCount == count && isAnswered
      && (mediaType(of: front) == nil || mediaType(of: back) == nil || mediaType(of: front) == mediaType(of: back))
  }

  /// Whether both answers have a head, and the backend's is meant for the client.
  var isAnswered: Bool {
    front.response.hasHead && back.response.hasHead && back.ending == .complete
      && back.response.fields.firstField("x-accel-redirect") == nil
      && back.response.fields.firstField("x-sendfile") == nil
  }

  /// The media type without parameters, in lower case; nil where there is none.
  func mediaType(of exchange: Exchange) -> [UInt8]? {
    guard let value = exchange.response.fields.firstField("content-type") else { return nil }
    let type = value.prefix { $0 != 0x3B }.filter { $0 != ASCII.space && $0 != ASCII.tab }.map(ASCII.lowercased)
    return type.isEmpty ? nil : type
  }
}

extension ArraySlice<UInt8> {
  /// Whether `part` stands somewhere in the bytes.
  func contains(run part: ArraySlice<UInt8>) -> Bool {
    guard let first = part.first else { return true }
    guard count >= part.count else { return false }
    return (startIndex...(endIndex - part.count)).contains {
      self[$0] == first && self[$0..<($0 + part.count)].elementsEqual(part)
    }
  }
}
