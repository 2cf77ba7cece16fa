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
    "connection", "content-length", "date", "host", "keep-alive", "server", "status", "trailer", "transfer-encoding",
    "via", "x-powered-by",
  ]

  /// The differences between the responses that several targets gave in one case.
  ///
  /// What an exchange had come to when gatespec left, or was refused, is a matter of time, and whether a second one is
  /// answered on a connection one of how long a server keeps it: neither is compared.
  ///
  /// - Parameter responses: For each target what it answered, empty where it was not asked.
  static func all(between responses: [[ResponseDigest]]) -> [ResponseDifference] {
    let responses = responses.map { $0.filter(\.isComparable) }
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
    // An answer of another status is another answer: the status has said so.
    guard Set(heads.compactMap { $0?.status }).count == 1 else { return found.compactMap(\.self) }
    let isError = heads.contains { $0?.isError == true }
    var names: [String] = []
    for digest in heads {
      for field in digest?.fields ?? [] where !names.contains(field.key) { names.append(field.key) }
    }
    for name in names.sorted() where !ignoredFields.contains(name) && !(isError && name.hasPrefix("content-")) {
      found.append(
        difference("field \(name)", heads) { digest in
          let values = digest.fields.filter { $0.key == name }.map(\.words)
          return values.isEmpty ? "absent" : values.joined(separator: " | ")
        })
    }
    // What a probe reports tells of its target.
    if !heads.allSatisfy({ $0?.isEchoReport ?? true }) { found.append(difference("body", heads, body)) }
    return found.compactMap(\.self)
  }

  private static func body(_ digest: ResponseDigest) -> String {
    if digest.isEchoReport { return "an echo report" }
    if digest.bodyByteCount == 0 { return "empty" }
    // Each server tells of an error in words of its own.
    if digest.isError { return "a text" }
    if digest.bodyByteCount == UInt64(digest.bodyStart.count) { return "\"\(WireText.escape(digest.bodyStart))\"" }
    // The hash tells bodies apart; the beginning tells a person which they are.
    let start = "\"\(WireText.escape(digest.bodyStart.prefix(24)))\""
    return "\(digest.bodyByteCount) bytes, \(start)…, hash \(String(digest.bodyHash, radix: 16))"
  }
}

extension ResponseDigest {
  /// Whether it is the target that decided what came of the exchange, and not time.
  fileprivate var isComparable: Bool {
    switch ending {
    case .clientClosed, .aborted, .unfinished: false
    case .serverClosed: status != nil || index == 1
    case .complete, .lost: true
    }
  }

  /// Whether a server may have made it by itself, for want of an answer.
  fileprivate var isError: Bool { (status ?? 0) >= 400 }
}

extension ResponseDigest.Field {
  /// The name as fields are told apart by, escaped.
  fileprivate var key: String { WireText.escape(name.map { ASCII.lowercased($0) }, limit: 80) }

  /// The value for people; of a tag, which each server makes as it likes, only the kind.
  fileprivate var words: String {
    guard key == "etag" else { return WireText.escape(value, limit: 120) }
    return value.starts(with: [0x57, 0x2F]) ? "a weak tag" : "a tag"
  }
}
