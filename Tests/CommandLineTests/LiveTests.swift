// `gatespec trace --live` in a terminal: what the screen shows, what keys do, and that the terminal is clean afterwards.

import Foundation
import Prerequisites
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)), .requires("tmux", Screen.isThere))
struct LiveTests {
  private static let capture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "captures/php-fpm-errors/capture.pcap").path
  private static let command = "\"$G\" trace --live -r \(capture)"

  /// Starts the view on the capture, with the terminal's settings noted before.
  private func start(_ screen: Screen, _ command: String = Self.command) throws -> [String] {
    try screen.type("clear; stty -a >before; sh -c 'echo $$ >pid; exec \(command)'; echo code $?")
    return try screen.waitFor(text: "155 packets")
  }

  /// The view is gone, the program ended with that code, and the terminal is as it was: settings, cursor, screen, and
  /// what is typed is seen.
  private func expectClean(_ screen: Screen, code: Int) throws {
    let lines = try screen.waitFor(text: "code \(code)")
    #expect(!lines.contains { $0.contains("[newest]") || $0.contains("[routes]") }, "\(lines)")
    #expect(try screen.state == "1 0 1")
    try screen.type("stty -a >after; cmp before after && echo the-$((1+1))-are-equal")
    try screen.waitFor { $0.contains("the-2-are-equal") }
    #expect(try screen.lines.contains { $0.contains("echo the-$((1+1))-are-equal") })
  }

  @Test func aCaptureIsLookedThrough() throws {
    let screen = try Screen()
    var lines = try start(screen)
    #expect(try screen.state == "0 1 0")
    #expect(lines[0].hasPrefix(" [newest] routes"))
    #expect(lines[0].contains("capture.pcap (end)"))
    #expect(lines[1] == " time         proto   request                    status    bytes        ms flags")
    #expect(lines[2] == ">09:40:03.637 http    GET /probe.php?probe=echo     502    157 B     0.379")
    #expect(lines[19] == " 09:40:01.117 fastcgi GET /missing.php              404     16 B     0.402 E")
    #expect(lines[23] == " 155 packets  18 exchanges  0 dropped  0 unknown  0 bytes lost  0 open")

    try screen.press("Tab")
    lines = try screen.waitFor(text: "[routes]")
    #expect(lines[1] == "   count   per s failed    p90 ms     sum s port   route")
    #expect(lines[2] == ">      5     2.0    60%   302.055     0.308 :8080  GET /probe.php")
    #expect(lines[12].hasSuffix("GET /missing.txt"))

    try screen.press("1", "/")
    try screen.type("stauts == 500")
    try screen.waitFor(text: "column 1: there is no field `stauts`")
    try screen.press("C-u")
    try screen.type("status >= 500")
    lines = try screen.waitFor(text: "filter status >= 500")
    #expect(lines[2...6].allSatisfy { $0.contains(" 50") && $0.contains("GET /") })
    #expect(lines[7].isEmpty)

    try screen.press("j", "Enter")
    lines = try screen.waitFor(text: "User-Agent: curl")
    #expect(lines[0].hasPrefix(" exchange 13 "))
    #expect(lines.contains { $0.contains("wait 500.921") })
    try screen.press("Escape")
    try screen.waitFor(text: "[newest]")
    try screen.press("Space")
    try screen.waitFor(text: "PAUSED")
    try screen.press("q")
    lines = try screen.waitFor(text: "code 0")
    #expect(lines.contains("-- 18 exchanges on 16 connections, 155 packets, 21397 bytes"))
    try expectClean(screen, code: 0)
  }

  @Test(arguments: [("TERM", 0), ("INT", 0), ("HUP", 0), ("QUIT", 131)])
  func aSignalLeavesTheTerminalClean(_ signal: String, _ code: Int) throws {
    let screen = try Screen()
    _ = try start(screen)
    let process = try String(contentsOf: screen.folder.appending(path: "pid"), encoding: .utf8)
    let killed = try Program.shell("kill -\(signal) \(process)")
    #expect(killed.code == 0, "\(killed.errors)")
    try expectClean(screen, code: code)
  }

  @Test func controlCEndsIt() throws {
    let screen = try Screen()
    _ = try start(screen)
    try screen.press("C-c")
    let lines = try screen.waitFor(text: "155 packets, 21397 bytes")
    #expect(!lines.contains { $0.contains("[newest]") })
    #expect(try screen.state == "1 0 1")
  }

  @Test func stoppedItGivesTheTerminalBackAndTakesItAgain() throws {
    let screen = try Screen()
    try screen.type("clear; stty -a >before; \(Self.command)")
    try screen.waitFor(text: "155 packets")
    try screen.press("C-z")
    let lines = try screen.waitFor(text: "Stopped")
    #expect(!lines.contains { $0.contains("[newest]") })
    #expect(try screen.state == "1 0 1")
    try screen.type("stty -a >after; cmp before after && echo the-$((1+1))-are-equal")
    try screen.waitFor { $0.contains("the-2-are-equal") }
    try screen.type("fg")
    try screen.waitFor { $0.first?.hasPrefix(" [newest] routes") == true && $0.contains { $0.contains("155 packets") } }
    #expect(try screen.state == "0 1 0")
    try screen.press("q")
    try screen.waitFor(text: "155 packets, 21397 bytes")
    #expect(try screen.state == "1 0 1")
  }

  @Test func standardInputIsTheCaptureAndKeysComeFromTheTerminal() throws {
    let screen = try Screen()
    try screen.type("clear; stty -a >before; (cat \(Self.capture); sleep 60) | \"$G\" trace --live -r -; echo code $?")
    let lines = try screen.waitFor { $0.contains { $0.contains("155 packets") } && $0[2].contains("0.379") }
    #expect(lines[0].contains("standard input"))
    #expect(!lines[0].contains("(end)"))
    // Nothing more comes through the pipe, and yet it ends.
    try screen.press("q")
    try screen.waitFor(text: "155 packets, 21397 bytes")
    #expect(try screen.state == "1 0 1")
  }

  @Test(arguments: [(40, 10), (200, 60)]) func otherSizes(_ columns: Int, _ rows: Int) throws {
    let screen = try Screen(columns: columns, rows: rows)
    try screen.type("\(Self.command)")
    var lines = try screen.waitFor { $0[rows - 1].contains("155 p") && $0[2].contains("502") }
    #expect(lines[0].hasPrefix(" [newest]"))
    #expect(lines[2].contains("GET /probe.php?probe"))
    try screen.tmux(["resize-window", "-t", "t", "-x", "100", "-y", "20"])
    // Until it is drawn anew, the end of the larger screen is seen.
    lines = try screen.waitFor { $0.count >= 20 && $0[0].hasPrefix(" [newest]") && $0[19].contains("155 packets") }
    #expect(lines.filter { $0.contains("155 packets") }.count == 1)
    try screen.press("q")
    try screen.waitFor(text: "-- lost: ")
  }

  @Test func aRelayIsShown() throws {
    let screen = try Screen()
    let serve = try screen.start("serve 'fastcgi+unix://'$PWD/app.sock")
    defer { screen.end(serve) }
    try screen.waitFor(file: "app.sock")
    try screen.type("clear; \"$G\" trace --live --relay $PWD/front.sock=$PWD/app.sock; echo code $?")
    try screen.waitFor(text: "0 exchanges")
    let request = try Program.run([
      "request", "fastcgi+unix://\(screen.folder.path)/front.sock:/probe", "--root", "/srv",
    ])
    #expect(request.code == 0, "\(request.errors)")
    let lines = try screen.waitFor(text: "1 exchange ")
    #expect(lines[0].contains("relay"))
    #expect(lines[2].contains("fastcgi") && lines[2].contains("GET /probe"), "\(lines)")
    try screen.press("q")
    try screen.waitFor(text: "code 0")
    #expect(try screen.state == "1 0 1")
  }

  /// Whether this account may capture on the loopback interface.
  private static let mayCapture = (try? Program.run(["trace", "-i", "lo", "--duration", "100ms"]))?.code == 0

  @Test(.enabled(if: mayCapture, "capturing on an interface takes a privilege"))
  func anInterfaceIsShown() throws {
    let screen = try Screen()
    let port = 20_000 + Int.random(in: 0..<10_000)
    let serve = try screen.start("serve fastcgi://127.0.0.1:\(port)")
    defer { screen.end(serve) }
    try screen.type("clear; \"$G\" trace --live -i lo port \(port); echo code $?")
    try screen.waitFor(text: "0 exchanges")
    var request = ProgramRun(code: -1, output: "", errors: "")
    for _ in 0..<100 where request.code != 0 {
      request = try Program.run(["request", "fastcgi://127.0.0.1:\(port)/probe", "--root", "/srv"])
      if request.code != 0 { usleep(50_000) }
    }
    #expect(request.code == 0, "\(request.errors)")
    let lines = try screen.waitFor(text: "1 exchange ")
    #expect(lines[0].contains("lo port \(port)"))
    #expect(lines[2].contains("fastcgi") && lines[2].contains("GET /probe"), "\(lines)")
    try screen.press("q")
    let end = try screen.waitFor(text: "code 0")
    #expect(end.contains { $0.contains("-- 1 exchange on ") }, "\(end)")
    #expect(try screen.state == "1 0 1")
  }

  @Test func withoutATerminalItSaysSo() throws {
    let run = try Program.run(["trace", "--live", "-r", Self.capture])
    #expect(run.code == 2)
    #expect(run.errors.contains("--live needs a terminal, and standard output is none"))
    #expect(run.errors.contains("leave --live out"))
    let format = try Program.run(["trace", "--live", "--format", "json", "-r", Self.capture])
    #expect(format.code == 2)
    #expect(format.errors.contains("takes no --format"))
    let screen = try Screen()
    try screen.type("clear; TERM=dumb \(Self.command); echo code $?")
    let lines = try screen.waitFor(text: "code 2")
    #expect(lines.contains { $0.contains("TERM is dumb") })
    try screen.type("clear; \"$G\" trace --live -r absent.pcap; echo code $?")
    let absent = try screen.waitFor(text: "code 3")
    #expect(absent.contains { $0.contains("There is no file absent.pcap") })
    #expect(try screen.state == "1 0 1")
  }

  @Test func aDamagedFileIsShownAndThenComplainedOf() throws {
    let screen = try Screen()
    try SampleCapture.http(SampleCapture.plain, isTruncated: true)
      .write(to: screen.folder.appending(path: "cut.pcap"))
    try screen.type("clear; \"$G\" trace --live -r cut.pcap; echo code $?")
    // The complaint comes when the file is read to its damage, which may be a picture later than the exchanges.
    let lines = try screen.waitFor("no complaint below the exchanges") { $0[22].contains("cut.pcap") }
    #expect(lines.contains { $0.contains("2 exchanges") })
    #expect(lines.contains { $0.contains("GET /one") })
    try screen.press("q")
    let end = try screen.waitFor(text: "code 3")
    #expect(end.contains { $0.hasPrefix("gatespec: ") }, "\(end)")
    #expect(try screen.state == "1 0 1")
  }
}

extension Screen {
  /// Starts the program besides, until the test is over.
  fileprivate func start(_ arguments: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "exec \"$0\" \(arguments)", try #require(Program.file).path]
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  fileprivate func end(_ process: Process) {
    process.terminate()
    process.waitUntilExit()
  }

  /// Waits until there is a file of that name.
  fileprivate func waitFor(file: String) throws {
    for _ in 0..<400 where !FileManager.default.fileExists(atPath: folder.appending(path: file).path) {
      usleep(50_000)
    }
  }
}
