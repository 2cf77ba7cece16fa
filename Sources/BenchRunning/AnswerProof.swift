// What a target answers before anything counts: a few requests in one way, one after another, kept as they came.
//
// From them follow what later answers are held against, what a sink answers, and whether the target knows the way.

internal import Benching
internal import CLinux
internal import Glibc
internal import WireBytes

/// Answers of a target to one request in one way.
struct AnswerProof {
  /// The bytes of the first answer.
  private(set) var recorded: [UInt8] = []
  private(set) var statuses: [UInt16] = []
  private(set) var bodies: [[UInt8]] = []
  /// Why there are no more of them; nil where there are as many as were asked for.
  private(set) var trouble: String?

  /// So many answers tell what is always the same from what is not.
  private static let rounds = 3

  /// Asks.
  init(_ order: LoadOrder) {
    if let question = order.dialect.question(about: order.mode) {
      let answer = Self.ask(question, order)
      trouble = order.dialect.refusal(of: order.mode, in: answer)
      guard trouble == nil else { return }
    }
    var reader = order.dialect.makeReader(order.mode, slots: order.requests.count, nil)
    var descriptor: Int32 = -1
    var process: pid_t = 0
    for round in 0..<Self.rounds where trouble == nil {
      if descriptor < 0 {
        guard let opened = Self.open(order) else {
          trouble = "it cannot be reached"
          break
        }
        (descriptor, process) = opened
        reader.open()
      }
      for slot in order.requests.indices {
        reader.expectAnswer(slot: slot)
        Self.write(order.requests[slot], to: descriptor)
      }
      trouble = read(&reader, descriptor, order, records: round == 0)
      // The last answer comes on a connection of its own: some say which connection they came on.
      if order.isUsedOnce || trouble != nil || round == Self.rounds - 2 { Self.close(&descriptor, &process) }
    }
    Self.close(&descriptor, &process)
  }

  /// Reads until every slot has its answer.
  ///
  /// - Returns: Why not.
  private mutating func read(
    _ reader: inout any AnswerReader, _ descriptor: Int32, _ order: LoadOrder, records: Bool
  ) -> String? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var events: [AnswerEvent] = []
    var owed = order.requests.count
    let deadline = LoopClock.now + order.timeout
    var hasEnded = false
    while owed > 0, !hasEnded {
      guard Self.wait(descriptor, POLLIN, until: deadline) else { return "it does not answer" }
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      events.removeAll(keepingCapacity: true)
      if count > 0 {
        if records { recorded += buffer.prefix(count) }
        unsafe reader.receive(buffer.span.bytes.extracting(first: count), &events)
      } else {
        reader.close(&events)
        hasEnded = true
      }
      for event in events {
        switch event.kind {
        case .end(let status, let failure):
          if let failure { return failure.explanation }
          owed -= 1
          statuses.append(status)
          bodies.append(reader.keptBody(slot: event.slot))
        case .broken: return FailureKind.broken.explanation
        case .closing where order.mode == .keep: return "it does not keep connections"
        case .content, .fields, .closing: break
        }
      }
    }
    if owed > 0 { return order.isUsedOnce ? "it closes without an answer" : "it does not keep connections" }
    return nil
  }

  // MARK: Input and output, with waiting

  private static func open(_ order: LoadOrder) -> (Int32, pid_t)? {
    switch order.source.open() {
    case .open(let descriptor): return (descriptor, 0)
    case .process(let output, let process): return (output, process)
    case .failed: return nil
    case .opening(let descriptor):
      var number: Int32 = ETIMEDOUT
      var length = socklen_t(MemoryLayout<Int32>.size)
      if wait(descriptor, POLLOUT, until: LoopClock.now + order.timeout) {
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
      }
      if number == 0 { return (descriptor, 0) }
      Glibc.close(descriptor)
      return nil
    }
  }

  private static func wait(_ descriptor: Int32, _ events: Int32, until deadline: Int64) -> Bool {
    let left = max((deadline - LoopClock.now) / 1_000_000, 0)
    var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return unsafe poll(&wanted, 1, Int32(clamping: left)) > 0
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EAGAIN || !wait(descriptor, POLLOUT, until: LoopClock.now + 1_000_000_000) {
        return
      }
    }
  }

  private static func close(_ descriptor: inout Int32, _ process: inout pid_t) {
    if descriptor >= 0 { Glibc.close(descriptor) }
    if process > 0 {
      kill(-process, SIGKILL)
      waitpid(process, nil, 0)
    }
    (descriptor, process) = (-1, 0)
  }

  /// Asks a question on a connection of its own, and reads for a moment.
  private static func ask(_ question: [UInt8], _ order: LoadOrder) -> [UInt8] {
    guard var (descriptor, process) = open(order) else { return [] }
    defer { close(&descriptor, &process) }
    write(question, to: descriptor)
    var answer = [UInt8](repeating: 0, count: 4096)
    guard wait(descriptor, POLLIN, until: LoopClock.now + 1_000_000_000) else { return [] }
    let count = unsafe Glibc.read(descriptor, &answer, answer.count)
    return Array(answer.prefix(max(count, 0)))
  }
}

extension AnswerExpectation {
  /// What answers have in common; nil where there is none.
  init?(_ proof: AnswerProof) {
    guard let status = proof.statuses.first, let body = proof.bodies.first else { return nil }
    let comparison: Comparison =
      if proof.bodies.allSatisfy({ $0 == body }) {
        .content
      } else if proof.bodies.allSatisfy({ $0.count == body.count }) {
        .length
      } else {
        .none
      }
    self.init(status: status, body: body, comparison: comparison)
  }
}
