// Runs a CGI program once, on swift-subprocess, and survives whatever it does.
//
// Spawning and reaping are the package's; the pipes are ours (`ProgramPump`), because a program may hold them open
// after its end. What the output means is the codecs' matter.

internal import Glibc
internal import NIOPosix
internal import Subprocess
internal import Synchronization
internal import SystemPackage
package import WireBytes

/// Runs programs.
package enum ProgramTransport {
  /// Runs a program to its end, or to the end of what it may.
  ///
  /// The program leads a process group of its own; what is left of the group afterwards is killed.
  ///
  /// - Parameter sink: Called for every event in order, on a thread of its own, with the time.
  /// - Throws: `TransportError` when the program cannot be started.
  package static func run(
    _ invocation: ProgramInvocation, limits: ProgramLimits = ProgramLimits(),
    _ sink: @escaping ProgramSink
  ) async throws(TransportError) -> ProgramResult {
    try checkExecutable(invocation.path)
    let pipes = try ProgramPipes(path: invocation.path)
    var options = PlatformOptions()
    options.processGroupID = 0
    let folder = invocation.path.lastIndex(of: "/").map { String(invocation.path[..<$0]) } ?? "/"
    let configuration = Configuration(
      // Raw bytes go to the system as they are: the zero byte that ends a C string is ours to give.
      executable: .path(FilePath(invocation.path)), arguments: Arguments(invocation.arguments.map { $0 + [0] }),
      environment: .custom(invocation.environment.map { $0 + [0] }),
      workingDirectory: FilePath(invocation.workingDirectory ?? (folder.isEmpty ? "/" : folder)),
      platformOptions: options)
    let interruption = Interruption()
    let handedOver = Atomic<Bool>(false)
    do {
      return try await withTaskCancellationHandler {
        let outcome = try await Subprocess.run(
          configuration,
          input: .fileDescriptor(FileDescriptor(rawValue: pipes.childInput), closeAfterSpawningProcess: true),
          output: .fileDescriptor(FileDescriptor(rawValue: pipes.childOutput), closeAfterSpawningProcess: true),
          error: .fileDescriptor(FileDescriptor(rawValue: pipes.childErrorOutput), closeAfterSpawningProcess: true)
        ) { execution in
          let process = execution.processIdentifier.value
          handedOver.store(true, ordering: .relaxed)
          // The pump polls; it gets a thread that may block.
          return try await NIOThreadPool.singleton.runIfActive {
            var pump = ProgramPump(
              process: process, pipes: pipes, invocation, limits: limits, interruption: interruption)
            return pump.run(sink)
          }
        }
        var result = outcome.closureResult
        switch outcome.terminationStatus {
        case .exited(let code): result.exitCode = code
        case .signaled(let signal): result.signal = signal
        }
        // The package ends the program as well where the task is cancelled, and may be the first to do so.
        if interruption.isRaised, result.killed == nil, result.signal != nil { result.killed = .interrupted }
        return result
      } onCancel: {
        interruption.raise()
      }
    } catch {
      if !handedOver.load(ordering: .relaxed) { pipes.closeAll() }
      throw Self.startFailure(invocation.path, error)
    }
  }

  private static func checkExecutable(_ path: String) throws(TransportError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      let number = errno
      throw TransportError(
        number == EACCES ? .permissionDenied : .notFound,
        number == EACCES ? "not allowed to look at \(path)" : "there is no program \(path)", context: path,
        underlying: number)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TransportError(.wrongKind, "\(path) is not a program but a folder or a special file", context: path)
    }
    guard unsafe access(path, X_OK) == 0 else {
      throw TransportError(
        .permissionDenied,
        "\(path) may not be executed: set its mode (chmod +x), or look at the folder's mount options",
        context: path, underlying: errno)
    }
  }

  private static func startFailure(_ path: String, _ error: any Swift.Error) -> TransportError {
    let number = (error as? SubprocessError)?.underlyingError?.rawValue
    if number == ENOEXEC {
      return TransportError(
        .wrongKind, "\(path) cannot be executed: it is no binary of this system, and a script needs a '#!' line",
        context: path, underlying: number)
    }
    if number == ENOENT {
      return TransportError(
        .notFound, "\(path) cannot be executed: the interpreter in its '#!' line does not exist", context: path,
        underlying: number)
    }
    let reason = number.map(SystemError.words) ?? "\(error)"
    return TransportError(.failed, "\(path) cannot be started: \(reason)", context: path, underlying: number)
  }
}

/// Takes a program's events.
package typealias ProgramSink = @Sendable (ProgramEvent, Timestamp) -> Void

/// Whether the run was cancelled.
final class Interruption: Sendable {
  private let raised = Atomic<Bool>(false)
  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}
