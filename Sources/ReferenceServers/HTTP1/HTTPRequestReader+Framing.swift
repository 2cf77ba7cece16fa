// Where a body ends: Content-Length, Transfer-Encoding, both, and the chunked coding.

internal import WireBytes

extension HTTPRequestReader {
  /// Decides where the body ends by what the head says.
  ///
  /// Spec: RFC 9112 section 6.3.
  mutating func decideFraming() throws(HTTPRefusal) {
    let lengths = request.values("content-length")
    let codings = request.values("transfer-encoding")
    if !codings.isEmpty, request.isOld {
      try meet(.codingInOldVersion)
      request.hasDoubtfulFraming = true
    }
    if !codings.isEmpty, !lengths.isEmpty {
      try meet(.lengthBesideCoding)
      request.hasDoubtfulFraming = true
    }
    let lengthCounts = !lengths.isEmpty && !policy.keeps(.lengthBeforeCoding)
    if !lengthCounts, try isChunked(codings) {
      request.framing = .chunked
    } else if let length = try length(lengths) {
      if length > policy.bodyLimit { try meet(.largeBody) }
      request.framing = .length(length)
    } else if !policy.keeps(.noLengthIsUntilEnd), request.hasMethod("POST") {
      request.framing = .untilEnd
    }
  }

  /// The length that these lines give; nil where there is none.
  private mutating func length(_ lines: [[UInt8]]) throws(HTTPRefusal) -> UInt64? {
    var lengths: [UInt64] = []
    for line in lines {
      for element in line.split(separator: 0x2C, omittingEmptySubsequences: false) {
        let text = lines.count == 1 && element.count == line.count ? line : element.trimmedOfBlanks
        if let length = policy.readsLength(text) {
          lengths.append(length)
        } else {
          let isNumber = !text.isEmpty && text.allSatisfy(ASCII.isDigit)
          try meet(isNumber ? .largeBody : .invalidLength)
        }
      }
    }
    guard let first = lengths.first, let last = lengths.last else { return nil }
    if lengths.count > 1 { try meet(Set(lengths).count == 1 ? .repeatedLength : .differingLengths) }
    return policy.keeps(.lastLength) ? first : last
  }

  /// Whether these lines of Transfer-Encoding say that the body comes in chunks.
  private mutating func isChunked(_ lines: [[UInt8]]) throws(HTTPRefusal) -> Bool {
    guard !lines.isEmpty else { return false }
    let codings = lines.flatMap { $0.split(separator: 0x2C) }.map { policy.readsCoding(Array($0)) }
      .filter { !$0.isEmpty }
    guard !codings.isEmpty else {
      try meet(.invalidCoding)
      return false
    }
    for coding in codings where !policy.isChunked(coding) {
      try meet(HTTPSyntax.isToken(coding) ? .unknownCoding : .invalidCoding)
    }
    let count = codings.count { policy.isChunked($0) }
    if count > 1 { try meet(.chunkedTwice) }
    guard let last = codings.last, policy.isChunked(last) else {
      if count > 0 { try meet(.chunkedNotLast) }
      return count > 0
    }
    return true
  }

  // MARK: Chunks

  /// Reads the line before a chunk's data, or the line end behind them.
  ///
  /// - Returns: Whether it was there.
  mutating func readChunkLine() throws(HTTPRefusal) -> Bool {
    guard state == .chunkLine else { return try readChunkEnd() }
    guard let line = readLine() else {
      if waitingByteCount > policy.chunkLineLimit { try meet(.longExtension) }
      return false
    }
    if line.isBare { try meet(.bareLFOfChunk) }
    if line.content.count > policy.chunkLineLimit { try meet(.longExtension) }
    let size = try chunkSize(policy.changesChunkLine(line.content))
    if UInt64(request.body.count) + min(size, 1 << 62) > policy.bodyLimit { try meet(.largeBody) }
    if size > 0 {
      state = .chunkData(size)
    } else {
      state = policy.keeps(.trailersAreRequests) ? .trailers : .body(0)
    }
    return true
  }

  private mutating func chunkSize(_ line: [UInt8]) throws(HTTPRefusal) -> UInt64 {
    var size = line.prefix { $0 != 0x3B }
    let extensions = line[size.endIndex...]
    extensionByteCount += extensions.count
    if extensionByteCount > policy.extensionLimit { try meet(.longExtension) }
    if let last = size.last, HTTPSyntax.isBlank(last) {
      if extensions.isEmpty { try meet(.spaceBehindChunkSize) }
      size = size.prefix(while: { !HTTPSyntax.isBlank($0) })
    }
    if !HTTPSyntax.isExtensions(extensions) { try meet(.invalidExtension) }
    guard let number = policy.readsChunkSize(Array(size)) else {
      try meet(.invalidChunkSize)
      return 0
    }
    return number
  }

  private mutating func readChunkEnd() throws(HTTPRefusal) -> Bool {
    if nextByte == ASCII.lf {
      try meet(.bareLFOfChunk)
      _ = take(1)
    } else {
      guard let end = take(2) else {
        if let nextByte, nextByte != ASCII.cr { try meet(.missingChunkEnd) }
        return false
      }
      if end != [ASCII.cr, ASCII.lf] { try meet(.missingChunkEnd) }
    }
    state = .chunkLine
    return true
  }
}
