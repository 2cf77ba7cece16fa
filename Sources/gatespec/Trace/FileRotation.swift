// Files of a capture that follow one another: by size, by time, and only so many.
//
// Every file is new: what an earlier run has written is never overwritten.

import ArgumentParser
import Glibc
import WireBytes

/// When `--write` begins a new file.
struct RotationOptions: ParsableArguments {
  @Option(help: .init("Begin a new file of --write after so many bytes: 100M, 1G.", valueName: "size"))
  var rotateSize: ByteSize?

  @Option(help: .init("Begin a new file of --write after so long, by the traffic's time: 5m, 1h.", valueName: "time"))
  var rotateTime: Duration?

  @Option(
    help: .init("Keep so many files of --write, and remove the oldest of this run.", valueName: "files"))
  var rotateCount: Int?

  /// Whether files follow one another.
  var rotates: Bool { rotateSize != nil || rotateTime != nil }

  func validate() throws {
    if rotateCount != nil, !rotates { throw ValidationError("--rotate-count needs --rotate-size or --rotate-time.") }
    if let rotateCount, rotateCount < 1 { throw ValidationError("--rotate-count takes a number from 1 on.") }
  }
}

/// The files that follow one another, and those of them that are kept.
struct FileRotation {
  private let place: OutputPath
  private let byteCount: Int
  private let nanoseconds: Int64
  private let fileCount: Int
  /// When the file that is written began.
  private var begun: Timestamp?
  private var number = 0
  /// Names of files that are there, the oldest first.
  private var names: [String] = []

  private static let numberLimit = 1_000_000

  /// - Throws: Where the folder of the files is not there.
  init(_ path: String, _ options: RotationOptions) throws(CommandFailure) {
    place = try OutputPath(path)
    byteCount = options.rotateSize?.byteCount ?? .max
    nanoseconds = options.rotateTime?.nanoseconds ?? .max
    fileCount = options.rotateCount ?? .max
  }

  /// Whether whoever the program is by now can make new files.
  var isPossible: Bool { place.isFolderWritable }

  /// Whether a new file is to begin.
  ///
  /// - Parameter byteCount: Of the file so far.
  mutating func isDue(byteCount: Int, at time: Timestamp) -> Bool {
    let start = begun ?? time
    begun = start
    guard byteCount >= self.byteCount || time.nanoseconds &- start.nanoseconds >= nanoseconds else { return false }
    begun = time
    return true
  }

  /// Makes the first file.
  mutating func first() throws(CommandFailure) -> FileOutput {
    guard let file = next() else { throw OutputPath.unwritable(Self.name(place.path, number), errno) }
    return file
  }

  /// Makes the next file, and removes the oldest where there would be too many; nil where none can be made, with the
  /// reason in `errno`.
  mutating func next() -> FileOutput? {
    while number < Self.numberLimit {
      number += 1
      let name = Self.name(place.name, number)
      if let descriptor = place.make(name) {
        names.append(name)
        if names.count > fileCount { place.remove(names.removeFirst()) }
        return FileOutput(descriptor: descriptor, name: Self.name(place.path, number))
      }
      if errno != EEXIST { return nil }
    }
    return nil
  }

  /// `web.pcap` and 1 are `web-0001.pcap`.
  static func name(_ name: String, _ number: Int) -> String {
    let digits = "\(number)"
    let counter = "-" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    guard let point = name[start...].lastIndex(of: "."), point > start else { return name + counter }
    return name[..<point] + counter + name[point...]
  }
}
