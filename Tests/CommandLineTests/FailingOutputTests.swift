// Outputs that fail while traffic passes: the trace goes on without them, and a relay's connections never notice.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(2)))
struct FailingOutputTests {
  /// Runs a shell script in a folder of its own, with a reference server at `app.sock`; `ask` sends it a request.
  private func shell(_ script: String) throws -> ProgramRun {
    try Program.shell(
      """
      d=$(mktemp -d) && cd "$d" || exit 9
      until_said() { n=0; until grep -qs "$1" "$2"; do n=$((n + 1)); [ $n -lt 400 ] || exit 8; sleep 0.05; done; }
      ask() { "$G" request "fastcgi+unix://$d/app.sock:/x" --root /srv >/dev/null 2>>ask.err; echo "asked $?"; }
      G=$0
      "$G" serve "fastcgi+unix://$d/app.sock" >serve.out 2>serve.err & serve=$!
      until_said serving serve.err
      \(script)
      kill $serve; wait $serve
      rm -rf "$d"
      """)
  }

  @Test func aRelayOutlivesAFullDisk() throws {
    let run = try shell(
      """
      "$G" trace --relay-take app.sock --write /dev/full >trace.txt 2>relay.err & relay=$!
      until_said relaying relay.err
      ask; until_said 'goes on without it' relay.err; ask; ask
      kill -INT $relay; wait $relay; echo "relay $?"
      grep -c 'No space left on device; the trace goes on' relay.err; grep -c ' 200 ' trace.txt; grep -e '^-- 3' trace.txt
      ask; ls | grep -c aside
      """)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.prefix(6) == ["asked 0", "asked 0", "asked 0", "relay 3", "1", "3"], "\(run.output)\(run.errors)")
    #expect(lines.dropFirst(6).first?.hasPrefix("-- 3 exchanges on 3 connections") == true)
    #expect(lines.suffix(2) == ["asked 0", "0"])
  }

  /// The reader of a relay's output leaves: with a copy that is kept the relay goes on, without one it ends as on Ctrl-C.
  @Test func aRelayOutlivesItsReader() throws {
    let run = try shell(
      """
      ("$G" trace --relay-take app.sock 2>relay.err; echo "$?" >code) | head -c 5 >/dev/null &
      until_said relaying relay.err
      ask; ask; until_said 'exchange' relay.err; until_said . code
      cat code; grep -c 'nobody reads the trace any more' relay.err; ask; ls | grep -c aside
      ("$G" trace --relay-take app.sock --write w.pcap 2>second.err & echo $! >pid; wait $!; echo "$?" >code) | true &
      until_said relaying second.err
      ask; ask; ask
      kill -INT $(cat pid); until_said '^-- 3 exchanges' second.err; wait %2; cat code
      "$G" trace -r w.pcap | grep -c ' 200 '; ask; ls | grep -c aside
      """)
    #expect(
      run.output.split(separator: "\n").map(String.init) == [
        "asked 0", "asked 0", "0", "1", "asked 0", "0", "asked 0", "asked 0", "asked 0", "0", "3", "asked 0", "0",
      ], "\(run.output)\(run.errors)")
  }

  /// A pipe whose reader has stopped: connections go on, Ctrl-C ends everything, and the end is said elsewhere.
  @Test func aRelayDoesNotWaitForItsReader() throws {
    let run = try shell(
      """
      mkfifo out && exec 4<>out && head -c 65536 /dev/zero >&4
      "$G" trace --relay-take app.sock >out 2>relay.err & relay=$!
      until_said relaying relay.err
      ask; ask; ask
      kill -INT $relay; wait $relay; echo "relay $?"
      grep -c 'standard output is not read' relay.err; grep -e '^-- ' relay.err; ask; ls | grep -c aside
      "$G" trace --relay-take app.sock --write kept.pcap >out 2>second.err & relay=$!
      until_said relaying second.err
      ask; ask
      head -c 65536 <&4 >/dev/null
      kill -INT $relay; wait $relay; echo "relay $?"
      exec 5<out 4>&-; grep -c ' 200 ' <&5; "$G" trace -r kept.pcap | grep -c ' 200 '
      """)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.prefix(5) == ["asked 0", "asked 0", "asked 0", "relay 3", "1"], "\(run.output)\(run.errors)")
    #expect(lines.dropFirst(5).first?.hasPrefix("-- 3 exchanges on 3 connections") == true)
    #expect(lines.suffix(7) == ["asked 0", "0", "asked 0", "asked 0", "relay 0", "2", "2"])
  }

  @Test func anInterruptEndsATraceThatIsNotRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try SampleCapture.http(SampleCapture.plain).write(to: folder.appending(path: "in.pcap"))
    let run = try Program.shell(
      """
      cd '\(folder.path)'; mkfifo out && exec 4<>out && head -c 65536 /dev/zero >&4
      "$0" trace -r in.pcap >out & p=$!
      # Until it is no shell any more, and has a handler.
      until readlink /proc/$p/exe | grep -q gatespec && grep -q '^SigCgt:.*[2367abef]$' /proc/$p/status; do sleep 0.05; done
      kill -INT $p; wait $p; echo "code $?"
      """)
    #expect(run.output == "code 3\n")
    #expect(run.errors.contains("standard output is not read: its end is left out"))
    #expect(run.errors.contains("-- 2 exchanges"))
  }

  @Test func aTraceOfAFileGoesOnWithoutItsCopy() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try SampleCapture.http(SampleCapture.plain).write(to: folder.appending(path: "in.pcap"))
    let full = try Program.shell("cd '\(folder.path)'; \"$0\" trace -r in.pcap --write /dev/full")
    #expect(full.code == 3)
    #expect(full.output.contains("-- 2 exchanges"))
    #expect(full.errors.contains("/dev/full cannot be written: No space left on device; the trace goes on without it"))
    let copied = try Program.shell(
      "cd '\(folder.path)'; \"$0\" trace -r in.pcap --write w.pcap >/dev/full; echo $?; \"$0\" trace -r w.pcap | grep -c GET"
    )
    #expect(copied.output == "3\n1\n")
    #expect(copied.errors.contains("-- 2 exchanges"), "the end is said where it can be read")
    // Where standard error is what fails, there is nowhere to say it, and nothing else changes.
    let silent = try Program.shell(
      "cd '\(folder.path)'; \"$0\" trace -r in.pcap --format har 2>/dev/full | grep -c '\"log\"'; echo $?")
    #expect(silent.output == "1\n0\n")
  }
}
