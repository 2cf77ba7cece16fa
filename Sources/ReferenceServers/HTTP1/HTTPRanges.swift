// Ranges of the reference HTTP server's pages: what a request asks for, and the parts that answer it.

internal import WireBytes

/// The parts of a page that a request asks for.
///
/// Spec: RFC 9110 section 14.
enum HTTPRanges {
  private static let boundary = "gatespec_part"
  /// The most parts that one response has.
  private static let partLimit = 8

  /// Makes of an answer with a whole page the answer with the parts that are asked for.
  static func apply(_ request: ServedRequest, _ policy: HTTPPolicy, _ answer: inout HTTPAnswer) {
    let isMeant =
      request.hasMethod("GET") || request.isHEAD && !policy.keeps(.rangesOfGETOnly)
      || request.hasMethod("POST") && !policy.keeps(.rangesOfPOST)
    let lines = request.values("range")
    let size = answer.body.count
    guard isMeant, let line = lines.first, lines.count == 1, let parts = parts(line, size, policy) else { return }
    guard let first = parts.first else {
      guard policy.keeps(.unsatisfiable) else {
        answer.head.code = 206
        return
      }
      answer = .refusal(416)
      answer.head.reason = "Range Not Satisfiable"
      answer.head.append("Content-Range", "bytes */\(size)")
      return
    }
    answer.head.code = 206
    answer.head.reason = "Partial Content"
    guard parts.count > 1 else {
      answer.head.append("Content-Range", "bytes \(first.lowerBound)-\(first.upperBound - 1)/\(size)")
      answer.body = Array(answer.body[first])
      return
    }
    let type = answer.head.fields.first { $0.name == "Content-Type" }?.value ?? []
    var body: [UInt8] = []
    for part in parts {
      body += Array("--\(boundary)\r\nContent-Type: ".utf8) + type
      body += Array("\r\nContent-Range: bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)\r\n\r\n".utf8)
      body += answer.body[part] + Array("\r\n".utf8)
    }
    answer.body = body + Array("--\(boundary)--\r\n".utf8)
    answer.set("Content-Type", "multipart/byteranges; boundary=\(boundary)")
  }

  /// The parts that exist of those that are asked for; nil where the field asks for nothing that is to be heeded.
  private static func parts(_ line: [UInt8], _ size: Int, _ policy: HTTPPolicy) -> [Range<Int>]? {
    guard let equals = line.firstIndex(of: 0x3D) else { return nil }
    guard line[..<equals].equalsIgnoringCase("bytes".utf8) || !policy.keeps(.rangeUnits) else { return nil }
    var parts: [Range<Int>] = []
    let elements = line[(equals + 1)...].split(separator: 0x2C).map { Array($0).trimmedOfBlanks }.filter { !$0.isEmpty }
    guard !elements.isEmpty else { return nil }
    for element in elements {
      guard let part = part(element, size, policy) else { return nil }
      if !part.isEmpty { parts.append(part) }
    }
    // Many parts, or such as overlap, cost more than the page.
    let isOverlapping = zip(parts, parts.dropFirst()).contains { $0.upperBound > $1.lowerBound }
    return parts.count > partLimit || isOverlapping ? nil : parts
  }

  /// One part, empty where it does not exist; nil where it is malformed.
  private static func part(_ element: [UInt8], _ size: Int, _ policy: HTTPPolicy) -> Range<Int>? {
    guard let dash = element.firstIndex(of: 0x2D) else { return nil }
    func number(_ digits: ArraySlice<UInt8>) -> Int? {
      guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
      let value = DecimalNumber.value(of: digits) ?? .max
      return Int(clamping: policy.keeps(.largePositions) ? value : value & 0xFFFF_FFFF)
    }
    let end = element[(dash + 1)...]
    if dash == 0 {
      guard let count = number(end), policy.keeps(.suffixRanges) else { return nil }
      return max(0, size - count)..<size
    }
    guard let first = number(element[..<dash]) else { return nil }
    guard !end.isEmpty else {
      return policy.keeps(.openRanges) ? min(first, size)..<size : nil
    }
    guard let last = number(end), last >= first else { return nil }
    if last >= size, !policy.keeps(.longRanges) { return 0..<0 }
    return first < size ? first..<(min(last, size - 1) + 1) : 0..<0
  }
}
