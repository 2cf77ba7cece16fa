// `gatespec trace --relay`: what passes is decoded, and a socket that was taken is given back on every way out.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RelayCommandTests {
  /// Serves the reference on a Unix socket, relays it, checks through the relay, and ends the relay with a signal.
  ///
  /// `state` then says what stands there, and a second check goes straight to the server.
  private func scenario(
    _ options: String, signal: String, to victims: String = "$relay"
  ) throws -> ProgramRun {
    try Program.shell(
      """
      d=$(mktemp -d) && cd "$d" || exit 9
      until_there() { n=0; until [ -S "$1" ]; do n=$((n + 1)); [ $n -lt 400 ] || exit 8; sleep 0.05; done; }
      "$0" serve "fastcgi+unix://$d/app.sock" 2>serve.err & serve=$!
      until_there app.sock
      chmod 620 app.sock
      "$0" trace \(options) --format json >trace.json 2>relay.err & relay=$!
      until_there app.sock.gatespec-aside
      "$0" check "fastcgi+unix://$d/app.sock" --only 'fastcgi/responder/*' >check.txt 2>&1
      echo "through $? $(tail -n 1 check.txt)"
      kill -\(signal) \(victims)
      wait $relay
      echo "relay $?"
      n=0; while pgrep -f "relay-guard[ ]app.sock" >/dev/null && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.05; done
      echo "state $(ls | grep -c aside) $(stat -c %a app.sock)"
      if [ -S app.sock.gatespec-aside ]; then
        "$0" trace \(options) --duration 1s >again.txt 2>again.err
        grep -o 'put back' again.err
      fi
      "$0" check "fastcgi+unix://$d/app.sock" --only 'fastcgi/responder/*' >check.txt 2>&1
      echo "straight $? $(tail -n 1 check.txt)"
      echo "exchanges $(grep -c '"type":"exchange"' trace.json)"
      kill $serve; wait $serve
      rm -rf "$d"
      """)
  }

  @Test(arguments: ["INT", "TERM"]) func theSocketIsGivenBack(_ signal: String) throws {
    let run = try scenario("--relay-take app.sock", signal: signal)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.hasPrefix("through 0 ") && $0.contains(" pass") })
    #expect(lines.contains("relay 0"))
    #expect(lines.contains("state 0 620"))
    #expect(lines.contains { $0.hasPrefix("straight 0 ") && $0.contains(" pass") })
    let exchanges = lines.first { $0.hasPrefix("exchanges ") }.flatMap { Int($0.dropFirst("exchanges ".count)) }
    #expect((exchanges ?? 0) > 10, "\(run.output)\(run.errors)")
  }

  @Test func theTerminalThatGoesAwayGivesItBackToo() throws {
    let run = try scenario("--relay-take app.sock", signal: "HUP")
    #expect(run.output.contains("relay 0"))
    #expect(run.output.contains("state 0 620"))
    #expect(run.output.contains("straight 0 "))
  }

  @Test(arguments: ["KILL", "SEGV"]) func theGuardGivesBackWhatAKilledRelayTook(_ signal: String) throws {
    let run = try scenario("--relay-take app.sock", signal: signal)
    #expect(run.output.contains(signal == "KILL" ? "relay 137" : "relay 139"))
    #expect(run.output.contains("state 0 620"))
    #expect(run.output.contains("straight 0 "))
  }

  @Test func theNextRunRepairsWhatAllThatWereKilledLeft() throws {
    let run = try scenario("--relay-take app.sock", signal: "KILL", to: "$(pgrep -P $relay) $relay")
    #expect(run.output.contains("relay 137"))
    #expect(run.output.contains("state 1 "))
    #expect(run.output.contains("put back"))
    #expect(run.output.contains("straight 0 "))
  }

  @Test(
    arguments: [
      (["--relay", "nonsense"], "a relay is LISTEN=CONNECT"),
      (["--relay", "/a=/a"], "cannot connect to where it listens"),
      (["--relay", ":9001=/x", "-r", "-"], "take no -r"),
    ]) func badRoutes(_ arguments: [String], _ message: String) throws
  {
    let run = try Program.run(["trace"] + arguments)
    #expect(run.code == 2)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  /// Serves the reference on a Unix socket, relays it as `options` say, and runs `commands` once the relay listens.
  private func beside(_ options: String, _ commands: String) throws -> ProgramRun {
    try Program.shell(
      """
      d=$(mktemp -d) && cd "$d" || exit 9
      said() { grep -q "$1" "$2" 2>/dev/null; }
      until_said() { n=0; until said "$1" "$2"; do n=$((n + 1)); [ $n -lt 400 ] || exit 8; sleep 0.05; done; }
      "$0" serve "fastcgi+unix://$d/app.sock" 2>serve.err & serve=$!
      until_said 'Ctrl-C ends' serve.err
      "$0" trace \(options) >trace.txt 2>relay.err & relay=$!
      until_said relaying relay.err
      \(commands)
      kill -INT $relay; wait $relay
      kill $serve; wait $serve
      rm -rf "$d"
      """)
  }

  /// The server pauses in the middle of its response, and is silent then as between two requests.
  @Test func aResponseThatPausesIsNotCutOff() throws {
    let run = try beside(
      "--relay-take app.sock",
      """
      "$0" request "fastcgi+unix://$d/app.sock:/?probe=stream&parts=4&delay=300" >answer.txt 2>&1 & asked=$!
      until_said 'part 1' answer.txt
      kill -INT $relay; wait $relay
      wait $asked
      echo "request $?, $(grep -c '^part' answer.txt) parts"
      """)
    #expect(run.output.contains("request 0, 4 parts"), "\(run.output)\(run.errors)")
  }

  @Test(arguments: ["rm front.sock", "mv serve.err front.sock"])
  func aNameThatIsTheRelaysNoMoreIsTold(_ change: String) throws {
    let run = try beside(
      "--relay $d/front.sock=$d/app.sock",
      """
      \(change)
      until_said "front.sock is not the relay's socket any more" relay.err
      echo told
      """)
    #expect(run.output.contains("told"), "\(run.output)\(run.errors)")
  }

  /// Whoever ignores SIGHUP at the start, as nohup does, outlives the terminal.
  @Test func nohupIsHeeded() throws {
    let run = try beside(
      "--relay-take app.sock",
      """
      kill -INT $relay; wait $relay
      trap '' HUP; "$0" trace --relay-take app.sock >/dev/null 2>again.err & relay=$!
      until_said relaying again.err
      kill -HUP $relay
      "$0" request "fastcgi+unix://$d/app.sock:/?probe=echo" >/dev/null; echo "request $?"
      [ -S app.sock.gatespec-aside ] && echo relayed
      """)
    #expect(run.output.contains("request 0\nrelayed"), "\(run.output)\(run.errors)")
  }

  @Test func whatCannotBeTakenIsSaid() throws {
    let absent = try Program.run(["trace", "--relay-take", "/nonexistent/app.sock"])
    #expect(absent.code == 3)
    #expect(absent.errors.contains("there is no socket /nonexistent/app.sock"))
    let device = try Program.run(["trace", "--relay-take", "/dev/null"])
    #expect(device.code == 3)
    #expect(device.errors.contains("is not a socket"))
  }
}
