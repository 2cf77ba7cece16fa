// A generated request as a case, written as a fixture file would have it: what is found can be kept as it is printed.
//
// Five things must hold whatever is sent: no more answers than messages, no byte of a body taken for a request, closed
// or in step after an error, nothing invalid in the answers (that is the rules'), and a clean request served afterwards.

import Exchanges
import Fixtures
import WireBytes

/// A generated request, and the case that it is.
struct ExploredCase: Sendable {
  let request: ExploredRequest
  let changes: [RequestChange]
  let slug: String
  private let reading: RequestReading
  let bytes: [UInt8]

  init(_ request: ExploredRequest, _ changes: [RequestChange], slug: String) {
    self.request = request
    self.changes = changes
    self.slug = slug
    var parts = request.parts
    for change in changes { parts[change.part].bytes = change.applied(to: parts[change.part].bytes) }
    bytes = parts.flatMap(\.bytes)
    reading = RequestReading(bytes)
  }

  /// What two requests have in common that find the same: where, what kind of change, which requirement.
  var kind: String {
    let places = changes.map { "\(request.parts[$0.part].place.rawValue) \($0.kind.rawValue) \($0.bytes)" }
    return "\(places.sorted()) \(reading.requirement)"
  }

  // MARK: Simpler ones

  /// Requests that are simpler by one thing, the simplest first.
  var simpler: [(request: ExploredRequest, changes: [RequestChange])] {
    var list: [(ExploredRequest, [RequestChange])] = []
    if changes.count > 1 { list += changes.indices.map { index in (request, [changes[index]]) } }
    let touched = Set(changes.map { request.parts[$0.part].line })
    for line in Set(request.parts.map(\.line)).sorted() where line != 0 && !touched.contains(line) {
      list.append(without(line))
    }
    return list
  }

  private func without(_ line: Int) -> (ExploredRequest, [RequestChange]) {
    var simpler = request
    simpler.parts.removeAll { $0.line == line }
    let moved = changes.map { change in
      var change = change
      change.part -= request.parts[..<change.part].count { $0.line == line }
      return change
    }
    return (simpler, moved)
  }

  // MARK: As a fixture

  /// The case as a fixture file says it.
  var fixture: String {
    let words = changes.map { $0.words(request.parts[$0.part].place) }.joined(separator: ", and ")
    let article = request.parts.first?.bytes.first == UInt8(ascii: "O") ? "An" : "A"
    let method = String(decoding: request.parts.first?.bytes ?? [], as: UTF8.self)
    // What is no whole message may go on in the next one.
    let isFollowed = reading.isWhole && !request.carriesRequest
    var text = """
      - id: \(slug)
        requirements: [\(reading.requirement)]
        summary: \(quoted("\(article) \(method) with \(words.isEmpty ? "nothing odd" : words) is answered once and does no harm."))
        send:
          - wire: \(wire(bytes))
          - settle

      """
    if isFollowed { text += "    - request: {}\n    - settle\n" }
    // One connection at a time: some servers serve no more.
    text += """
          - close
          - {request: {}, on: 2}
        expect:
          - any-of:

      """
    if isFollowed {
      text += "        - {exchange: 2, status: [\(Self.served)], connection: {completed: 2}}\n"
      text += "        - {exchange: 2, no-response: true}\n"
      // A server may find out what is malformed when it has answered: the refusal comes then, and is its last answer.
      if reading.isMalformed { text += "        - {exchange: 2, status: [4xx, 501], field: {Connection: close}}\n" }
    } else {
      for count in 0...reading.answers { text += "        - {connection: {completed: \(count)}}\n" }
    }
    text += "    - {on: 2, requirement: H1-9112-9.3-4, status: [\(Self.served)]}\n"
    return text
  }

  /// The answers to a clean request: whatever they are, they do not call it malformed.
  private static let served =
    "2xx, 3xx, 401, 402, 403, 404, 405, 406, 407, 409, 410, 418, 421, 422, 425, 426, 428, 429, 451, 500, 502, 503, 504, "
    + "507, 508, 511"

  /// Bytes as a fixture has them: text where they are, hex pairs where they are not.
  private func wire(_ bytes: [UInt8]) -> String {
    var pieces: [String] = []
    var rest = bytes[...]
    while let first = rest.first {
      let isText = first < 0x80
      let run = rest.prefix { ($0 < 0x80) == isText }
      pieces.append(isText ? quoted(String(decoding: run, as: UTF8.self)) : "{hex: \"\(run.map(hex).joined())\"}")
      rest = rest.dropFirst(run.count)
    }
    return pieces.count == 1 ? pieces[0] : "[\(pieces.joined(separator: ", "))]"
  }

  private func hex(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return text.utf8.count == 1 ? "0" + text : text
  }

  private func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": output += "\\\(scalar)"
      case "\r": output += "\\r"
      case "\n": output += "\\n"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: output += "\\x" + hex(UInt8(scalar.value))
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}
