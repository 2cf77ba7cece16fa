// What passes between gatespec and its WSGI bridge, as the reference reads and writes it: a line and the bytes after it.
//
// How lines are written is WSGIWire's; which lines there are is the reference's matter.

import WSGIWire
import WireBytes

/// A line of the bridge, and the bytes that follow it.
struct WSGIFrame: Sendable {
  var statement: WSGIStatement
  var payload: [UInt8]?

  init(_ kind: String, _ words: [String] = [], _ facts: [(String, String)] = [], payload: [UInt8]? = nil) {
    statement = WSGIStatement(
      kind, words.map { Array($0.utf8) }, facts: facts.map { (name: $0.0, value: Array($0.1.utf8)) })
    self.payload = payload
  }

  var kind: String { statement.kind }

  /// Says a fact, in place of what was said of it.
  mutating func set(_ fact: String, _ value: String?) {
    statement.facts.removeAll { $0.name == fact }
    if let value { statement.facts.append((fact, Array(value.utf8))) }
  }

  /// Has that word in the place of another.
  mutating func set(word index: Int, _ text: String) {
    while statement.words.count <= index { statement.words.append([]) }
    statement.words[index] = Array(text.utf8)
  }

  /// The bytes of all of these.
  static func bytes(_ frames: [WSGIFrame]) -> [UInt8] {
    var output: [UInt8] = []
    for frame in frames { frame.statement.append(to: &output, payload: frame.payload) }
    return output
  }
}

extension [WSGIFrame] {
  /// Changes every line of that kind.
  mutating func change(_ kind: String, _ body: (inout WSGIFrame) -> Void) {
    for index in indices where self[index].kind == kind { body(&self[index]) }
  }

  /// Changes the first line of that kind.
  mutating func changeFirst(_ kind: String, _ body: (inout WSGIFrame) -> Void) {
    if let index = firstIndex(where: { $0.kind == kind }) { body(&self[index]) }
  }

  /// Puts lines before the first one of that kind; nowhere without one.
  mutating func put(_ frames: [WSGIFrame], before kind: String) {
    if let index = firstIndex(where: { $0.kind == kind }) { insert(contentsOf: frames, at: index) }
  }

  /// Leaves out all lines of these kinds.
  mutating func drop(_ kinds: String...) { removeAll { kinds.contains($0.kind) } }

  /// Ends with the last line before the first one of that kind, and these.
  mutating func cut(before kind: String, _ frames: [WSGIFrame]) {
    guard let index = firstIndex(where: { $0.kind == kind }) else { return }
    self = self[..<index] + frames
  }

  /// Adds a header.
  mutating func addField(_ name: String, _ value: String, _ facts: [(String, String)] = []) {
    put([WSGIFrame("field", [name, value], facts)], before: "returned")
    if !contains(where: { $0.kind == "returned" }) {
      put([WSGIFrame("field", [name, value], facts)], before: "raised")
    }
  }

  func has(_ kind: String) -> Bool { contains { $0.kind == kind } }
}

/// A call as gatespec asks for it.
struct WSGIAsked: Sendable {
  var variables: [ProbeVariable] = []
  var offers: [String: String] = [:]
  var body: [UInt8] = []

  var isHead: Bool { variables.has("REQUEST_METHOD", "HEAD") }
  /// CONTENT_LENGTH; nil where it is missing or no number.
  var declared: Int? {
    variables.value(of: "CONTENT_LENGTH").flatMap { DecimalNumber.value(of: $0) }.flatMap { Int(exactly: $0) }
  }
  /// What an application reads of the body: as far as CONTENT_LENGTH says and bytes come.
  var read: [UInt8] { Array(body.prefix(declared ?? 0)) }
  func number(_ offer: String) -> Int? { offers[offer].flatMap { Int($0) } }
  func has(_ offer: String) -> Bool { offers[offer] == "yes" }
}
