// A report's file: written beside and renamed, so that a reader sees the old one or the new one and never a part.
//
// What is no ordinary file, as a pipe or /dev/stdout, is written directly.

import Glibc
import Transports

/// Where a report goes; looked at before anything runs, written when everything is known.
struct ReportFile {
  /// What is asked about how text for it is to look.
  let output: FileOutput
  private let path: String
  /// Where the new file gets its name; nil where the output is written directly.
  private let place: OutputPath?
  /// What is replaced.
  private let earlier: stat?

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - inputs: Paths of what is read, none of which may be overwritten.
  /// - Throws: Where it cannot be written, or must not be.
  init(_ path: String, besides inputs: [String] = []) throws(CommandFailure) {
    self.path = path
    if path != "-" {
      let place = try OutputPath(path)
      let earlier = place.facts
      if let earlier { try place.require(earlier, besides: inputs) }
      let isOrdinary = (earlier?.st_mode ?? S_IFREG) & S_IFMT == S_IFREG && !place.isKernelLink
      // Where others own the folder, a file in it may be ours to write all the same.
      if isOrdinary, place.isFolderWritable, earlier == nil || place.isWritable {
        (output, self.place, self.earlier) = (FileOutput(descriptor: -1, name: path), place, earlier)
        return
      }
      close(place.folder)
    }
    output = try OutputFile(path, besides: inputs).begin()
    (place, earlier) = (nil, nil)
  }

  /// Writes the whole report.
  ///
  /// - Returns: Whether it is written; if not, it was said why. A reader of a pipe that has seen enough is no trouble.
  func write(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let place else { return told(output.attempt(bytes)) }
    let name = ".gatespec-" + String(UInt64.random(in: .min ... .max), radix: 36)
    guard let descriptor = place.make(name) else { return told(errno) }
    defer { close(descriptor) }
    if let earlier {
      // Not everybody may give a file away.
      fchown(descriptor, earlier.st_uid, earlier.st_gid)
      fchmod(descriptor, earlier.st_mode & 0o777)
    }
    if let number = FileOutput(descriptor: descriptor, name: path).attempt(bytes) {
      place.remove(name)
      return told(number)
    }
    guard unsafe renameat(place.folder, name, place.folder, place.name) == 0 else {
      let number = errno
      place.remove(name)
      return told(number)
    }
    return true
  }

  private func told(_ number: Int32?) -> Bool {
    guard let number, number != EPIPE else { return true }
    Ending.complain("\(path == "-" ? output.name : path) cannot be written: \(SystemError.words(number))")
    return false
  }
}
