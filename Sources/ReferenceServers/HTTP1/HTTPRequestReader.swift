// The requests of one connection, read from its bytes as they come: the state and the lines.
//
// What a head says is in +Head, what frames a body in +Framing, the chunked coding in +Chunks. Strict; what is odd is
// met by `meet`, which refuses it unless the policy passes it over.

internal import HTTP1Wire
internal import WireBytes

/// Reads the requests of one connection.
struct HTTPRequestReader: Sendable {
  /// What comes next on the connection.
  enum Event: Sendable {
    /// A head is whole. Its body, if it has one, follows.
    case head
    /// A request is whole.
    case request
    case refused(HTTPOddity)
  }

  enum State: Hashable, Sendable {
    case requestLine, fields
    case body(UInt64)
    case chunkLine
    case chunkData(UInt64)
    case chunkEnd, trailers, untilEnd
    /// Nothing more is read.
    case over
  }

  let policy: HTTPPolicy
  var request = ServedRequest()
  var state = State.requestLine
  var headByteCount = 0
  var extensionByteCount = 0
  private var buffer: [UInt8] = []
  private var position = 0
  /// Where the search for the end of the line goes on.
  private var scanned = 0
  private var requestCount = 0
  /// Those of the first request, where a policy keeps them.
  private var firstFields: [ProbeVariable] = []
  /// Bytes that are lost before anything else is read.
  private var lostByteCount = 0

  init(_ policy: HTTPPolicy) { self.policy = policy }

  /// Whether the head of a request is whole, and its body is not.
  var isInsideBody: Bool { isInsideRequest && state != .requestLine && state != .fields }
  /// Whether bytes of a request have come that is not whole.
  var isInsideRequest: Bool { state != .requestLine || position < buffer.count }

  mutating func append(_ bytes: RawSpan) {
    if position > 65_536 {
      buffer.removeFirst(position)
      scanned -= position
      position = 0
    }
    let lost = min(lostByteCount, bytes.byteCount)
    lostByteCount -= lost
    buffer += bytes.copied().dropFirst(lost)
  }

  /// Reads on to the next event; nil where more bytes are needed.
  mutating func next() -> Event? {
    do {
      while true {
        switch state {
        case .over: return nil
        case .requestLine:
          guard let line = try nextLine() else { return nil }
          try take(requestLine: line)
        case .fields:
          guard let line = try nextLine() else { return nil }
          if line.isEmpty { return try endHead() }
          try take(field: line, isTrailer: false)
        case .trailers:
          guard let line = try nextLine() else { return nil }
          if line.isEmpty { return finish() }
          try take(field: line, isTrailer: true)
        case .body(let count):
          let left = takeContent(count)
          guard left == 0 else {
            state = .body(left)
            return nil
          }
          return finish()
        case .chunkData(let count):
          let left = takeContent(count)
          state = left == 0 ? .chunkEnd : .chunkData(left)
          if left > 0 { return nil }
        case .chunkLine, .chunkEnd: guard try readChunkLine() else { return nil }
        case .untilEnd:
          _ = takeContent(.max)
          return nil
        }
      }
    } catch {
      return refuse(error.oddity)
    }
  }

  /// The request that the end of the connection ends, where a policy takes it for whole.
  mutating func end() -> Event? {
    let isCut = state != .requestLine && state != .fields && state != .over
    guard state == .untilEnd || isCut && !policy.keeps(.cutBodiesAreWhole) else { return nil }
    return finish()
  }

  /// Moves all bytes that have come behind a head into its body.
  mutating func takeBytesBehindHead() { _ = takeContent(.max) }

  /// Ends a head that is not whole.
  mutating func endHeadEarly() -> Event? {
    guard state == .fields, !request.fields.isEmpty, waitingByteCount == 0 else { return nil }
    do {
      return try endHead()
    } catch {
      return refuse(error.oddity)
    }
  }

  /// Leaves the bytes of the body for the next request.
  mutating func leaveBody() -> Event { finish() }

  // MARK: Oddities

  /// Refuses the request for an oddity, at once or once it was read, unless the policy passes it over.
  mutating func meet(_ oddity: HTTPOddity) throws(HTTPRefusal) {
    guard !policy.takes.contains(oddity), !(request.isOld && policy.takesOfOldClients.contains(oddity)) else { return }
    guard policy.answersInStep.contains(oddity) else { throw HTTPRefusal(oddity: oddity) }
    request.refusal = request.refusal ?? oddity.status
  }

  /// Nothing more is read, unless the policy goes on behind what has come.
  private mutating func refuse(_ oddity: HTTPOddity) -> Event {
    request.wasRefusedInTrailers = state == .trailers
    position = buffer.count
    scanned = position
    state = policy.keeps(.closingAfterRefusal) ? .over : .requestLine
    return .refused(oddity)
  }

  private mutating func finish() -> Event {
    state = .requestLine
    requestCount += 1
    if request.framing == .chunked, !policy.keeps(.byteBehindChunks) { loseByte() }
    if requestCount == 1 { firstFields = request.fields }
    switch policy.memory {
    case .nothing, .fieldsForAll: break
    case .fields: request.remember(firstFields)
    case .host:
      let host = firstFields.first { $0.name.equalsIgnoringCase("host".utf8) }
      for index in request.fields.indices where request.fields[index].name.equalsIgnoringCase("host".utf8) {
        request.fields[index].value = host?.value ?? request.fields[index].value
      }
    }
    return .request
  }

  private mutating func loseByte() {
    if position < buffer.count {
      position += 1
      scanned = position
    } else {
      lostByteCount = 1
    }
  }

  /// Begins the next request.
  mutating func begin() {
    let method = request.method
    request = ServedRequest()
    request.precedingCount = requestCount
    request.precedingMethod = method
    headByteCount = 0
    extensionByteCount = 0
  }

  // MARK: Bytes

  /// Moves up to `count` bytes into the body.
  ///
  /// - Returns: How many are still due.
  private mutating func takeContent(_ count: UInt64) -> UInt64 {
    let available = Int(min(count, UInt64(buffer.count - position)))
    request.body += buffer[position..<(position + available)]
    position += available
    scanned = position
    return count - UInt64(available)
  }

  /// The next bytes, so many, which are then read; nil where they have not come.
  mutating func take(_ count: Int) -> [UInt8]? {
    guard buffer.count - position >= count else { return nil }
    defer {
      position += count
      scanned = position
    }
    return Array(buffer[position..<(position + count)])
  }

  /// The first byte that was not read, and how many there are.
  var nextByte: UInt8? { position < buffer.count ? buffer[position] : nil }
  var waitingByteCount: Int { buffer.count - position }

  // MARK: Lines

  /// The next line of a head or of trailers, without its end; nil where it is not whole.
  private mutating func nextLine() throws(HTTPRefusal) -> [UInt8]? {
    let limit = policy.lineLimit
    guard let line = readLine() else {
      if waitingByteCount > limit { try meet(excess(of: buffer[position...])) }
      // What cannot become a request is not waited for.
      if state == .requestLine, let nextByte, nextByte != ASCII.cr, !HTTPSyntax.isLineSpace(nextByte),
        !ASCII.isTokenByte(nextByte)
      {
        try meet(.invalidMethod)
      }
      return nil
    }
    if line.content.count > limit { try meet(excess(of: line.content[...])) }
    headByteCount += line.content.count + 2
    if headByteCount > policy.headLimit { try meet(.largeHead) }
    if line.isBare { try meet(.bareLF) }
    guard line.content.contains(ASCII.cr) else { return line.content }
    try meet(.bareCR)
    return line.content.map { $0 == ASCII.cr ? ASCII.space : $0 }
  }

  /// What a line is that is longer than any that is kept.
  private func excess(of line: ArraySlice<UInt8>) -> HTTPOddity {
    guard state == .requestLine else { return .longLine }
    return line.prefix(policy.lineLimit).contains(ASCII.space) ? .longTarget : .longMethod
  }

  /// The bytes up to the next line end, which are then read, and whether LF alone ended them.
  mutating func readLine() -> (content: [UInt8], isBare: Bool)? {
    while scanned < buffer.count {
      guard let end = lineEnd(at: scanned) else {
        scanned += 1
        continue
      }
      guard end.next > 0 else { return nil }
      defer {
        position = end.next
        scanned = position
      }
      let isBare = buffer[scanned] == ASCII.lf && (scanned == position || buffer[scanned - 1] != ASCII.cr)
      return (Array(buffer[position..<end.content]), isBare)
    }
    return nil
  }

  /// Where the line ends whose end stands at `index`, and where the next one begins: 0 where the byte that says so has
  /// not come; nil where no line ends there.
  private func lineEnd(at index: Int) -> (content: Int, next: Int)? {
    switch buffer[index] {
    case ASCII.lf:
      let hasCR = index > position && buffer[index - 1] == ASCII.cr
      return (hasCR ? index - 1 : index, index + 1)
    case ASCII.cr where !policy.keeps(.lineEndsWithCR):
      guard index + 1 < buffer.count else { return (index, 0) }
      return buffer[index + 1] == ASCII.lf ? nil : (index, index + 1)
    case 0xC2 where !policy.keeps(.unicodeLineEnds):
      guard index + 1 < buffer.count else { return (index, 0) }
      return buffer[index + 1] == 0x85 ? (index, index + 2) : nil
    case 0xE2 where !policy.keeps(.unicodeLineEnds):
      guard index + 2 < buffer.count else { return (index, 0) }
      return buffer[index + 1] == 0x80 && buffer[index + 2] == 0xA8 ? (index, index + 3) : nil
    default: return nil
    }
  }
}
