// Writing bytes out: standard output, standard error and files, in large writes.
//
// A closed pipe is no error: the reader has seen enough, and the program ends with 0.

import Glibc
import Reports
import Transports

/// An open file that bytes are written to.
struct FileOutput: Sendable {
  let descriptor: Int32
  /// What messages call it.
  let name: String

  static let standardOutput = FileOutput(descriptor: STDOUT_FILENO, name: "standard output")
  static let standardError = FileOutput(descriptor: STDERR_FILENO, name: "standard error")

  /// Writes everything that the buffer holds, and empties it.
  func drain(_ buffer: inout TextBuffer) {
    write(buffer.bytes)
    buffer.clear()
  }

  func write(_ text: String) { write(ArraySlice(text.utf8)) }

  /// Writes all bytes; ends the program where that cannot be done.
  ///
  /// Standard error is the exception: what cannot be said there is no reason to stop.
  func write(_ bytes: ArraySlice<UInt8>) {
    guard let number = attempt(bytes), descriptor != STDERR_FILENO else { return }
    if number == EPIPE { Ending.leave(.success) }
    Ending.complain("\(name) cannot be written: \(SystemError.words(number))")
    Ending.leave(.unreachable)
  }

  /// Writes all bytes.
  ///
  /// - Returns: The system's error number where that cannot be done.
  func attempt(_ bytes: ArraySlice<UInt8>) -> Int32? {
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let written = unsafe bytes[start...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        start += written
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&wanted, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}

// MARK: Without waiting

extension FileOutput {
  /// The same pipe or terminal by a descriptor of its own, which does not wait for who reads there; anything else is
  /// itself.
  ///
  /// Opened anew: a descriptor that is made not to wait does so for every process that has it. To be called before
  /// rights are given up.
  func unwaiting() -> FileOutput {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, [S_IFIFO, S_IFCHR].contains(facts.st_mode & S_IFMT) else {
      return self
    }
    let own = unsafe open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    return own < 0 ? self : FileOutput(descriptor: own, name: name)
  }

  /// Writes as much as there is room for.
  ///
  /// - Returns: How many bytes, and the system's error number where it cannot be written at all.
  func attemptNow(_ bytes: ArraySlice<UInt8>) -> (count: Int, error: Int32?) {
    var count = 0
    while count < bytes.count {
      let written = unsafe bytes.dropFirst(count).withUnsafeBytes { rest in
        let sent = unsafe send(descriptor, rest.baseAddress, rest.count, Int32(truncatingIfNeeded: MSG_DONTWAIT))
        return unsafe sent < 0 && errno == ENOTSOCK ? Glibc.write(descriptor, rest.baseAddress, rest.count) : sent
      }
      if written >= 0 {
        count += written
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        return (count, errno)
      }
    }
    return (count, nil)
  }

  /// Waits until there is room to write, for a tenth of a second at most.
  func waitForRoom() {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    unsafe poll(&wanted, 1, 100)
  }
}

/// A file that is going to be written: found, opened and checked, and not changed before ``begin()``.
struct OutputFile: Sendable {
  private let output: FileOutput
  /// Where it is; nil for standard output.
  private let place: OutputPath?
  private let isNew: Bool

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - inputs: Paths of what is read, none of which may be overwritten.
  /// - Throws: Where it cannot be written, or must not be.
  init(_ path: String, besides inputs: [String] = []) throws(CommandFailure) {
    guard path != "-" else {
      (output, place, isNew) = (FileOutput.standardOutput.unwaiting(), nil, false)
      return
    }
    let place = try OutputPath(path)
    let opened = try place.open()
    output = FileOutput(descriptor: opened.descriptor, name: path).unwaiting()
    self.place = place
    isNew = opened.isNew
    var facts = stat()
    guard !isNew, unsafe fstat(opened.descriptor, &facts) == 0 else { return }
    try place.require(facts, besides: inputs)
  }

  /// Empties the file; what is written from now on is all that it holds.
  func begin() -> FileOutput {
    // What cannot be emptied, as a pipe, needs not be.
    if place != nil { ftruncate(output.descriptor, 0) }
    return output
  }

  /// Removes the file where it was made for nothing.
  func abandon() { if isNew { place?.remove(place?.name ?? "") } }

  /// Gives a file that was made for this to a user.
  func giveNew(to user: RunsAs) { if isNew { user.own(output.descriptor) } }
}
