// What a live capture and a relay run as: not root, without capabilities, without a way to new ones.

import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(2)), .enabled(if: geteuid() == 0, "only root has privileges to give up"))
struct PrivilegeTests {
  private static let prelude = """
    d=$(mktemp -d) && cd "$d" || exit 9
    G=$0
    until_said() { n=0; until grep -qs "$1" "$2"; do n=$((n + 1)); [ $n -lt 400 ] || exit 8; sleep 0.05; done; }
    facts() { for t in /proc/$1/task/*; do awk '/^(Uid|Gid|Groups|CapEff|CapPrm|NoNewPrivs):/ {$1=$1; print}' $t/status; done | sort -u | tr '\\n' ';'; echo; }
    """

  private static let mayCapture = (try? Program.run(["trace", "-i", "lo", "--duration", "100ms"]))?.code == 0

  private static func without(_ user: Int, _ group: Int, groups: String = "") -> String {
    "CapEff: 0000000000000000;CapPrm: 0000000000000000;Gid: \(group) \(group) \(group) \(group);Groups:\(groups);"
      + "NoNewPrivs: 1;Uid: \(user) \(user) \(user) \(user);"
  }

  @Test(.enabled(if: mayCapture, "capturing on an interface takes a privilege"))
  func aCaptureGivesUpRoot() throws {
    let run = try Program.shell(
      Self.prelude + """

        capture() { "$G" trace -i lo --write $1.pcap "port 1" $2 $3 >/dev/null 2>$1.err & p=$!; until_said capturing $1.err
          facts $p; kill -INT $p; wait $p; echo $? $(stat -c '%u %a' $1.pcap); head -n 1 $1.err; }
        capture a
        capture b --user daemon
        export SUDO_UID=1; capture c; unset SUDO_UID
        capture d --user root | cut -c 1-16
        "$G" trace -i lo --user no-such-user; echo $?
        rm -rf "$d"
        """)
    #expect(
      run.output.split(separator: "\n").map(String.init) == [
        Self.without(65_534, 65_534), "0 0 600", "gatespec: capturing on lo as nobody; Ctrl-C ends",
        Self.without(1, 1), "0 1 600", "gatespec: capturing on lo as daemon; Ctrl-C ends",
        Self.without(1, 1), "0 1 600", "gatespec: capturing on lo as daemon; Ctrl-C ends",
        "CapEff: 000001ff", "0 0 600", "gatespec: captur", "2",
      ], "\(run.output)\(run.errors)")
    #expect(run.errors.contains("there is no user no-such-user"))
  }

  /// A socket that only its owner's group may connect to, in a folder that nobody else may enter.
  @Test func aRelayKeepsWhatItNeedsAndNoMore() throws {
    let run = try Program.shell(
      Self.prelude + """

        "$G" serve "fastcgi+unix://$d/app.sock" >serve.out 2>serve.err & serve=$!
        until_said serving serve.err
        relay() { : >relay.err; "$G" trace --relay-take app.sock --relay $d/front.sock=$d/app.sock "$@" >trace.txt 2>relay.err & p=$!
          until_said 'Ctrl-C ends' relay.err; facts $p; facts $(pgrep -P $p | head -n 1) | cut -d ';' -f 1
          # Their guards hear of its end first: the system closes by falling numbers.
          ls /proc/$p/fd | sort -nr | head -n 3 | tr '\\n' ' ' | { read a b c; [ $b -gt $((c + 400)) ] && echo "guards first"; }
          "$G" request "fastcgi+unix://$d/app.sock:/x" --root /srv >/dev/null; echo "asked $?"; }
        state() { sleep 0.3; echo "$(ls | grep -c -e aside -e front) $(stat -c '%a %u %g' app.sock)"; }
        chown 2:3 app.sock; chmod 660 app.sock
        relay; kill -INT $p; wait $p; echo $?; state
        chmod 600 app.sock
        relay; kill -9 $p; wait $p; echo $?; state
        "$G" trace --relay-take app.sock --user daemon 2>relay.err; echo $?; grep -c 'daemon may not connect' relay.err; state
        kill $serve; wait $serve; rm -rf "$d"
        """)
    let guardian = "CapEff: 000000000000000a"
    #expect(
      run.output.split(separator: "\n").map(String.init) == [
        Self.without(65_534, 65_534, groups: " 3"), guardian, "guards first", "asked 0", "0", "0 660 2 3",
        Self.without(2, 2), guardian, "guards first", "asked 0", "137", "0 600 2 3",
        "3", "1", "0 600 2 3",
      ], "\(run.output)\(run.errors)")
  }

  @Test func filesFollowOneAnotherWhereTheUserMayMakeThem() throws {
    let run = try Program.shell(
      Self.prelude + """

        "$G" trace --relay 127.0.0.1:$((20000 + $$ % 10000))=127.0.0.1:1 --write w.pcap --rotate-size 1K --duration 100ms; echo $?
        chmod 755 "$d"; mkdir w; chown 1 w
        "$G" trace --relay 127.0.0.1:$((20000 + $$ % 10000))=127.0.0.1:1 --write w/w.pcap --rotate-size 1K --duration 100ms --user daemon >/dev/null 2>&1
        echo $? $(stat -c '%u %a' w/*)
        rm -rf "$d"
        """)
    #expect(run.output == "3\n0 1 600\n", "\(run.errors)")
    #expect(run.errors.contains("a folder that nobody may not write"))
  }

  @Test func aGuardIsStartedByARelayOnly() throws {
    #expect(try Program.run(["relay-guard", "a", "1:1", "-"]).code == 2)
  }
}
