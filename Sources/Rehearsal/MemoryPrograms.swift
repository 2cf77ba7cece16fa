// Runs the reference CGI program in memory, in simulated time: what CGIPlayer sees of a process, without one.
//
// Pipes have no bounds here; what a process does with full ones is the live tests' matter.

package import ReferenceServers
package import Transports
import WireBytes

/// Runs programs that are values.
package struct MemoryPrograms: ProgramRunner {
  private let makeProgram: @Sendable (CGIGiven) -> CGIProgram

  /// - Parameter program: Makes the program of each run.
  package init(_ program: @escaping @Sendable (CGIGiven) -> CGIProgram) { makeProgram = program }

  /// Runs a program without a pause; it never throws.
  package func run(
    _ invocation: ProgramInvocation, limits: ProgramLimits, _ sink: @escaping ProgramSink
  ) async throws(TransportError) -> ProgramResult {
    let program = makeProgram(CGIGiven(environment: invocation.environment, arguments: invocation.arguments))
    var run = MemoryRun(program, invocation, limits)
    return run.run(sink)
  }
}

/// One run.
private struct MemoryRun {
  /// What an action takes, so that no run goes on without time passing.
  private static let tick: Int64 = 1_000

  private var program: CGIProgram
  private let limits: ProgramLimits
  private let holdsInput: Bool
  private var input: ArraySlice<UInt8>
  /// The second half of the input and how long it is in coming, until it comes.
  private var late: (input: ArraySlice<UInt8>, milliseconds: Int64)?
  private var now = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
  private var lastActivity: Timestamp
  private var hasOutput = false
  private var outputByteCount = 0
  private var result = ProgramResult()

  init(_ program: CGIProgram, _ invocation: ProgramInvocation, _ limits: ProgramLimits) {
    self.program = program
    self.limits = limits
    holdsInput = invocation.holdsInput
    input = invocation.input[...]
    if let rest = invocation.inputRestMilliseconds {
      let half = invocation.input.count / 2
      late = (invocation.input[half...], rest)
      input = invocation.input[..<half]
    }
    lastActivity = now
    result.started = now
  }

  mutating func run(_ sink: ProgramSink) -> ProgramResult {
    let inputByteCount = input.count + (late?.input.count ?? 0)
    sink(.started, now)
    if inputByteCount > 0 { sink(.inputWritten(inputByteCount), now) }
    loop: while true {
      now = Timestamp(nanoseconds: now.nanoseconds + Self.tick)
      switch program.next() {
      case .read(let limit):
        if input.isEmpty, let rest = late {
          late = nil
          wait(milliseconds: UInt64(rest.milliseconds))
          input = rest.input
          program.noteRest()
          continue
        }
        let piece = input.prefix(limit)
        input = input.dropFirst(piece.count)
        if piece.isEmpty, holdsInput {
          wait(milliseconds: .max)
          break loop
        }
        program.receive(Array(piece))
      case .output(let bytes): emit(.output(TransportBytes(bytes)), bytes.count, sink)
      case .error(let bytes): emit(.errorOutput(TransportBytes(bytes)), bytes.count, sink)
      case .pause(let milliseconds): wait(milliseconds: milliseconds)
      case .crash:
        result.signal = 9
        break loop
      case .exit(let code):
        result.exitCode = Int32(code)
        break loop
      }
      if result.killed != nil { break }
    }
    if result.killed != nil { result.signal = 15 }
    sink(.outputEnded, now)
    let unread = input.count + (late?.input.count ?? 0)
    result.inputByteCount = UInt64(inputByteCount - unread)
    result.inputRefused = unread > 0
    result.ended = now
    return result
  }

  private mutating func emit(_ event: ProgramEvent, _ count: Int, _ sink: ProgramSink) {
    outputByteCount += count
    guard outputByteCount <= limits.outputByteCount else {
      result.killed = .tooMuchOutput
      return
    }
    hasOutput = true
    lastActivity = now
    sink(event, now)
  }

  /// Lets time pass, at most to the limit that ends the program.
  private mutating func wait(milliseconds: UInt64) {
    let end = limits.timeoutMilliseconds &* 1_000_000 &- now.nanoseconds(since: result.started)
    let quiet = (hasOutput ? limits.idleMilliseconds : limits.firstByteMilliseconds).map { limit in
      limit &* 1_000_000 &- now.nanoseconds(since: lastActivity)
    }
    let left = max(0, min(end, quiet ?? end))
    let pause = milliseconds > 1_000_000_000 ? Int64.max : Int64(milliseconds) * 1_000_000
    if pause > left {
      let isQuiet = quiet.map { $0 < end } ?? false
      result.killed = !isQuiet ? .timeout : hasOutput ? .idle : .firstByte
    }
    now = Timestamp(nanoseconds: now.nanoseconds + min(pause, left))
  }
}
