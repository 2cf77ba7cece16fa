// Which words of a command line `gatespec trace` reads as files: what a shell's glob leaves behind `-r`.

import Foundation
import Testing

@Suite struct TraceInputTests {
  private static func withFiles(_ body: ([String]) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let all = try SampleCapture.http(SampleCapture.plain + SampleCapture.plain)
    let early = try SampleCapture.http(SampleCapture.plain)
    let late = all.prefix(24) + all.dropFirst(early.count)
    let paths = ["a.pcap", "b.pcap"].map { folder.appending(path: $0).path }
    try early.write(to: URL(filePath: paths[0]))
    try Data(late).write(to: URL(filePath: paths[1]))
    try body(paths)
  }

  @Test func filesBehindTheFirstAreReadToo() throws {
    try Self.withFiles { paths in
      for arguments in [paths, paths + ["-v"], [paths[0], "-v", paths[1]]] {
        let run = try Program.run(["trace", "-r"] + arguments)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("-- 4 exchanges on 4 connections"))
      }
      let filtered = try Program.run(["trace", "-r"] + paths + ["port", "40003"])
      #expect(filtered.output.contains("-- 1 exchange on 1 connection"))
      let quoted = try Program.run(["trace", "-r"] + paths + ["port 40003"])
      #expect(quoted.output == filtered.output)
    }
  }

  @Test func whatIsNeitherFileNorFilterIsSaid() throws {
    try Self.withFiles { paths in
      let missing = try Program.run(["trace", "-r", paths[0], "/nonexistent/c.pcap"])
      #expect(missing.code == 2)
      #expect(missing.errors.contains("/nonexistent/c.pcap is neither a file nor the beginning of a filter"))
      #expect(missing.errors.contains("-r '/nonexistent/c.pcap'"))
      let pattern = try Program.run(["trace", "-r", paths[0], "/nonexistent/*"])
      #expect(pattern.code == 2)
      let noOption = try Program.run(["trace", paths[0]])
      #expect(noOption.code == 2)
      #expect(noOption.errors.contains("read files with -r \(paths[0])"))
      let twice = try Program.run(["trace", "-r", "-", paths[0]])
      #expect(twice.code == 2)
      #expect(twice.errors.contains("Standard input can only be read alone."))
    }
  }
}
