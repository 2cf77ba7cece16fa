// The reference CGI program as a real one: its environment, arguments and standard streams, once.
//
// Does what CGIProgram says, with blocking calls: a CGI program has nothing else to do meanwhile.

internal import Glibc

/// The process that a web server started for one request.
package enum CGIProcess {
  /// Answers the request that this process was started for, and ends the process.
  ///
  /// - Parameters:
  ///   - arguments: The command line as far as it belongs to the request.
  ///   - makeProgram: The program for what the process was given.
  package static func serve(arguments: [[UInt8]], _ makeProgram: (CGIGiven) -> CGIProgram) -> Never {
    // Who reads no more is no reason to die: the program ends by itself.
    signal(SIGPIPE, SIG_IGN)
    var program = makeProgram(CGIGiven(environment: environment, arguments: arguments))
    while true {
      switch program.next() {
      case .read(let limit): program.receive(read(upTo: limit))
      case .output(let bytes): write(bytes, to: STDOUT_FILENO)
      case .error(let bytes): write(bytes, to: STDERR_FILENO)
      case .pause(let milliseconds): pause(milliseconds)
      case .crash:
        kill(getpid(), SIGKILL)
        _exit(1)
      case .exit(let code): _exit(Int32(code))
      }
    }
  }

  /// The arguments after the first `--` of this process's command line, as bytes.
  package static var argumentsAfterTerminator: [[UInt8]] {
    let words = (0..<Int(CommandLine.argc)).compactMap { index in
      unsafe CommandLine.unsafeArgv[index].map { unsafe bytes($0) }
    }
    return words.firstIndex(of: Array("--".utf8)).map { Array(words[($0 + 1)...]) } ?? []
  }

  private static var environment: [[UInt8]] {
    var entries: [[UInt8]] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      unsafe entries.append(bytes(entry))
      unsafe next += 1
    }
    return entries
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    unsafe UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
  }

  /// What standard input has, at most so many bytes; nothing at its end, or where it cannot be read.
  private static func read(upTo limit: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      return Array(buffer.prefix(max(0, count)))
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private static func pause(_ milliseconds: UInt64) {
    // No signal is handled here, so that nothing but its end ends the pause.
    var duration = timespec(
      tv_sec: Int(min(milliseconds / 1_000, 1 << 32)), tv_nsec: Int(milliseconds % 1_000) * 1_000_000)
    unsafe _ = nanosleep(&duration, nil)
  }
}
