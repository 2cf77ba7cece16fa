// The reference CGI program by hand: what it reads, writes and leaves unread, and that its table of faults is sound.

import ReferenceServers
import Testing

@Suite struct CGIProgramTests {
  /// What one run did.
  private struct Run {
    var output = ""
    var error = ""
    var readByteCount = 0
    var exitCode: UInt8?
    var paused: UInt64 = 0
  }

  /// Runs a program to its end on an input that ends after `input`.
  private func run(
    _ environment: [String], _ input: String = "", arguments: [String] = [], options: CGIOptions = CGIOptions(),
    fault: String? = nil
  ) throws -> Run {
    let given = CGIGiven(
      environment: environment.map { Array($0.utf8) }, arguments: arguments.map { Array($0.utf8) })
    let fault = try fault.map { try #require(CGIFault.named($0)) }
    var program = fault?.program(given) ?? CGIProgram(given, options: options)
    var rest = Array(input.utf8)[...]
    var run = Run()
    for _ in 0..<10_000 {
      switch program.next() {
      case .read(let limit):
        let piece = rest.prefix(limit)
        rest = rest.dropFirst(piece.count)
        run.readByteCount += piece.count
        program.receive(Array(piece))
      case .output(let bytes): run.output += String(decoding: bytes, as: UTF8.self)
      case .error(let bytes): run.error += String(decoding: bytes, as: UTF8.self)
      case .pause(let milliseconds): run.paused &+= milliseconds
      case .crash: return run
      case .exit(let code):
        run.exitCode = code
        return run
      }
    }
    Issue.record("the program does not end")
    return run
  }

  @Test func aReportSaysWhatWasGiven() throws {
    let run = try run(
      ["REQUEST_METHOD=GET", "QUERY_STRING=probe=echo", "X_ODD=a=b"], arguments: ["one word", ""])
    #expect(
      run.output == """
        Status: 200 OK\r\nContent-Type: text/plain\r\n\r\ngatespec-probe 1
        interface cgi
        argument 1 one%20word
        argument 2\u{20}
        param QUERY_STRING probe%3Decho
        param REQUEST_METHOD GET
        param X_ODD a%3Db
        body 0\n
        """)
    #expect(run.exitCode == 0)
  }

  @Test("no more is read than CONTENT_LENGTH says") func length() throws {
    let post = ["REQUEST_METHOD=POST", "QUERY_STRING=probe=reflect"]
    #expect(try run(post + ["CONTENT_LENGTH=5"], "hello---").readByteCount == 5)
    #expect(try run(post + ["CONTENT_LENGTH=5"], "hello---").output.hasSuffix("\r\n\r\nhello"))
    for none in [[], ["CONTENT_LENGTH="], ["CONTENT_LENGTH=0"]] {
      #expect(try run(post + none, "hello").readByteCount == 0)
    }
    for odd in ["-1", "abc", "5.5", "18446744073709551621"] {
      let run = try run(post + ["CONTENT_LENGTH=\(odd)"], "hello")
      #expect(run.output.hasPrefix("Status: 400 "), "\(odd)")
      #expect(run.readByteCount == 0)
    }
    #expect(try run(post + ["CONTENT_LENGTH=10"], "hello").output.hasPrefix("Status: 400 "))
    #expect(try run(post + ["CONTENT_LENGTH=9223372036854775807"], "hello").output.hasPrefix("Status: 413 "))
  }

  @Test("a plain page refuses what it has no use for; the probe does not") func refusals() throws {
    let page = ["REQUEST_METHOD=GET", "QUERY_STRING="]
    #expect(try run(page).output.hasPrefix("Status: 200 "))
    #expect(try run(page + ["PATH_INFO=/a"]).output.hasPrefix("Status: 404 "))
    #expect(try run(page + ["PATH_INFO="]).output.hasPrefix("Status: 200 "))
    #expect(try run(["QUERY_STRING=probe=echo", "PATH_INFO=/a"]).output.hasPrefix("Status: 200 "))
    #expect(try run(["REQUEST_METHOD=BREW"]).output.hasPrefix("Status: 501 "))
    #expect(try run(["REQUEST_METHOD=PUT", "SERVER_PROTOCOL=HTTP/1.0"]).output.hasPrefix("Status: 501 "))
    #expect(try run(["REQUEST_METHOD=PUT", "SERVER_PROTOCOL=HTTP/1.1"]).output.hasPrefix("Status: 200 "))
    let odd = ["REQUEST_METHOD=POST", "CONTENT_TYPE=application/x-unknown", "CONTENT_LENGTH=2"]
    #expect(try run(odd, "{]").output.hasPrefix("Status: 415 "))
  }

  @Test("HEAD gets a head") func head() throws {
    let run = try run(["REQUEST_METHOD=HEAD", "QUERY_STRING=probe=status&code=404"])
    #expect(run.output == "Status: 404 Probe\r\nContent-Type: text/plain\r\n\r\n")
  }

  @Test("redirects are complete in themselves") func redirects() throws {
    let local = try run(["QUERY_STRING=probe=local-redirect&to=/a"])
    #expect(local.output == "Location: /a\r\n\r\n")
    var nph = CGIOptions()
    nph.isNonParsed = true
    #expect(try run(["QUERY_STRING=probe=local-redirect&to=/a"], options: nph).output.hasPrefix("HTTP/1.0 501 "))
    #expect(
      try run(["QUERY_STRING=probe=echo", "SERVER_PROTOCOL=HTTP/1.1"], options: nph).output.hasPrefix(
        "HTTP/1.1 200 OK\r\n"))
  }

  @Test("every style gives the same page", arguments: CGIStyle.all.map(\.name)) func styles(_ name: String) throws {
    let style = try #require(CGIStyle.named(name))
    let run = try run(["QUERY_STRING=probe=stderr&bytes=3"], options: style.options)
    #expect(run.output.hasSuffix("\r\n\r\nstderr 3\n") || run.output.hasSuffix("\n\nstderr 3\n"))
    #expect(run.error == "ee\n")
    #expect(run.paused == style.options.pauseMilliseconds)
    #expect(run.exitCode == 0)
  }

  @Test("faults show") func faults() throws {
    let echo = ["QUERY_STRING=probe=echo"]
    #expect(try run(echo, fault: "no-output").output.isEmpty)
    #expect(try run(echo, fault: "exit-code-one").exitCode == 1)
    #expect(try run(echo, fault: "dies-after-response").exitCode == nil)
    #expect(try run(["CONTENT_LENGTH=5"] + echo, "hello", fault: "input-read-to-its-end").readByteCount == 5)
    #expect(try run(["CONTENT_LENGTH=2"] + echo, "hello", fault: "input-read-to-its-end").readByteCount == 5)
  }
}

@Suite struct CGIFaultTests {
  @Test func thereAreEnoughAndTheirNamesDiffer() {
    let names = CGIFault.all.map(\.name)
    #expect(names.count >= 100)
    #expect(Set(names).count == names.count)
    #expect(Set(names).isDisjoint(with: ResponderFault.all.map(\.name)))
    #expect(Set(CGIStyle.all.map(\.name)).isDisjoint(with: ResponderStyle.all.map(\.name)))
    for name in names {
      #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
      #expect(CGIFault.named(name)?.name == name)
    }
    #expect(CGIFault.named("no-such-fault") == nil)
  }

  @Test(arguments: CGIFault.all.map(\.name)) func anEntryIsSound(_ name: String) throws {
    let fault = try #require(CGIFault.named(name))
    #expect(fault.summary.hasSuffix("."))
    #expect(!fault.fallsWith.contains(fault.violates))
    #expect(Set(fault.fallsWith).count == fault.fallsWith.count)
    for requirement in [fault.violates] + fault.fallsWith {
      #expect(["CGI-", "H-9110-"].contains { requirement.hasPrefix($0) })
    }
  }
}
