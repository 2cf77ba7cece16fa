// The grammars of field values that rules hold a message against. Pure functions over bytes as they came.
//
// Each is as wide as its specification: what recipients are known to accept beyond it is no part of it.

import Exchanges
import WireBytes

/// Grammars of RFC 9110 and RFC 3986.
enum HTTPGrammar {
  static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { ASCII.isTokenByte($0) }
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

  /// The bytes without white space at both ends.
  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = bytes.drop(while: isBlank)
    return start.lastIndex { !isBlank($0) }.map { start[...$0] } ?? []
  }

  /// The parts of a value between such bytes that stand outside of quotes, without white space around them.
  static func parts(_ value: ArraySlice<UInt8>, between separator: UInt8) -> [ArraySlice<UInt8>] {
    var (parts, start, isQuoted): ([ArraySlice<UInt8>], Int, Bool) = ([], value.startIndex, false)
    var index = value.startIndex
    while index < value.endIndex {
      switch value[index] {
      case 0x22: isQuoted.toggle()
      case 0x5C where isQuoted: index += 1
      case separator where !isQuoted:
        parts.append(trimmed(value[start..<index]))
        start = index + 1
      default: break
      }
      index += 1
    }
    return parts + [trimmed(value[min(start, value.endIndex)...])]
  }

  /// Whether a list has an element with nothing in it; a list of no element has none.
  ///
  /// Spec: RFC 9110 section 5.6.1.
  static func hasEmptyElement(_ value: ArraySlice<UInt8>) -> Bool {
    let elements = parts(value, between: 0x2C)
    return elements.count > 1 && elements.contains { $0.isEmpty }
  }

  /// Whether a value is a list of tokens; empty elements are another rule's matter.
  static func isTokenList(_ value: ArraySlice<UInt8>) -> Bool {
    parts(value, between: 0x2C).allSatisfy { $0.isEmpty || isToken($0) }
  }

  /// Whether a value is a string in quotes.
  ///
  /// Spec: RFC 9110 section 5.6.4.
  static func isQuoted(_ value: ArraySlice<UInt8>) -> Bool {
    guard value.count > 1, value.first == 0x22, value.last == 0x22 else { return false }
    var rest = value.dropFirst().dropLast()
    while let byte = rest.popFirst() {
      if byte == 0x22 { return false }
      if byte == 0x5C, rest.popFirst() == nil { return false }
    }
    return true
  }

  /// Whether a value is `type/subtype` with parameters.
  ///
  /// Spec: RFC 9110 section 8.3.1.
  static func isMediaType(_ value: ArraySlice<UInt8>) -> Bool {
    let parts = parts(value, between: 0x3B)
    guard let type = parts.first, let slash = type.firstIndex(of: 0x2F), isToken(type[..<slash]),
      isToken(type[(slash + 1)...])
    else { return false }
    return parts.dropFirst().allSatisfy { parameter in
      guard !parameter.isEmpty else { return true }
      guard let equals = parameter.firstIndex(of: 0x3D), isToken(parameter[..<equals]) else { return false }
      let argument = parameter[(equals + 1)...]
      return isToken(argument) || isQuoted(argument)
    }
  }

  /// Whether a value holds only bytes that a URI may hold, and whole percent-encoded ones.
  ///
  /// Spec: RFC 3986 section 2.
  static func isURIReference(_ value: ArraySlice<UInt8>) -> Bool {
    var rest = value
    while let byte = rest.popFirst() {
      if byte <= 0x20 || byte > 0x7E { return false }
      if "\"<>\\^`{|}".utf8.contains(byte) { return false }
      guard byte == 0x25 else { continue }
      guard let high = rest.popFirst(), ASCII.hexValue(high) != nil, let low = rest.popFirst(),
        ASCII.hexValue(low) != nil
      else { return false }
    }
    return true
  }

  /// The authority of a URI of http or https; nil for other values.
  static func authority(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    for scheme in ["http://", "https://"] where value.prefix(scheme.utf8.count).equalsIgnoringCase(scheme.utf8) {
      return value.dropFirst(scheme.utf8.count).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
    }
    return nil
  }

  /// Whether a value says which part of what a 206 carries, or how long the whole of a 416 is.
  ///
  /// Units other than bytes have grammars of their own. Spec: RFC 9110 section 14.4.
  static func isContentRange(_ value: ArraySlice<UInt8>) -> Bool {
    guard value.prefix(6).equalsIgnoringCase("bytes ".utf8) else { return !value.starts(with: "bytes".utf8) }
    let parts = value.dropFirst(6).split(separator: 0x2F, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let length = number(parts[1])
    guard parts[1] == [0x2A] || length != nil else { return false }
    if parts[0] == [0x2A] { return length != nil }
    let ends = parts[0].split(separator: 0x2D, omittingEmptySubsequences: false).map(number)
    guard ends.count == 2, let first = ends[0], let last = ends[1] else { return false }
    return first <= last && length.map { last < $0 } ?? true
  }

  /// The number of decimal digits; nil for other values, and the largest number for one that is larger.
  static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
    return digits.reduce(0) { value, digit in
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit &- 0x30))
      return overflow || carry ? .max : sum
    }
  }

  // MARK: Dates

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Whether `value` is a date like `Sun, 06 Nov 1994 08:49:37 GMT`, in form.
  ///
  /// Spec: RFC 9110 section 5.6.7.
  static func isDate(_ value: ArraySlice<UInt8>) -> Bool {
    let pattern = Array("Aaa, 00 Aaa 0000 00:00:00 GMT".utf8)
    guard value.count == pattern.count else { return false }
    return zip(value.enumerated(), pattern).allSatisfy { element, due in
      let (index, byte) = element
      guard index < 26 else { return byte == due }
      switch due {
      case 0x41: return byte &- 0x41 < 26
      case 0x61: return byte &- 0x61 < 26
      case 0x30: return ASCII.isDigit(byte)
      default: return byte == due
      }
    }
  }

  /// A number that grows with the date in `value`; nil where it is none.
  static func order(ofDate value: ArraySlice<UInt8>) -> UInt64? {
    guard isDate(value) else { return nil }
    let start = value.startIndex
    let month = String(decoding: value[(start + 8)..<(start + 11)], as: UTF8.self)
    guard let place = months.firstIndex(of: month) else { return nil }
    let digits = [12..<16, 5..<7, 17..<19, 20..<22, 23..<25].map { range in
      number(value[(start + range.lowerBound)..<(start + range.upperBound)]) ?? 0
    }
    let day = (digits[0] * 12 + UInt64(place)) * 32 + digits[1]
    return ((day * 24 + digits[2]) * 60 + digits[3]) * 61 + digits[4]
  }

  /// The value with each run of white space made one space.
  static func singleSpaced(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    Array(value.split(whereSeparator: isBlank).joined(separator: [ASCII.space]))[...]
  }

  // MARK: Challenges

  /// What is wrong with the parameters of a challenge.
  enum ChallengeProblem: Hashable {
    case repeatedParameter, unquotedRealm, spaceAroundEquals
  }

  /// The problems of a value of WWW-Authenticate.
  ///
  /// Spec: RFC 9110 sections 11.2 to 11.6.
  static func challengeProblems(_ value: ArraySlice<UInt8>) -> Set<ChallengeProblem> {
    var problems: Set<ChallengeProblem> = []
    var names: Set<[UInt8]> = []
    for element in parts(value, between: 0x2C) {
      var parameter = element
      let word = element.prefix { ASCII.isTokenByte($0) }
      let rest = trimmed(element[word.endIndex...])
      if rest.first != 0x3D || word.isEmpty {
        // A scheme begins a challenge; its first parameter may follow.
        names = []
        parameter = rest
      }
      guard let equals = parameter.firstIndex(of: 0x3D) else { continue }
      let name = trimmed(parameter[..<equals])
      let argument = parameter[(equals + 1)...]
      // Text that ends in equals signs is no parameter.
      guard isToken(name), argument.contains(where: { $0 != 0x3D }) else { continue }
      if name.endIndex != equals || argument.first.map(isBlank) ?? false { problems.insert(.spaceAroundEquals) }
      if !names.insert(name.lowercasedASCII).inserted { problems.insert(.repeatedParameter) }
      if name.equalsIgnoringCase("realm"), trimmed(argument).first != 0x22 { problems.insert(.unquotedRealm) }
    }
    return problems
  }
}
