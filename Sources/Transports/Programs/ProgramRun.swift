// A program to run once, the bounds of its run, and what became of it.
//
// Values only; `ProgramTransport` runs it.

package import WireBytes

/// One run of a program: exactly what it is given.
package struct ProgramInvocation: Sendable {
  /// The absolute path of the executable.
  package var path: String
  /// Arguments after the program's name.
  package var arguments: [[UInt8]]
  /// The whole environment, each `NAME=VALUE`; nothing is inherited.
  package var environment: [[UInt8]]
  /// Where it runs; nil for the folder that holds the program.
  package var workingDirectory: String?
  /// The bytes of its standard input; the end of the file follows.
  package var input: [UInt8]
  /// Let the end of the file not follow before the program has ended.
  package var holdsInput: Bool
  /// How long after the first half of the input the second follows; nil where it comes at once.
  package var inputRestMilliseconds: Int64?

  package init(
    path: String, arguments: [[UInt8]] = [], environment: [[UInt8]] = [], workingDirectory: String? = nil,
    input: [UInt8] = [], holdsInput: Bool = false
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.input = input
    self.holdsInput = holdsInput
  }
}

/// How long and how much a program may.
package struct ProgramLimits: Sendable {
  /// The whole run, in milliseconds.
  package var timeoutMilliseconds: Int64
  /// Until the first byte of output or error output; nil for as long as the whole run may take.
  package var firstByteMilliseconds: Int64?
  /// Between two bytes of output, error output or input; nil for as long as the whole run may take.
  package var idleMilliseconds: Int64?
  /// From the end of both outputs to the program's own; nil for as long as the whole run may take.
  package var exitMilliseconds: Int64?
  /// Bytes of output and error output together.
  package var outputByteCount: Int
  /// From the polite end (SIGTERM) to the certain one (SIGKILL).
  package var terminateMilliseconds: Int64
  /// How long output may stay open after the program has ended, held by a child of it.
  package var lingerMilliseconds: Int64

  package init(
    timeoutMilliseconds: Int64 = 20_000, firstByteMilliseconds: Int64? = nil, idleMilliseconds: Int64? = nil,
    exitMilliseconds: Int64? = nil, outputByteCount: Int = 64 << 20, terminateMilliseconds: Int64 = 500,
    lingerMilliseconds: Int64 = 500
  ) {
    self.timeoutMilliseconds = timeoutMilliseconds
    self.firstByteMilliseconds = firstByteMilliseconds
    self.idleMilliseconds = idleMilliseconds
    self.exitMilliseconds = exitMilliseconds
    self.outputByteCount = outputByteCount
    self.terminateMilliseconds = terminateMilliseconds
    self.lingerMilliseconds = lingerMilliseconds
  }
}

/// What a running program did.
package enum ProgramEvent: Sendable {
  /// The program was started.
  case started
  /// Bytes of its standard output.
  case output(TransportBytes)
  /// Bytes of its standard error.
  case errorOutput(TransportBytes)
  /// Bytes of its input were put into the pipe.
  case inputWritten(Int)
  /// Standard output came to its end.
  case outputEnded
}

/// Why gatespec ended a program.
package enum ProgramKill: String, Hashable, Sendable {
  /// It did not end in time.
  case timeout
  /// It wrote nothing in time.
  case firstByte = "first-byte"
  /// It stopped writing and did not end.
  case idle
  /// Its outputs had ended, and it ran on.
  case ranOn = "ran-on"
  /// It wrote more than was allowed.
  case tooMuchOutput = "too-much-output"
  /// The check was interrupted.
  case interrupted
}

/// What became of a program.
package struct ProgramResult: Hashable, Sendable {
  /// Its exit code; nil where a signal ended it.
  package var exitCode: Int32?
  /// The signal that ended it.
  package var signal: Int32?
  /// Why gatespec ended it, if it did.
  package var killed: ProgramKill?
  /// Bytes of the input that the program took out of the pipe.
  package var inputByteCount: UInt64 = 0
  /// The program closed its input before all of it was written.
  package var inputRefused = false
  /// The program has ended, and something that it left behind still held its output open.
  package var outputHeld = false
  package var started = Timestamp.zero
  package var ended = Timestamp.zero

  package init() {}
}
