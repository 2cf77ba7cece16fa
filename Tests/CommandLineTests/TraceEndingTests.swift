// A trace ends when it is asked to, whatever it waits for.

import Foundation
import Testing

@Suite struct TraceEndingTests {
  /// Runs a shell command beside a named pipe `f`; `"$0"` is the program.
  private static func run(_ command: String) throws -> ProgramRun {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try Program.shell("cd '\(folder.path)' || exit; mkfifo f; \(command)")
  }

  /// Asked once, as soon as the program has opened what it reads.
  ///
  /// - Parameter count: How many of its descriptors are the pipe then.
  private static func asked(_ signal: String, _ trace: String, descriptors count: Int) -> String {
    "\"$0\" trace \(trace) & p=$!; "
      + "until [ \"$(ls -l /proc/$p/fd | grep -c '/f$')\" -ge \(count) ]; do sleep 0.05; done; "
      + "kill -\(signal) $p; wait $p; echo \"code $?\""
  }

  @Test(arguments: ["INT", "TERM"]) func anInterruptEndsTheWaitForAWriter(_ signal: String) throws {
    let run = try Self.run(Self.asked(signal, "-r f", descriptors: 1))
    #expect(run.output.hasPrefix("-- 0 exchanges on 0 connections, 0 packets"), "\(run.errors)")
    #expect(run.output.hasSuffix("code 0\n"))
  }

  @Test(arguments: ["INT", "TERM"]) func anInterruptEndsTheWaitForTheFirstBytes(_ signal: String) throws {
    // Held open for reading and writing by the shell, so that it neither waits nor ends.
    let bytes = "exec 3<>f; printf '\\324\\303\\262\\241\\002\\000' >&3; "
    let sources = [("-r f", 2), ("-r - <&3", 3), ("-r f --format json", 2), ("-r f --summary --lint -vv", 2)]
    for (source, count) in sources {
      let run = try Self.run(bytes + Self.asked(signal, source, descriptors: count))
      #expect(run.output.contains("0 packets") || run.output.contains("\"packets\":0"), "\(run.errors)")
      #expect(run.output.hasSuffix("code 0\n"))
    }
  }

  @Test func theDurationEndsIt() throws {
    for command in ["\"$0\" trace -r f --duration 300ms", "exec 3<>f; \"$0\" trace -r - --duration 300ms <&3"] {
      let run = try Self.run("\(command) ; echo \"code $?\"")
      #expect(run.output.hasPrefix("-- 0 exchanges on 0 connections, 0 packets"), "\(run.errors)")
      #expect(run.output.hasSuffix("code 0\n"))
    }
  }
}
