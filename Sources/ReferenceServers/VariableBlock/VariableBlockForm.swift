// The form in which an interface writes the head of a request, and that of an answer.

internal import WireBytes

/// What the bytes that came so far are.
enum HeadReading: Sendable {
  /// More has to come.
  case incomplete
  case malformed
  /// A whole head of so many bytes.
  case head([ProbeVariable], byteCount: Int)
  /// No request of an application: it is answered by these bytes, by none where there are none.
  case packet([UInt8])
}

/// One of the two interfaces.
package protocol VariableBlockForm: Sendable {
  static var interface: ProbeInterface { get }
  /// How a server of it serves whose policy is changed so.
  static func service(_ change: (inout VariableBlockPolicy) -> Void) -> ReferenceService
}

/// What a responder asks of it.
protocol VariableBlockReader: VariableBlockForm {
  /// Reads the head of a request.
  static func read(_ bytes: [UInt8], _ policy: VariableBlockPolicy) -> HeadReading
  /// The head of an answer.
  static func render(_ head: ProbeHead) -> [UInt8]
}

/// SCGI: headers in a netstring, and answers as of CGI.
package enum SCGIForm: VariableBlockReader {
  package static let interface = ProbeInterface.scgi

  static func render(_ head: ProbeHead) -> [UInt8] { head.cgiBytes }

  static func read(_ bytes: [UInt8], _ policy: VariableBlockPolicy) -> HeadReading {
    let reading = policy.scgi
    let digits = bytes.prefix { $0 != 0x3A }
    guard digits.count <= reading.digitLimit else { return .malformed }
    let number = reading.takesSignsAndSpaces ? digits.drop { $0 == 0x20 || $0 == 0x2B } : digits
    guard number.allSatisfy({ ASCII.isDigit($0) }) else { return .malformed }
    guard digits.count < bytes.count else { return .incomplete }
    guard let length = DecimalNumber.value(of: number).map({ Int($0) }), length <= reading.headByteLimit,
      number.count == 1 || number.first != 0x30 || reading.takesLeadingZeros
    else { return .malformed }
    let end = digits.count + 1 + length
    guard bytes.count > end else { return .incomplete }
    guard bytes[end] == 0x2C || reading.takesAnyEnd else { return .malformed }
    let byteCount = reading.leavesComma ? end : end + 1
    if length == 0 { return reading.servesEmptyBlock ? .head([], byteCount: byteCount) : .malformed }
    guard let variables = variables(of: bytes[(digits.count + 1)..<end], reading), isSound(variables, reading) else {
      return .malformed
    }
    return .head(variables, byteCount: byteCount)
  }

  /// The headers of a block; nil where it is none.
  private static func variables(of block: ArraySlice<UInt8>, _ reading: SCGIReading) -> [ProbeVariable]? {
    var block = block
    if block.last != 0 {
      guard reading.takesUnterminated else { return nil }
      block.append(0)
    }
    var texts = block.dropLast().split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
    if reading.skipsEmptyValues {
      texts = texts.indices.filter { index in
        index == 0 || !texts[index].isEmpty || !texts[index - 1].starts(with: "HTTP_X".utf8)
      }.map { texts[$0] }
    }
    if texts.count % 2 == 1 {
      guard reading.dropsLoneName || reading.skipsEmptyValues || reading.takesUnterminated else { return nil }
      texts.removeLast()
    }
    return stride(from: 0, to: texts.count, by: 2).map { ProbeVariable(name: texts[$0], value: texts[$0 + 1]) }
  }

  /// Whether CONTENT_LENGTH comes first and is a number, SCGI is there and 1, every name is one, and none stands twice.
  private static func isSound(_ variables: [ProbeVariable], _ reading: SCGIReading) -> Bool {
    let names = variables.map(\.name)
    let length = variables.value(of: "CONTENT_LENGTH")
    let isFirst = names.first?.elementsEqual("CONTENT_LENGTH".utf8) ?? false
    return (length == nil ? reading.takesNoLength : isFirst || reading.takesLateLength)
      && (length.map { !$0.isEmpty } ?? true || reading.takesEmptyLength)
      && (variables.value(of: "SCGI") == [0x31] || reading.takesAnyVersion)
      && (!names.contains([]) || reading.takesEmptyNames)
      && (Set(names).count == names.count || reading.takesSameNames)
  }
}

/// uwsgi: a packet of variables, and answers as of HTTP.
package enum UWSGIForm: VariableBlockReader {
  package static let interface = ProbeInterface.uwsgi

  static func render(_ head: ProbeHead) -> [UInt8] {
    head.cgiBytes(statusLine: "HTTP/1.1 \(head.code ?? 200) \(head.reason)")
  }

  static func read(_ bytes: [UInt8], _ policy: VariableBlockPolicy) -> HeadReading {
    let reading = policy.uwsgi
    guard bytes.count >= 4 else { return .incomplete }
    let (modifier, second) = (bytes[0], bytes[3])
    let size = size(bytes[1], bytes[2], reading) & reading.sizeMask
    let isRequest = modifier == 0 || modifier == 30 && second == 0 || reading.ignoresModifiers
    guard isRequest, reading.ignoresSecondModifier || second == 0 else {
      return packet(modifier, second, size, bytes, reading)
    }
    guard size <= reading.blockByteLimit || reading.cutsLargeBlocks else { return .malformed }
    if size == 0, reading.hangsOnEmptyBlock { return .incomplete }
    guard bytes.count >= 4 + size else { return .incomplete }
    let block = bytes[4..<(4 + min(size, reading.blockByteLimit))]
    guard var variables = variables(of: block, reading) else { return .malformed }
    if modifier == 30, !reading.keepsScriptName { variables.takeScriptNameOutOfPath() }
    return .head(variables, byteCount: 4 + size)
  }

  /// A packet that is no request of the application here.
  private static func packet(
    _ modifier: UInt8, _ second: UInt8, _ size: Int, _ bytes: [UInt8], _ reading: UWSGIReading
  ) -> HeadReading {
    guard reading.answersPings, modifier == 101 || modifier == 100 && second == 0 else { return .malformed }
    guard bytes.count >= 4 + size else { return .incomplete }
    if modifier == 100 { return .packet([100, 0, 0, reading.pongModifier]) }
    let echoed = bytes[..<(4 + size)]
    return .packet(reading.changesEchoes ? echoed.dropLast() + [0x21] : Array(echoed))
  }

  private static func size(_ first: UInt8, _ second: UInt8, _ reading: UWSGIReading) -> Int {
    reading.isBigEndian ? Int(first) << 8 | Int(second) : Int(second) << 8 | Int(first)
  }

  /// The variables of a block; nil where it is none.
  private static func variables(of block: ArraySlice<UInt8>, _ reading: UWSGIReading) -> [ProbeVariable]? {
    var variables: [ProbeVariable] = []
    var rest = block
    /// The next text, with its size before it; nil where there is none.
    func next(_ mask: Int) -> [UInt8]? {
      guard rest.count >= 2 else {
        rest = []
        return reading.readsPastEnd ? [] : nil
      }
      let size = size(rest[rest.startIndex], rest[rest.startIndex + 1], reading) & mask
      rest = rest.dropFirst(2)
      guard size <= rest.count || reading.readsPastEnd || reading.cutsLargeBlocks else { return nil }
      let text = Array(rest.prefix(size))
      rest = rest.dropFirst(text.count)
      return text
    }
    while !rest.isEmpty {
      guard let name = next(reading.nameSizeMask), let value = next(reading.valueSizeMask),
        !name.isEmpty || reading.takesEmptyNames
      else { return reading.cutsLargeBlocks ? variables : nil }
      variables.append(ProbeVariable(name: name, value: value))
    }
    return variables
  }
}

extension [ProbeVariable] {
  /// PATH_INFO without the name of the script that it begins with.
  fileprivate mutating func takeScriptNameOutOfPath() {
    guard let name = value(of: "SCRIPT_NAME"), let path = value(of: "PATH_INFO"), path.starts(with: name) else {
      return
    }
    change("PATH_INFO") { [UInt8]($0.dropFirst(name.count)) }
  }
}
