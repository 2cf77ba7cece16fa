// `--spawn COMMAND`: starting a target, waiting until it accepts, and ending all of it.
//
// With `{address}` in the command it listens itself; without, it gets a listening socket as descriptor 0, as the
// FastCGI specification has it. On that socket gatespec listens, so to connect to it proves nothing, and an empty
// connection ends a fragile program: there the process is watched instead.

internal import CLinux
internal import Glibc
internal import WireBytes

/// A target that was started for this run, in a process group of its own.
package struct SpawnedTarget: Sendable {
  package let process: Int32
  private let command: String

  /// A target whose process was started already.
  init(process: Int32, command: String) {
    self.process = process
    self.command = command
  }

  /// Starts the command by the shell.
  ///
  /// - Parameter atExit: Takes what must be done however the program ends.
  /// - Throws: Where it cannot be started, ends early, or does not accept in time.
  package static func start(
    _ command: String, for address: Target.Address, timeoutSeconds: Double,
    atExit: (@escaping @Sendable () -> Void) -> Void
  ) throws(TransportError) -> SpawnedTarget {
    let place = listeningPlace(address)
    let listens = command.contains("{address}")
    let listener: Int32? = listens ? nil : try ListeningSocket.open(address)
    defer { if let listener { close(listener) } }
    if listens, TargetSocket.accepts(address) {
      throw TransportError(
        .failed, "something listens on \(address) already, so --spawn would test that", context: "\(address)",
        remedy: "end it, or leave out --spawn")
    }
    let process = try spawn(line(command.replacing("{address}", with: place)), standardInput: listener)
    let target = SpawnedTarget(process: process, command: command)
    atExit {
      target.end()
      // A socket that we made is ours to remove.
      if !listens, case .unix(let path) = address { unsafe _ = unlink(path) }
    }
    if listens { try target.waitUntilItAccepts(address, timeoutSeconds: timeoutSeconds) }
    return target
  }

  /// The command as a line of the shell.
  ///
  /// One program takes the shell's place, so that what becomes of it is seen; settings before it, what only a shell
  /// knows, and several commands need the shell.
  package static func line(_ command: String) -> String {
    let first = command.prefix { $0 != " " }
    let needsShell = first.contains("=") || shellWords.contains(String(first)) || hasSeveralCommands(command)
    return needsShell ? command : "exec " + command
  }

  /// Whether what separates commands stands outside of quotes.
  private static func hasSeveralCommands(_ line: String) -> Bool {
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if ";&|\n".contains(character) {
        return true
      }
    }
    return false
  }

  /// First words that are no programs.
  private static let shellWords: Set<String> = [".", "cd", "exec", "export", "set", "ulimit", "umask", "unset"]

  /// What stands for `{address}` in the command.
  private static func listeningPlace(_ address: Target.Address) -> String {
    switch address {
    case .tcp, .program, .module: "\(address)"
    case .unix(let path): path
    }
  }

  /// Starts a line of the shell in a process group of its own.
  ///
  /// - Parameters:
  ///   - standardInput: What becomes descriptor 0; nothing to read where it is nil.
  ///   - environment: `NAME=VALUE` entries that replace or join those that gatespec itself has.
  ///   - closesOutput: Start with descriptors 1 and 2 closed.
  package static func spawn(
    _ line: String, standardInput: Int32?, environment added: [String] = [], closesOutput: Bool = false
  ) throws(TransportError) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let standardInput {
      unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    if closesOutput {
      unsafe posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO)
      unsafe posix_spawn_file_actions_addclose(&actions, STDERR_FILENO)
    } else {
      // Standard output is for reports: what the target prints goes to standard error.
      unsafe posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    }
    // A target that kept somebody's connection open would hide its end from whoever has the other side.
    _ = unsafe gatespec_spawn_without(&actions, STDERR_FILENO + 1)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // The threads that play cases hold signals back, and a process inherits that: it could not be asked to end.
    var held = sigset_t()
    unsafe sigemptyset(&held)
    unsafe posix_spawnattr_setsigmask(&attributes, &held)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let words: [String] = ["/bin/sh", "-c", line]
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var environment = unsafe environmentPointers(adding: added)
    defer { unsafe environment.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, &environment)
    guard status == 0 else {
      throw TransportError(
        .failed, "the target cannot be started: \(SystemError.words(status))", context: line, underlying: status)
    }
    return process
  }

  /// gatespec's own environment with entries added or replaced, ended by nil; every pointer is to be freed.
  private static func environmentPointers(adding added: [String]) -> [UnsafeMutablePointer<CChar>?] {
    func name(_ entry: String) -> Substring { entry.prefix { $0 != "=" } }
    let replaced = Set(added.map(name))
    var entries = added
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      if !replaced.contains(name(text)) { entries.append(text) }
      unsafe next += 1
    }
    return unsafe entries.map { unsafe strdup($0) } + [nil]
  }

  private func waitUntilItAccepts(_ address: Target.Address, timeoutSeconds: Double) throws(TransportError) {
    let deadline = TransportClock.now.nanoseconds + Int64(timeoutSeconds * 1e9)
    while true {
      if let ending {
        throw TransportError(
          .failed, "the spawned target \(ending) before it accepted connections: \(command)", context: command)
      }
      if TargetSocket.accepts(address) { return }
      guard TransportClock.now.nanoseconds < deadline else {
        throw TransportError(
          .timedOut, "the spawned target does not accept connections on \(address): \(command)", context: command,
          remedy: "does the command listen where the target's address says? {address} stands for it")
      }
      usleep(10_000)
    }
  }

  /// The exit code of the command, or 128 and the signal that ended it, as shells have it; nil where it runs.
  var exitStatus: Int32? {
    var info = unsafe siginfo_t()
    guard unsafe waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0,
      unsafe info._sifields._sigchld.si_pid == process
    else { return nil }
    let status = unsafe info._sifields._sigchld.si_status
    return unsafe info.si_code == CLD_EXITED ? status : 128 + status
  }

  /// How the command ended, in words; nil where it runs.
  ///
  /// It is only looked at: the process is waited for when all of it is ended.
  private var ending: String? {
    var info = unsafe siginfo_t()
    guard unsafe waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0,
      unsafe info._sifields._sigchld.si_pid == process
    else { return nil }
    let status = unsafe info._sifields._sigchld.si_status
    return unsafe info.si_code == CLD_EXITED ? "ended with exit code \(status)" : "was ended by signal \(status)"
  }

  /// How the command ended, in a sentence, for who gets no answer from it; nil where it runs.
  ///
  /// Its connections are closed a moment before it counts as ended, so that is waited for.
  package func obituary() -> String? {
    for _ in 0..<20 {
      if let ending { return "the spawned target \(ending): \(command)" }
      usleep(10_000)
    }
    return nil
  }

  /// Ends the whole process group: politely, then for certain.
  package func end() {
    guard kill(-process, SIGTERM) == 0 else { return }
    for _ in 0..<100 {
      while waitpid(-process, nil, WNOHANG) > 0 {}
      if kill(-process, 0) != 0 { return }
      usleep(10_000)
    }
    kill(-process, SIGKILL)
    while waitpid(-process, nil, 0) > 0 {}
  }
}
