// The pipes of a running program: fills one, empties two, and knows when to stop.
//
// One loop over poll(2), on a thread of its own. It ends when the program has ended and its output with it, or
// when one of the limits is passed, whatever the program or its children do with the pipes.

internal import Glibc
internal import WireBytes

/// The three pipes, our ends and the program's.
struct ProgramPipes: Sendable {
  let childInput: Int32
  let childOutput: Int32
  let childErrorOutput: Int32
  let input: Int32
  let output: Int32
  let errorOutput: Int32
  /// A second descriptor of the program's input, to ask what it left unread.
  let inputProbe: Int32

  init(path: String) throws(TransportError) {
    var descriptors: [Int32] = []
    for _ in 0..<3 {
      var pair: [Int32] = [-1, -1]
      let result = unsafe pipe(&pair)
      guard result == 0 else {
        let number = errno
        descriptors.forEach { close($0) }
        throw TransportError(
          .failed, "no pipe for \(path): \(SystemError.words(number))", context: path, underlying: number)
      }
      // The spawned program gets three descriptors and no others; this is for everybody else who might fork.
      for descriptor in pair { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      descriptors += pair
    }
    (childInput, input) = (descriptors[0], descriptors[1])
    (output, childOutput) = (descriptors[2], descriptors[3])
    (errorOutput, childErrorOutput) = (descriptors[4], descriptors[5])
    inputProbe = fcntl(childInput, F_DUPFD_CLOEXEC, 3)
    for ours in [input, output, errorOutput] {
      _ = fcntl(ours, F_SETFL, fcntl(ours, F_GETFL) | O_NONBLOCK)
    }
  }

  /// Closes our ends after a program that never started.
  func closeAll() {
    for descriptor in [input, output, errorOutput, inputProbe] { close(descriptor) }
  }
}

/// Moves bytes between the pipes and the caller until the run is over.
struct ProgramPump {
  private let process: pid_t
  private let limits: ProgramLimits
  private let interruption: Interruption
  private var inputDescriptor: Int32
  private var outputDescriptor: Int32
  private var errorDescriptor: Int32
  private let inputProbe: Int32
  private let input: [UInt8]
  private let holdsInput: Bool
  private let inputRestMilliseconds: Int64?
  private var inputIndex = 0
  private var outputByteCount = 0
  private var result = ProgramResult()
  private var terminatedAt: Timestamp?
  private var killedAt: Timestamp?
  private var exitedAt: Timestamp?
  private var outputsEndedAt: Timestamp?
  /// When the last bytes moved, in either direction; and whether any came from the program.
  private var lastActivity = Timestamp.zero
  private var hasOutput = false
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  init(
    process: pid_t, pipes: ProgramPipes, _ invocation: ProgramInvocation, limits: ProgramLimits,
    interruption: Interruption
  ) {
    self.process = process
    self.limits = limits
    self.interruption = interruption
    input = invocation.input
    holdsInput = invocation.holdsInput
    inputRestMilliseconds = invocation.inputRestMilliseconds
    inputDescriptor = pipes.input
    outputDescriptor = pipes.output
    errorDescriptor = pipes.errorOutput
    inputProbe = pipes.inputProbe
  }

  /// Runs to the end and closes the pipes.
  ///
  /// The program may still have to be reaped.
  mutating func run(_ sink: ProgramSink) -> ProgramResult {
    result.started = TransportClock.now
    lastActivity = result.started
    sink(.started, result.started)
    if input.isEmpty, !holdsInput { closeInput() }
    while !isOver {
      waitForSomething()
      fill(sink)
      outputDescriptor = empty(outputDescriptor, sink) { .output($0) }
      if outputDescriptor < 0, !toldOutputEnd {
        toldOutputEnd = true
        sink(.outputEnded, TransportClock.now)
      }
      errorDescriptor = empty(errorDescriptor, sink) { .errorOutput($0) }
      if outputDescriptor < 0, errorDescriptor < 0, outputsEndedAt == nil { outputsEndedAt = TransportClock.now }
      noteExit()
      enforceLimits()
    }
    closeInput()
    result.outputHeld = outputDescriptor >= 0 && killedAt == nil
    result.inputByteCount = UInt64(max(0, inputIndex - unreadByteCount))
    result.inputRefused = result.inputByteCount < input.count
    close(inputProbe)
    for descriptor in [outputDescriptor, errorDescriptor] where descriptor >= 0 { close(descriptor) }
    // Nothing of the program's group may outlive the request.
    kill(-process, SIGKILL)
    result.ended = TransportClock.now
    return result
  }

  private var toldOutputEnd = false

  private var isOver: Bool {
    guard let exitedAt else { return false }
    if outputDescriptor < 0, errorDescriptor < 0 { return true }
    let past = TransportClock.now.nanoseconds(since: exitedAt)
    // After a kill nobody waits for what its children hold.
    return killedAt != nil || past > limits.lingerMilliseconds &* 1_000_000
  }

  private func waitForSomething() {
    var entries: [pollfd] = []
    if inputDescriptor >= 0, inputIndex < dueInputCount {
      entries.append(pollfd(fd: inputDescriptor, events: Int16(POLLOUT), revents: 0))
    }
    for descriptor in [outputDescriptor, errorDescriptor] where descriptor >= 0 {
      entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }
    // The tick bounds how late an exit, a deadline or an interruption is noticed.
    _ = unsafe poll(&entries, nfds_t(entries.count), 10)
  }

  /// How much of the input may have been written by now.
  private var dueInputCount: Int {
    guard let rest = inputRestMilliseconds else { return input.count }
    let isOver = TransportClock.now.nanoseconds(since: result.started) >= rest &* 1_000_000
    return isOver ? input.count : input.count / 2
  }

  private mutating func fill(_ sink: ProgramSink) {
    var written = 0
    let due = dueInputCount
    while inputDescriptor >= 0, inputIndex < due {
      let count = unsafe input.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe write(inputDescriptor, base + inputIndex, min(65_536, due - inputIndex))
      }
      if count > 0 {
        inputIndex += count
        written += count
      } else if errno == EINTR {
        continue
      } else if errno == EAGAIN {
        break
      } else {
        closeInput()
      }
    }
    if written > 0 {
      lastActivity = TransportClock.now
      sink(.inputWritten(written), lastActivity)
    }
    if inputDescriptor >= 0, inputIndex == input.count, !holdsInput { closeInput() }
  }

  private mutating func closeInput() {
    guard inputDescriptor >= 0 else { return }
    close(inputDescriptor)
    inputDescriptor = -1
  }

  /// Empties a pipe as far as it goes; returns -1 at its end.
  private mutating func empty(
    _ descriptor: Int32, _ sink: ProgramSink, _ event: (TransportBytes) -> ProgramEvent
  ) -> Int32 {
    guard descriptor >= 0 else { return descriptor }
    for _ in 0..<16 {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        let allowed = min(count, max(0, limits.outputByteCount - outputByteCount))
        outputByteCount += count
        hasOutput = true
        lastActivity = TransportClock.now
        if allowed > 0 { sink(event(TransportBytes(Array(buffer[..<allowed]))), lastActivity) }
        if outputByteCount > limits.outputByteCount { return descriptor }
      } else if count < 0, errno == EINTR {
        continue
      } else if count < 0, errno == EAGAIN {
        return descriptor
      } else {
        close(descriptor)
        return -1
      }
    }
    return descriptor
  }

  /// Bytes that were put into the pipe and never taken out.
  private var unreadByteCount: Int {
    var count: Int32 = 0
    return unsafe ioctl(inputProbe, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
  }

  // MARK: Ends and limits.

  private mutating func noteExit() {
    guard exitedAt == nil else { return }
    var information = unsafe siginfo_t()
    // The process stays to be reaped by its spawner; its ID cannot be reused meanwhile.
    let answer = unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    if answer == 0, unsafe information.si_signo == SIGCHLD { exitedAt = TransportClock.now }
  }

  private mutating func enforceLimits() {
    let now = TransportClock.now
    if result.killed == nil, exitedAt == nil { result.killed = passedLimit(now) }
    guard result.killed != nil else { return }
    if terminatedAt == nil {
      terminatedAt = now
      kill(-process, SIGTERM)
      // Nobody reads on: what it writes now must not keep it from ending.
      if result.killed == .tooMuchOutput { closeOutputs() }
    } else if let terminatedAt, killedAt == nil,
      exitedAt != nil || now.nanoseconds(since: terminatedAt) > limits.terminateMilliseconds &* 1_000_000
    {
      killedAt = now
      kill(-process, SIGKILL)
    }
  }

  private func passedLimit(_ now: Timestamp) -> ProgramKill? {
    func isPassed(_ limit: Int64?, since start: Timestamp) -> Bool {
      limit.map { now.nanoseconds(since: start) > $0 &* 1_000_000 } ?? false
    }
    if interruption.isRaised { return .interrupted }
    if outputByteCount > limits.outputByteCount { return .tooMuchOutput }
    if isPassed(limits.timeoutMilliseconds, since: result.started) { return .timeout }
    if let outputsEndedAt { return isPassed(limits.exitMilliseconds, since: outputsEndedAt) ? .ranOn : nil }
    if hasOutput { return isPassed(limits.idleMilliseconds, since: lastActivity) ? .idle : nil }
    return isPassed(limits.firstByteMilliseconds, since: lastActivity) ? .firstByte : nil
  }

  private mutating func closeOutputs() {
    for descriptor in [outputDescriptor, errorDescriptor] where descriptor >= 0 { close(descriptor) }
    (outputDescriptor, errorDescriptor) = (-1, -1)
  }
}
