// A request as the reference HTTP server read it. Values only.

internal import HTTP1Wire
internal import WireBytes

/// A request as far as it was read.
struct ServedRequest: Sendable {
  /// Where a body ends.
  enum Framing: Hashable, Sendable {
    case none, chunked
    case length(UInt64)
    /// With the connection; no request is framed so by a right server.
    case untilEnd
  }

  var method: [UInt8] = []
  var target: [UInt8] = []
  var version = HTTP1Version.http11
  /// The field lines in the order received; values without white space around them.
  var fields: [ProbeVariable] = []
  var trailers: [ProbeVariable] = []
  var framing = Framing.none
  var body: [UInt8] = []
  /// It said both how long its body is and that it comes in chunks, or came in chunks from a client of HTTP/1.0.
  var hasDoubtfulFraming = false
  /// The status that refuses it once it was read, if any.
  var refusal: Int?
  /// It was refused while its trailers were read.
  var wasRefusedInTrailers = false
  /// How many requests came before it on its connection, and the method of the last of them.
  var precedingCount = 0
  var precedingMethod: [UInt8] = []
  /// Its number among those of the server, from 1.
  var number = 0

  /// Whether its client speaks a version before HTTP/1.1.
  var isOld: Bool { version < .http11 }
  var isHEAD: Bool { hasMethod("HEAD") }

  func hasMethod(_ name: String) -> Bool { method.elementsEqual(name.utf8) }

  /// The values of the fields of that name, which is in lower case, in order.
  func values(_ name: String) -> [[UInt8]] {
    fields.filter { $0.name.lowercasedASCII.elementsEqual(name.utf8) }.map(\.value)
  }

  /// The elements of a field that is a list, in lower case, empty ones left out.
  func list(_ name: String) -> [String] {
    values(name).flatMap { $0.split(separator: 0x2C) }
      .map { String(decoding: $0.trimmedOfBlanks.lowercasedASCII, as: UTF8.self) }
      .filter { !$0.isEmpty }
  }

  /// Adds those fields whose names it does not have.
  mutating func remember(_ others: [ProbeVariable]) {
    fields += others.filter { field in !fields.contains { $0.name == field.name } }
  }

  /// The path of the target: behind the authority where it is a whole URI, and without the query.
  var path: [UInt8] {
    let path = target[pathStart...].prefix { $0 != 0x3F && $0 != 0x23 }
    return path.isEmpty ? [0x2F] : Array(path)
  }

  /// The query of the target, without its mark.
  var query: [UInt8] {
    guard let mark = target.firstIndex(of: 0x3F) else { return [] }
    return Array(target[(mark + 1)...].prefix { $0 != 0x23 })
  }

  /// The authority of a target that is a whole URI; nil for others.
  var authority: [UInt8]? {
    schemeEnd.map { start in Array(target[start..<pathStart]) }
  }

  /// The scheme of a target that is a whole URI, in lower case; nil for others.
  var scheme: String? {
    schemeEnd.map { String(decoding: target[..<($0 - 3)].lowercasedASCII, as: UTF8.self) }
  }

  /// The index behind `scheme://`.
  private var schemeEnd: Int? {
    guard let colon = target.firstIndex(of: ASCII.colon), colon > 0, target[colon...].starts(with: "://".utf8),
      target[..<colon].allSatisfy({ ASCII.isTokenByte($0) })
    else { return nil }
    return colon + 3
  }

  private var pathStart: Int {
    guard let start = schemeEnd else { return 0 }
    return target[start...].firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? target.count
  }

  /// Whether the client asks for the end of the connection.
  var asksForClose: Bool {
    let options = list("connection")
    return options.contains("close") || isOld && !options.contains("keep-alive")
  }
}

extension Collection<UInt8> where SubSequence: BidirectionalCollection {
  /// The bytes without the spaces and tabs at both ends.
  var trimmedOfBlanks: [UInt8] { trimmed { $0 == ASCII.space || $0 == ASCII.tab } }

  /// The bytes without such bytes at both ends.
  func trimmed(_ isSuch: (UInt8) -> Bool) -> [UInt8] {
    let rest = drop(while: isSuch)
    return rest.lastIndex { !isSuch($0) }.map { Array(rest[...$0]) } ?? []
  }
}
