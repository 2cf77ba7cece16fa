// What the probe does, step by step, without doing it: outputs, pauses, an end.
//
// Nothing of an interface, no clock, no I/O. Long outputs are made piece by piece as they are asked for.

/// Bytes that are made when they are needed.
package enum ProbeContent: Hashable, Sendable {
  case bytes([UInt8])
  /// So many bytes, byte i being `i mod 251`.
  case pattern(byteCount: UInt64)
  /// So many bytes of the same value, the last one a line feed.
  case filledLine(UInt8, byteCount: UInt64)

  package var byteCount: UInt64 {
    switch self {
    case .bytes(let bytes): UInt64(bytes.count)
    case .pattern(let count), .filledLine(_, let count): count
    }
  }

  /// Appends `count` bytes from `offset` on.
  ///
  /// - Precondition: They are within ``byteCount``.
  func append(from offset: UInt64, count: Int, to output: inout [UInt8]) {
    switch self {
    case .bytes(let bytes):
      output.append(contentsOf: bytes[Int(offset)..<(Int(offset) + count)])
    case .pattern:
      var value = UInt8(offset % 251)
      for _ in 0..<count {
        output.append(value)
        value = value == 250 ? 0 : value + 1
      }
    case .filledLine(let byte, let total):
      output.append(contentsOf: repeatElement(byte, count: count))
      if count > 0, offset + UInt64(count) == total { output[output.count - 1] = UInt8(ascii: "\n") }
    }
  }
}

/// The head of an answer: its status and fields.
package struct ProbeHead: Hashable, Sendable {
  package struct Field: Hashable, Sendable {
    package var name: String
    package var value: [UInt8]
  }

  /// The status code; nil for a CGI redirect, which has none.
  package var code: Int?
  package var reason = "OK"
  package var fields: [Field] = []
  /// Whether the program ends abnormally before the blank line after the fields.
  package var isCut = false

  package init(code: Int?, reason: String = "OK") {
    self.code = code
    self.reason = reason
  }

  package mutating func append(_ name: String, _ value: String) { append(name, Array(value.utf8)) }
  package mutating func append(_ name: String, _ value: [UInt8]) { fields.append(Field(name: name, value: value)) }

  /// The head in the form of CGI: `Status`, the fields, a blank line.
  package var cgiBytes: [UInt8] {
    cgiBytes(statusLine: code.map { "Status: \($0) \(reason)" })
  }

  /// The head in the form of CGI, with that line in the place of `Status`.
  package func cgiBytes(statusLine: String?) -> [UInt8] {
    var bytes: [UInt8] = []
    if let statusLine { bytes.append(contentsOf: "\(statusLine)\r\n".utf8) }
    for field in fields {
      bytes.append(contentsOf: "\(field.name): ".utf8)
      bytes.append(contentsOf: field.value)
      bytes.append(contentsOf: "\r\n".utf8)
    }
    if !isCut { bytes.append(contentsOf: "\r\n".utf8) }
    return bytes
  }
}

/// One step of an answer.
package enum ProbeStep: Hashable, Sendable {
  /// The status and the fields; at most once, before any output.
  case head(ProbeHead)
  case output(ProbeContent)
  case error(ProbeContent)
  case pause(milliseconds: UInt64)
  /// The lines `part FIRST` to `part LAST`, each flushed and followed by a pause.
  case parts(first: UInt64, last: UInt64, delay: UInt64)
  /// The program ends abnormally.
  case crash
  /// The program ends, with that application status.
  case end(status: UInt32)
}

/// An answer being given: its steps, read piece by piece.
package struct ProbeScript: Hashable, Sendable {
  /// What comes next.
  package enum Event: Hashable, Sendable {
    /// Output bytes were appended.
    case output
    /// Error-stream bytes were appended.
    case error
    case pause(milliseconds: UInt64)
    case crashed
    case ended(status: UInt32)
  }

  /// The steps still to come, the next one last.
  private var steps: [ProbeStep]
  /// How much of the next content was given.
  private var offset: UInt64 = 0

  /// - Parameters:
  ///   - steps: An answer's steps; one without an end ends with status 0.
  ///   - renderHead: The bytes of a head in the interface's form.
  package init(_ steps: [ProbeStep], renderHead: (ProbeHead) -> [UInt8] = { $0.cgiBytes }) {
    self.steps = steps.reversed().map { step in
      if case .head(let head) = step { .output(.bytes(renderHead(head))) } else { step }
    }
  }

  /// Goes on by one event, appending at most `limit` bytes of output or error text to `bytes`.
  ///
  /// - Precondition: `limit` is positive.
  package mutating func next(limit: Int, into bytes: inout [UInt8]) -> Event {
    while let step = steps.last {
      switch step {
      case .output(let content):
        if give(content, limit: limit, into: &bytes) { return .output }
      case .error(let content):
        if give(content, limit: limit, into: &bytes) { return .error }
      case .pause(let milliseconds):
        steps.removeLast()
        return .pause(milliseconds: milliseconds)
      case .parts(let first, let last, let delay):
        steps.removeLast()
        guard first <= last else { continue }
        steps.append(.parts(first: first + 1, last: last, delay: delay))
        if delay > 0 { steps.append(.pause(milliseconds: delay)) }
        steps.append(.output(.bytes(Array("part \(first)\n".utf8))))
      case .head: steps.removeLast()
      case .crash: return .crashed
      case .end(let status): return .ended(status: status)
      }
    }
    return .ended(status: 0)
  }

  /// Gives the next piece of `content`, or goes on to the next step where none is left.
  private mutating func give(_ content: ProbeContent, limit: Int, into bytes: inout [UInt8]) -> Bool {
    let left = content.byteCount - offset
    guard left > 0 else {
      steps.removeLast()
      offset = 0
      return false
    }
    let count = Int(min(left, UInt64(limit)))
    content.append(from: offset, count: count, to: &bytes)
    offset += UInt64(count)
    return true
  }
}
