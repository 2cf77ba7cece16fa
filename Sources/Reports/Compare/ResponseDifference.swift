// Where the responses of several targets to one request differ: status, fields, body.
//
// What a server adds on its own, and what belongs to the interface and not to the answer, is no difference.

internal import Drivers
internal import Exchanges
internal import WireBytes

/// One respect in which responses differ.
package struct ResponseDifference: Hashable, Sendable {
  /// The case's connection and the exchange's number on it, both from 1.
  package var connection: Int
  package var index: Int
  /// `status`, `body`, or `field NAME` with the name in lower case.
  package var what: String
  /// One for each target, escaped for people; nil where there was no such exchange.
  package var values: [String?]

  /// Fields that are no part of the answer as such: of the connection, of how the body is delimited, of the server.
  static let ignoredFields: Set<String> = [
    "connection", "content-length", "date", "keep-alive", "server", "status", "trailer", "transfer-encoding", "via",
    "x-powered-by",
  ]

  /// The differences between the responses that several targets gave in one case.
  ///
  /// What an exchange had come to when gatespec left, or was refused, is a matter of time: it is not compared.
  ///
  /// - Parameter responses: For each target what it answered, empty where it was not asked.
  static func all(between responses: [[ResponseDigest]]) -> [ResponseDifference] {
    let responses = responses.map { $0.filter { ![.clientClosed, .aborted, .unfinished].contains($0.ending) } }
    guard responses.count(where: { !$0.isEmpty }) > 1 else { return [] }
    var places: [Place] = []
    for digest in responses.joined() where !places.contains(Place(digest)) { places.append(Place(digest)) }
    return places.sorted().flatMap { place in
      differences(at: place, responses.map { target in target.first { Place($0) == place } })
    }
  }

  private struct Place: Hashable, Comparable {
    var connection: Int
    var index: Int

    init(_ digest: ResponseDigest) {
      connection = digest.connection
      index = digest.index
    }

    static func < (left: Place, right: Place) -> Bool {
      (left.connection, left.index) < (right.connection, right.index)
    }
  }

  private static func differences(at place: Place, _ digests: [ResponseDigest?]) -> [ResponseDifference] {
    func difference(_ what: String, _ digests: [ResponseDigest?], _ value: (ResponseDigest) -> String)
      -> ResponseDifference?
    {
      let values = digests.map { $0.map(value) }
      guard Set(values.compactMap { $0 }).count > 1 else { return nil }
      return ResponseDifference(connection: place.connection, index: place.index, what: what, values: values)
    }
    var found = [difference("status", digests) { $0.status.map { "\($0)" } ?? "none (\($0.ending.rawValue))" }]
    // Where no head came there are no fields to be missed, and no body.
    let heads = digests.map { $0?.status == nil ? nil : $0 }
    var names: [String] = []
    for digest in heads {
      for field in digest?.fields ?? [] where !names.contains(field.key) { names.append(field.key) }
    }
    for name in names.sorted() where !ignoredFields.contains(name) {
      found.append(
        difference("field \(name)", heads) { digest in
          let values = digest.fields.filter { $0.key == name }.map { WireText.escape($0.value, limit: 120) }
          return values.isEmpty ? "absent" : values.joined(separator: " | ")
        })
    }
    // What a probe reports tells of its target.
    if !heads.allSatisfy({ $0?.isEchoReport ?? true }) { found.append(difference("body", heads, body)) }
    return found.compactMap { $0 }
  }

  private static func body(_ digest: ResponseDigest) -> String {
    if digest.isEchoReport { return "an echo report" }
    if digest.bodyByteCount == 0 { return "empty" }
    if digest.bodyByteCount == UInt64(digest.bodyStart.count) { return "\"\(WireText.escape(digest.bodyStart))\"" }
    // The hash tells bodies apart; the beginning tells a person which they are.
    let start = "\"\(WireText.escape(digest.bodyStart.prefix(24)))\""
    return "\(digest.bodyByteCount) bytes, \(start)…, hash \(String(digest.bodyHash, radix: 16))"
  }
}

extension ResponseDigest.Field {
  /// The name as fields are told apart by, escaped.
  fileprivate var key: String { WireText.escape(name.map { ASCII.lowercased($0) }, limit: 80) }
}
