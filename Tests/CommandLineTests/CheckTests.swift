// `gatespec check` as a program: exit codes when the target is down, silent or interrupted, and kept captures.

import Foundation
import Prerequisites
import Testing

/// A port of 127.0.0.1, in use by a socket that listens and never answers, or free.
private final class Port {
  let number: UInt16
  private let descriptor: Int32
  private let isListening: Bool

  /// - Parameter listens: Connections are taken by the kernel, and nobody reads from them.
  init(listens: Bool) throws {
    let opened = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    descriptor = opened
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let bound = unsafe bind(opened, address, length) == 0
        return unsafe bound && getsockname(opened, address, &length) == 0
      }
    }
    try #require(isBound)
    number = UInt16(bigEndian: address.sin_port)
    isListening = listens
    if listens { try #require(listen(opened, 64) == 0) } else { close(opened) }
  }

  /// Waits until somebody has connected, 20 seconds at most.
  func awaitConnection() -> Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&wanted, 1, 20_000) == 1
  }

  deinit {
    if isListening { close(descriptor) }
  }
}

@Suite struct CheckTests {
  @Test func aTargetThatIsDown() throws {
    let port = try Port(listens: false)
    let run = try Program.run(["check", "fastcgi://127.0.0.1:\(port.number)"])
    #expect(run.code == 3)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("127.0.0.1:\(port.number)"))
    #expect(run.errors.contains("refused") || run.errors.contains("nothing listens"))
  }

  @Test func aTargetThatNeverAnswers() throws {
    let port = try Port(listens: true)
    let run = try Program.run(["check", "fastcgi://127.0.0.1:\(port.number)", "--first-byte-timeout", "0.2"])
    #expect(run.code == 3)
    #expect(run.errors.contains("accepted the connection and never answered (200 ms)"))
  }

  @Test(
    "a spawned target that ended says how",
    arguments: [
      ("sh -c 'exit 3'", "the spawned target ended with exit code 3: "),
      ("sh -c 'kill -9 $$'", "the spawned target was ended by signal 9: "),
      ("sh -c 'exit 3' {address}", "the spawned target ended with exit code 3 before it accepted connections: "),
    ])
  func aSpawnedTargetThatEnds(_ command: String, _ words: String) throws {
    let port = try Port(listens: false)
    let run = try Program.run(["check", "fastcgi://127.0.0.1:\(port.number)", "--spawn", command])
    #expect(run.code == 3)
    #expect(run.errors.hasPrefix("gatespec: \(words)"), "\(run.errors)")
  }

  @Test func nothingMatches() throws {
    let unknown = try Program.run(["check", "fastcgi://127.0.0.1:9", "--only", "fastcgi/no-such-topic"])
    #expect(unknown.code == 4)
    #expect(unknown.errors.contains("--only 'fastcgi/no-such-topic' matches no case"))
    let contradiction = try Program.run([
      "check", "fastcgi://127.0.0.1:9", "--only", "fastcgi/records", "--skip", "fastcgi/*/*",
    ])
    #expect(contradiction.code == 4)
    #expect(contradiction.errors.contains("no case is left to run"))
  }

  @Test func anInterruptEndsTheRunAtOnce() throws {
    let port = try Port(listens: true)
    let process = Process()
    let program: URL = try #require(Program.file)
    process.executableURL = program
    // Without the interrupt it would take the better part of an hour.
    process.arguments = [
      "check", "fastcgi://127.0.0.1:\(port.number)", "--first-byte-timeout", "3000", "--timeout", "3000", "--report",
      "json=-",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let isConnected = port.awaitConnection()
    process.interrupt()
    let report = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(isConnected)
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 130)
    let object = try #require(try JSONSerialization.jsonObject(with: report) as? [String: Any])
    #expect(object["interrupted"] as? Bool == true)
    #expect((object["cases"] as? [Any])?.isEmpty == true)
  }

  /// What was started for the check ends with it, also one that does not accept yet (the command that names the
  /// address); and where the terminal goes away.
  @Test(arguments: ["INT", "TERM", "HUP"], ["", " #{address}"])
  func aTargetThatWasStartedEndsWithTheCheck(_ signal: String, _ ending: String) throws {
    let port = try Port(listens: false).number
    let run = try Program.shell(
      """
      d=$(mktemp -d) && cd "$d" || exit 9
      "$0" check fastcgi://127.0.0.1:\(port) --spawn 'sh -c "echo \\$\\$ >pid; exec sleep 600\(ending)"' \
        --first-byte-timeout 3000 --timeout 3000 >/dev/null 2>&1 & check=$!
      n=0; until [ -s pid ]; do n=$((n + 1)); [ $n -lt 400 ] || exit 8; sleep 0.05; done
      kill -\(signal) $check; wait $check; echo "check $?"
      kill -0 "$(cat pid)" 2>/dev/null && echo left
      rm -rf "$d"
      """)
    // The end of a target that was awaited may be seen before the check itself has ended.
    let expected = ending.isEmpty ? ["check 130\n"] : ["check 130\n", "check 3\n"]
    #expect(expected.contains(run.output), "\(run.output)\(run.errors)")
  }

  // MARK: Kept captures

  private static let analyser = "/usr/bin/tshark"
  private static let hasAnalyser = FileManager.default.isExecutableFile(atPath: analyser)

  /// Runs a check of a faulty reference that keeps its captures in `folder`.
  private func keep(_ fault: String, in folder: URL, _ more: String) throws -> (run: ProgramRun, port: UInt16) {
    let port = try Port(listens: false).number
    let run = try Program.shell(
      """
      exec "$0" check fastcgi://127.0.0.1:\(port) --spawn "$0 serve fastcgi://{address} --fault \(fault)" \
      --keep '\(folder.path)' \(more)
      """)
    return (run, port)
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func aCaptureIsKeptOfWhatDidNotPass() throws {
    try withFolder { folder in
      let (run, port) = try keep("no-stdout-end", in: folder, "--only fastcgi/output --report json=-")
      #expect(run.code == 1)
      let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      let cases = try #require(object["cases"] as? [[String: Any]])
      for result in cases {
        let verdict = result["verdict"] as? String
        let file = result["capture"] as? String
        #expect((file == nil) == (verdict == "pass" || verdict == "skip"), "\(result["id"] ?? "") \(verdict ?? "")")
        if let file { #expect(FileManager.default.fileExists(atPath: file)) }
      }
      let name = folder.appending(path: "fastcgi_output_streams-end-with-empty-record.pcap")
      let trace = try Program.run(["trace", "-r", name.path, "--port", "\(port)=fastcgi", "--lint"])
      #expect(trace.code == 0)
      #expect(trace.output.contains("FCGI-3.3-21"))
    }
  }

  @Test(.requires("tshark", hasAnalyser)) func anAnalyserOpensTheCaptures() throws {
    try withFolder { folder in
      let (run, port) = try keep("undefined-type-sent", in: folder, "--only fastcgi/output --only fastcgi/records")
      #expect(run.code == 1)
      #expect(run.output.contains("\(folder.path)/fastcgi_"))
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!files.isEmpty)
      for file in files {
        let all = try analyse("\(folder.path)/\(file)", "tcp.port == \(port)")
        #expect(all.code == 0)
        #expect(all.output.split(separator: "\n").count >= 6, "a handshake, a request, an answer")
        let odd = try analyse(
          "\(folder.path)/\(file)",
          "_ws.malformed || tcp.analysis.lost_segment || tcp.analysis.out_of_order || tcp.checksum.status == \"Bad\"")
        #expect(odd.code == 0)
        #expect(odd.output.isEmpty, "\(file): \(odd.output)")
      }
    }
  }

  private func analyse(_ file: String, _ filter: String) throws -> ProgramRun {
    try Program.shell("exec \(Self.analyser) -n -o tcp.check_checksum:TRUE -r '\(file)' -Y '\(filter)' 2>/dev/null")
  }
}
