// The head of a request: its first line, the forms of its target, its fields.

internal import HTTP1Wire
internal import WireBytes

extension HTTPRequestReader {
  // MARK: The request line

  /// Takes a line where a request line is due.
  mutating func take(requestLine line: [UInt8]) throws(HTTPRefusal) {
    begin()
    guard !line.isEmpty else { return try meet(.emptyLine) }
    headByteCount = line.count + 2
    // A client whose version is not known gets nothing that an old one does not know.
    request.version = Self.version(line.suffix(8)) ?? .http10
    let words = try words(of: line)
    request.method = policy.readsMethod(words.method)
    if !HTTPSyntax.isToken(words.method) { try meet(.invalidMethod) }
    try take(version: words.version)
    request.target = words.target
    try checkTarget()
    state = .fields
  }

  private mutating func words(
    of line: [UInt8]
  ) throws(HTTPRefusal) -> (method: [UInt8], target: [UInt8], version: [UInt8]) {
    let words = line.split(whereSeparator: HTTPSyntax.isLineSpace)
    guard let first = words.first, let last = words.last, words.count > 1 else {
      try meet(.missingTarget)
      return (line, [0x2F], [])
    }
    request.method = Array(first)
    let hasVersion = last.prefix(5).equalsIgnoringCase("HTTP/".utf8)
    if words.count == 2 {
      try meet(hasVersion ? .missingTarget : .missingVersion)
      return (Array(first), hasVersion ? [0x2F] : Array(last), hasVersion ? Array(last) : [])
    }
    let target = line[words[1].startIndex..<words[words.count - 2].endIndex]
    if words.count > 3 { try meet(hasVersion ? .spaceInTarget : .malformedVersion) }
    let regular = [first, target, last].joined(separator: [ASCII.space])
    if !line.elementsEqual(regular) { try meet(.oddSpaces) }
    return (Array(first), Array(target), Array(last))
  }

  private mutating func take(version text: [UInt8]) throws(HTTPRefusal) {
    guard let version = Self.version(text[...]) else {
      if !text.isEmpty { try meet(text.starts(with: "http/".utf8) ? .lowerCaseVersion : .malformedVersion) }
      request.version = .http11
      return
    }
    request.version = version
    guard version.major != 1 else { return }
    try meet(.otherMajorVersion)
    request.version = .http11
  }

  /// The version that is `HTTP/digit.digit`; nil for other text.
  private static func version(_ text: ArraySlice<UInt8>) -> HTTP1Version? {
    let text = Array(text)
    guard text.count == 8, text.starts(with: "HTTP/".utf8), ASCII.isDigit(text[5]), text[6] == 0x2E,
      ASCII.isDigit(text[7])
    else { return nil }
    return HTTP1Version(major: text[5] - 0x30, minor: text[7] - 0x30)
  }

  private mutating func checkTarget() throws(HTTPRefusal) {
    let target = request.target
    if target.contains(where: { $0 < 0x20 || $0 == 0x7F }) { try meet(.controlInTarget) }
    if target.contains(where: { $0 > 0x7F }) { try meet(.highByteInTarget) }
    if target.contains(0x23) { try meet(.fragmentInTarget) }
    if !HTTPSyntax.isPathAndQuery(request.path + request.query) { try meet(.invalidTarget) }
    if request.hasMethod("CONNECT") {
      if !HTTPSyntax.isAuthority(target) { try meet(.invalidAuthority) }
    } else if target == [0x2A] {
      if !request.hasMethod("OPTIONS") { try meet(.asteriskTarget) }
    } else if let authority = request.authority {
      if request.scheme != "http" { try meet(.otherScheme) }
      if authority.isEmpty { try meet(.emptyAuthority) }
      if authority.contains(0x40) { try meet(.userInformation) }
      if !authority.isEmpty, !authority.contains(0x40), !policy.acceptsHost(authority) { try meet(.invalidHost) }
    } else if target.first != 0x2F {
      try meet(.relativeTarget)
    }
  }

  // MARK: Fields

  /// Takes a field line of the head or of the trailers.
  mutating func take(field line: [UInt8], isTrailer: Bool) throws(HTTPRefusal) {
    let kept = isTrailer ? request.trailers : request.fields
    if kept.count >= policy.fieldLimit { try meet(.largeHead) }
    if HTTPSyntax.isBlank(line[0]) {
      guard try take(indented: line, isFirst: kept.isEmpty, isTrailer: isTrailer) else { return }
    }
    guard let colon = line.firstIndex(of: ASCII.colon) else {
      try meet(.missingColon)
      return
    }
    var name = line[..<colon]
    if let last = name.last, HTTPSyntax.isBlank(last) {
      try meet(.spaceBeforeColon)
      name = Array(name).trimmedOfBlanks[...]
    }
    guard !name.isEmpty else {
      try meet(.emptyName)
      return
    }
    if !HTTPSyntax.isToken(name.drop(while: HTTPSyntax.isBlank)) { try meet(.invalidName) }
    let value = policy.readsValue(Array(line[(colon + 1)...]))
    try check(value: value)
    append(ProbeVariable(name: policy.readsName(Array(name).trimmedOfBlanks), value: value), isTrailer)
  }

  /// Takes a line that begins with white space.
  ///
  /// - Returns: Whether it is read as a field of its own.
  private mutating func take(indented line: [UInt8], isFirst: Bool, isTrailer: Bool) throws(HTTPRefusal) -> Bool {
    try meet(isFirst ? .spaceBeforeFirstField : .fold)
    guard policy.keeps(isFirst ? .indentedFieldsAreFields : .foldsAreFields) else { return true }
    guard !isFirst, policy.keeps(.foldsAreDropped) else { return false }
    let rest = line.trimmedOfBlanks
    try check(value: rest)
    if isTrailer {
      request.trailers[request.trailers.count - 1].value += [ASCII.space] + rest
    } else {
      request.fields[request.fields.count - 1].value += [ASCII.space] + rest
    }
    return false
  }

  private mutating func check(value: [UInt8]) throws(HTTPRefusal) {
    if value.contains(0) { try meet(.nulInValue) }
    if value.contains(where: { $0 != 0 && HTTPSyntax.isControl($0) }) { try meet(.controlInValue) }
  }

  private mutating func append(_ field: ProbeVariable, _ isTrailer: Bool) {
    if isTrailer {
      request.trailers.append(field)
    } else {
      request.fields.append(field)
    }
  }

  // MARK: The whole head

  /// Decides what follows the head.
  mutating func endHead() throws(HTTPRefusal) -> Event {
    policy.changesHead(&request)
    try checkHost()
    for expectation in request.list("expect") where expectation != "100-continue" { try meet(.unknownExpectation) }
    try decideFraming()
    switch request.framing {
    case .none: state = .body(0)
    case .length(let count): state = .body(count)
    case .chunked: state = .chunkLine
    case .untilEnd: state = .untilEnd
    }
    return .head
  }

  private mutating func checkHost() throws(HTTPRefusal) {
    let hosts = request.values("host")
    if hosts.isEmpty, !request.isOld { try meet(.missingHost) }
    if hosts.count > 1 { try meet(.secondHost) }
    if let host = hosts.first, !policy.acceptsHost(host) { try meet(.invalidHost) }
  }
}
