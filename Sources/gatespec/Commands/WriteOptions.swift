// `trace --write`: where packets are kept, in one file or in several that follow one another.

import ArgumentParser
import Glibc
import Reports

/// The options of `--write`.
struct WriteOptions: ParsableArguments {
  @Option(
    help: .init("Keep the packets in a capture file, which only its owner may read.", valueName: "file"),
    completion: .file())
  var write: String?

  @OptionGroup var rotation: RotationOptions

  func validate() throws {
    if write == nil, rotation.rotates { throw ValidationError("--rotate-size and --rotate-time need --write.") }
  }

  /// Finds what `--write` names, and changes nothing there yet; nil where nothing is to be kept.
  ///
  /// - Parameter inputs: Paths of what is read, which is not overwritten.
  func open(besides inputs: [String] = []) throws(CommandFailure) -> PreparedCopy? {
    guard let write else { return nil }
    guard rotation.rotates else { return PreparedCopy(file: try OutputFile(write, besides: inputs), rotation: nil) }
    guard write != "-" else {
      throw CommandFailure(.usage, "standard output cannot rotate", remedy: "--write FILE names files")
    }
    return PreparedCopy(file: nil, rotation: try FileRotation(write, rotation))
  }

  /// Refuses a standard output that a shell has made of what is read: it would grow for ever.
  func requireOutput(besides inputs: [String]) throws(CommandFailure) {
    var output = stat()
    guard unsafe fstat(STDOUT_FILENO, &output) == 0, output.st_mode & S_IFMT == S_IFREG else { return }
    for input in inputs {
      var facts = stat()
      let isThere = unsafe input == "-" ? fstat(STDIN_FILENO, &facts) == 0 : stat(input, &facts) == 0
      if isThere, facts.st_dev == output.st_dev, facts.st_ino == output.st_ino {
        throw CommandFailure(
          .usage, "standard output is the input itself: it would be read as it is written",
          remedy: "write to another file")
      }
    }
  }
}

/// Where packets are going to be kept, opened and not changed yet.
struct PreparedCopy {
  /// The only file; nil where files follow one another.
  fileprivate let file: OutputFile?
  fileprivate let rotation: FileRotation?

  fileprivate init(file: OutputFile?, rotation: FileRotation?) { (self.file, self.rotation) = (file, rotation) }

  /// Gives the file to a user, where it is a new one.
  func give(to user: RunsAs) { file?.giveNew(to: user) }

  /// Takes away what was made for nothing.
  func abandon() { file?.abandon() }

  /// Empties the file, or begins the first one.
  ///
  /// - Parameter pace: What it waits for, where it is a pipe.
  func begin(_ pace: OutputPace) throws(CommandFailure) -> CaptureCopy {
    if let file { return CaptureCopy(file.begin(), pace) }
    guard var rotation else { throw CommandFailure(.internalError, "--write has neither a file nor several") }
    let first = try rotation.first()
    return CaptureCopy(first, pace, rotation)
  }

  /// Refuses files that follow one another in a folder where the user cannot make any.
  func require(_ user: RunsAs) throws(CommandFailure) {
    guard let rotation, !user.may({ rotation.isPossible }) else { return }
    throw CommandFailure(
      .unreachable, "files of --write follow one another in a folder that \(user.name) may not write",
      remedy: "name a folder that \(user.name) may write, choose another --user, or keep root with --user root")
  }
}
