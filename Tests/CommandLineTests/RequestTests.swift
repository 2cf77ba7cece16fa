// `gatespec request` as a user runs it: against `gatespec serve` over sockets, and against small programs.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RequestTests {
  // MARK: FastCGI

  @Test func aRequestIsAnsweredOverASocket() throws {
    let server = try ServedReference()
    defer { server.end() }
    let run = try Program.run([
      "request", "\(server.target):/x.php?probe=echo", "--root", "/srv", "-H", "Accept: text/x", "-H",
      "content-type: a/b", "-d", "hello", "--param", "REMOTE_USER=ann", "-i",
    ])
    #expect(run.code == 0)
    #expect(run.errors.isEmpty)
    let head = "Status: 200 OK\nContent-Type: text/plain\n\ngatespec-probe 1\n"
    #expect(run.output.hasPrefix(head))
    for line in [
      "param HTTP_ACCEPT text%2Fx", "param CONTENT_TYPE a%2Fb", "param CONTENT_LENGTH 5", "param REQUEST_METHOD POST",
      "param REMOTE_USER ann", "param SCRIPT_FILENAME %2Fsrv%2Fx.php", "body 5",
    ] {
      #expect(run.output.contains("\n\(line)\n"))
    }
  }

  /// A program's response is not cut at the length that it promises, so what came is held against it.
  @Test(arguments: [("3", Int32(0)), ("2", 3), ("99999999999999999999999", 3), ("-1", 3)])
  func theLengthThatWasPromisedIsHeldAgainstTheBody(_ length: String, _ code: Int32) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let program = folder.url.appending(path: "promise.cgi")
    try Data("#!/bin/sh\nprintf 'Content-Type: a/b\\nContent-Length: \(length)\\n\\nabc'\n".utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    let run = try Program.run(["request", "cgi:\(program.path)"])
    #expect(run.code == code, "\(run.errors)")
    #expect(run.output == "abc")
    #expect(run.errors.contains("Content-Length is \(length)") == (code != 0))
  }

  @Test func bodiesAreSentAndPrintedAsTheyAre() throws {
    let server = try ServedReference()
    defer { server.end() }
    let bytes = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
    let target = "\(server.target):/?probe=reflect"
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let sent = folder.url.appending(path: "sent")
    let received = folder.url.appending(path: "received")
    try bytes.write(to: sent)
    let run = try Program.run(["request", target, "--data-binary", "@\(sent.path)", "-o", received.path])
    #expect(run.code == 0)
    #expect(run.output.isEmpty)
    #expect(try Data(contentsOf: received) == bytes)
    // As curl has it, -d takes a file's text without its line breaks.
    let joined = try Program.run(["request", target, "-d", "@-", "-d", "b=2"], input: Data("a=\r\n1\n".utf8))
    #expect(joined.output == "a=1&b=2")
  }

  @Test func theErrorStreamAndTheConversationGoToStandardError() throws {
    let server = try ServedReference()
    defer { server.end() }
    let target = "\(server.target):/?probe=stderr&bytes=4"
    let plain = try Program.run(["request", target])
    #expect(plain.output == "stderr 4\n")
    #expect(plain.errors == "eee\n")
    let told = try Program.run(["request", target, "-v"])
    #expect(told.output == "stderr 4\n")
    #expect(told.errors.contains("record type=begin-request id=1"))
    #expect(told.errors.contains("QUERY_STRING: probe=stderr&bytes=4"))
  }

  @Test func failTurnsAStatusIntoAnExitCode() throws {
    let server = try ServedReference()
    defer { server.end() }
    let target = "\(server.target):/?probe=status&code=404"
    let plain = try Program.run(["request", target])
    #expect(plain.code == 0)
    #expect(plain.output == "status 404\n")
    let failing = try Program.run(["request", target, "-f"])
    #expect(failing.code == 22)
    #expect(failing.output.isEmpty)
    #expect(failing.errors == "gatespec: the status is 404\n")
  }

  @Test func theExchangeAsJSON() throws {
    let server = try ServedReference()
    defer { server.end() }
    let run = try Program.run(["request", "\(server.target):/?probe=status&code=503", "--json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(object["type"] as? String == "exchange")
    #expect(object["protocol"] as? String == "fastcgi")
    #expect(object["status"] as? Int == 503)
    #expect(object["protocol_status"] as? String == "request-complete")
    #expect((object["response"] as? [String: Any])?["body"] as? String == "status 503\n")
  }

  @Test func aServerThatRefusesOrBreaksOffIsNamed() throws {
    let server = try ServedReference()
    defer { server.end() }
    let broken = try Program.run(["request", "\(server.target):/?probe=crash&at=start"])
    #expect(broken.code == 3)
    #expect(broken.errors.contains("gatespec: no response came"))
    let http = try Program.run(["request", server.target.replacing("fastcgi+", with: "http+")])
    #expect(http.code == 3)
    #expect(http.errors.contains("A FastCGI server closes so"))
  }

  @Test func nothingThere() throws {
    // Port 1 of loopback: nobody has a tcpmux any more.
    let run = try Program.run(["request", "fastcgi://127.0.0.1:1/", "--timeout", "5"])
    #expect(run.code == 3)
    #expect(run.errors.hasPrefix("gatespec: nothing listens on 127.0.0.1:1"))
  }

  // MARK: CGI

  @Test func aProgramGetsWhatItIsSent() throws {
    let program = try TemporaryProgram(
      """
      printf 'Content-Type: text/plain\\n\\n'
      echo "$REQUEST_METHOD|$QUERY_STRING|$PATH_INFO|$HTTP_X_A|$CONTENT_TYPE|$CONTENT_LENGTH|${PATH-unset}"
      cat
      exit 7
      """)
    defer { program.remove() }
    let run = try Program.run([
      "request", program.target, "--path", "/a?b=c", "-X", "PUT", "-H", "X-A: 1", "-H", "x-a: 2", "--data-binary",
      "body", "-v",
    ])
    #expect(run.code == 0)
    // A shell without PATH in its environment has one of its own.
    #expect(run.output.hasPrefix("PUT|b=c||1, 2|application/x-www-form-urlencoded|4|"))
    #expect(run.output.hasSuffix("\nbody"))
    #expect(run.errors.contains("the program ended with exit code 7"))
  }

  @Test func outputThatIsNoResponse() throws {
    let program = try TemporaryProgram("echo Hello; echo oops >&2; exit 1")
    defer { program.remove() }
    let run = try Program.run(["request", program.target])
    #expect(run.code == 3)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("oops\ngatespec: the output has no empty line after header fields"))
    #expect(run.errors.contains("exit code 1"))
  }

  @Test func aProgramThatNeverEndsIsEnded() throws {
    let program = try TemporaryProgram("sleep 100")
    defer { program.remove() }
    let run = try Program.run(["request", program.target, "--timeout", "0.3"])
    #expect(run.code == 3)
    #expect(run.errors.contains("gatespec ended the program: no end within 300 ms"))
  }

  @Test func aCheckOfAProgramEndsInAnExitCode() throws {
    let program = try TemporaryProgram("printf 'Content-Type: text/plain\\n\\nhello\\n'")
    defer { program.remove() }
    let sound = try Program.run(["check", program.target, "--only", "cgi/request/baseline"])
    #expect(sound.code == 0)
    #expect(sound.output.hasSuffix("1 case: 1 pass, 0 fail, 0 warn, 0 info, 0 skip\n"))
    let silent = try TemporaryProgram("exit 0")
    defer { silent.remove() }
    #expect(try Program.run(["check", silent.target, "--only", "cgi/request/baseline"]).code == 1)
    let missing = try Program.run(["check", "cgi:/no/such/program"])
    #expect(missing.code == 3)
    #expect(missing.errors == "gatespec: there is no program /no/such/program\n")
  }

  @Test func anInterruptEndsTheProgramToo() throws {
    let program = try TemporaryProgram("echo $$ > \"$0.pid\"; sleep 100")
    defer { program.remove() }
    let run = try Program.shell(
      """
      "$0" request '\(program.target)' & asked=$!
      tries=0
      until [ -s '\(program.path).pid' ] || [ $tries -ge 300 ]; do sleep 0.02; tries=$((tries + 1)); done
      kill -INT $asked
      wait $asked
      echo $?
      kill -0 $(cat '\(program.path).pid') 2>/dev/null && echo alive
      exit 0
      """)
    #expect(run.output == "130\n")
  }

  @Test(
    arguments: [
      (["/no/such/program"], "there is no program /no/such/program", 3),
      (["/", "-X", "GET"], "a CGI program is named by its absolute path", 2),
      (["/bin/true", "-H", "none"], "-H takes 'NAME: VALUE'", 2),
      (["/bin/true", "-d", "a", "--data-binary", "b"], "exclude each other", 2),
      (["/bin/true", "--param", "none"], "--param takes NAME=VALUE", 2),
      (["/bin/true", "-d", "@/no/such/file"], "/no/such/file cannot be read", 2),
      (["/bin/true", "--timeout", "none"], "'none' is invalid", 2),
    ] as [([String], String, Int32)])
  func usageAndTrouble(_ arguments: [String], _ message: String, _ code: Int32) throws {
    let run = try Program.run(["request", "cgi:\(arguments[0])"] + arguments.dropFirst())
    #expect(run.code == code)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("gatespec: "))
    #expect(run.errors.contains(message))
  }
}
