// The process transport against shell programs that do everything a CGI program must not.

import Foundation
import Glibc
import Testing
import Transports
import WireBytes

@Suite(.timeLimit(.minutes(1)))
struct ProgramTransportTests {
  /// What a run yielded.
  private struct Run {
    var result: ProgramResult
    var output: [UInt8]
    var errorOutput: [UInt8]
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  private func run(
    _ script: String, arguments: [String] = [], environment: [String] = [], input: [UInt8] = [],
    holdsInput: Bool = false, inputRest: Int64? = nil, limits: ProgramLimits = ProgramLimits()
  ) async throws -> Run {
    let path = try makeProgram("#!/bin/sh\n\(script)\n")
    defer { remove(path) }
    let output = Locked<[UInt8]>([])
    let errors = Locked<[UInt8]>([])
    var invocation = ProgramInvocation(
      path: path, arguments: arguments.map { Array($0.utf8) }, environment: environment.map { Array($0.utf8) },
      input: input, holdsInput: holdsInput)
    invocation.inputRestMilliseconds = inputRest
    let result = try await ProgramTransport.run(invocation, limits: limits) { event, _ in
      switch event {
      case .output(let bytes): output.set(output.get() + bytes.array)
      case .errorOutput(let bytes): errors.set(errors.get() + bytes.array)
      default: break
      }
    }
    return Run(result: result, output: output.get(), errorOutput: errors.get())
  }

  @Test(
    "a spawned program takes the shell's place where it is one",
    arguments: [
      ("./app --listen 1", "exec ./app --listen 1"), ("A=1 ./app", "A=1 ./app"),
      ("cd /srv && ./app", "cd /srv && ./app"), ("exec ./app", "exec ./app"),
      ("sh -c \"a; b\"", "exec sh -c \"a; b\""), ("a; b", "a; b"),
    ])
  func spawnedLine(command: String, line: String) { #expect(SpawnedTarget.line(command) == line) }

  @Test func outputErrorsAndExitCode() async throws {
    let run = try await run("echo out; echo err >&2; exit 7")
    #expect(run.text == "out\n")
    #expect(run.errorOutput == Array("err\n".utf8))
    #expect(run.result.exitCode == 7)
    #expect(run.result.signal == nil)
    #expect(run.result.killed == nil)
    #expect(!run.result.outputHeld)
    #expect(run.result.started <= run.result.ended)
  }

  @Test func exactlyTheEnvironmentGiven() async throws {
    let run = try await run("exec /usr/bin/env", environment: ["A=1", "EMPTY=", "B=x=y"])
    let lines = Set(run.text.split(separator: "\n").map(String.init)).filter {
      !$0.hasPrefix("PWD=") && $0 != "_=/usr/bin/env"
    }
    // A shell adds PWD, SHLVL and OLDPWD of its own; nothing of the test's own environment is there.
    #expect(lines.subtracting(["SHLVL=0", "SHLVL=1", "OLDPWD="]) == ["A=1", "EMPTY=", "B=x=y"])
  }

  @Test func argumentsAndWorkingDirectory() async throws {
    let run = try await run("printf '%s|' \"$@\"; pwd", arguments: ["a b", "", "*"])
    #expect(run.text.hasPrefix("a b||*|"))
    #expect(run.text.hasSuffix(FileManager.default.temporaryDirectory.standardizedFileURL.path.trimmedSlash + "\n"))
  }

  @Test func inputArrivesAndEnds() async throws {
    let run = try await run("exec wc -c", input: [UInt8](repeating: 0x61, count: 1_000_000))
    #expect(run.text.trimmingCharacters(in: .whitespacesAndNewlines) == "1000000")
    #expect(run.result.inputByteCount == 1_000_000)
    #expect(!run.result.inputRefused)
  }

  @Test func aProgramThatNeverReadsItsInput() async throws {
    let run = try await run("echo done", input: [UInt8](repeating: 0x61, count: 1_000_000))
    #expect(run.text == "done\n")
    #expect(run.result.exitCode == 0)
    #expect(run.result.inputByteCount == 0)
    #expect(run.result.inputRefused)
  }

  @Test func aProgramThatReadsSomeOfItsInput() async throws {
    let run = try await run("exec head -c 10", input: [UInt8](repeating: 0x61, count: 10))
    #expect(run.result.inputByteCount == 10)
    #expect(!run.result.inputRefused)
  }

  @Test func aProgramThatClosesItsInputEarly() async throws {
    let run = try await run("exec <&-; echo closed", input: [UInt8](repeating: 0x61, count: 300_000))
    #expect(run.text == "closed\n")
    #expect(run.result.inputRefused)
  }

  @Test func inputThatIsHeldOpenDoesNotEnd() async throws {
    let patient = try await run(
      "exec cat", input: Array("hello".utf8), holdsInput: true, limits: ProgramLimits(idleMilliseconds: 200))
    #expect(patient.text == "hello")
    #expect(patient.result.killed == .idle)
    let exact = try await run("exec head -c 5", input: Array("hello".utf8), holdsInput: true)
    #expect(exact.text == "hello")
    #expect(exact.result.killed == nil)
    #expect(exact.result.exitCode == 0)
  }

  @Test func inputThatRestsComesInTwoHalves() async throws {
    let read = "head -c 5; printf ' '; exec cat"
    let rested = try await run(read, input: Array("firstagain".utf8), inputRest: 100)
    #expect(rested.text == "first again")
    #expect(rested.result.inputByteCount == 10)
    // What does not wait for the second half never sees it.
    let hasty = try await run("exec head -c 5", input: Array("firstagain".utf8), inputRest: 60_000)
    #expect(hasty.text == "first")
    #expect(hasty.result.inputRefused)
  }

  @Test func eachLimitIsToldApart() async throws {
    let limits = ProgramLimits(firstByteMilliseconds: 200, idleMilliseconds: 200, exitMilliseconds: 200)
    #expect(try await run("sleep 60", limits: limits).result.killed == .firstByte)
    #expect(try await run("echo x >&2; sleep 60", limits: limits).result.killed == .idle)
    #expect(try await run("echo x; exec >&- 2>&-; sleep 60", limits: limits).result.killed == .ranOn)
  }

  @Test func aProgramThatNeverEnds() async throws {
    let run = try await run("echo begun; sleep 60", limits: ProgramLimits(timeoutMilliseconds: 200))
    #expect(run.text == "begun\n")
    #expect(run.result.killed == .timeout)
    #expect(run.result.signal == SIGTERM)
  }

  @Test func aProgramThatIgnoresThePoliteEnd() async throws {
    let run = try await run(
      "trap '' TERM; echo begun; while :; do sleep 1; done",
      limits: ProgramLimits(timeoutMilliseconds: 200, terminateMilliseconds: 100))
    #expect(run.result.killed == .timeout)
    #expect(run.result.signal == SIGKILL)
  }

  @Test func tooMuchOutputIsCutAndEnded() async throws {
    let run = try await run(
      "exec dd if=/dev/zero bs=65536 count=1600 2>/dev/null", limits: ProgramLimits(outputByteCount: 1 << 20))
    #expect(run.output.count == 1 << 20)
    #expect(run.result.killed == .tooMuchOutput)
  }

  @Test func aChildThatHoldsTheOutput() async throws {
    let run = try await run(
      "sleep 60 & echo parent", limits: ProgramLimits(timeoutMilliseconds: 30_000, lingerMilliseconds: 100))
    #expect(run.text == "parent\n")
    #expect(run.result.exitCode == 0)
    #expect(run.result.outputHeld)
    #expect(run.result.killed == nil)
  }

  @Test func aChildInASessionOfItsOwnThatHoldsTheOutput() async throws {
    let run = try await run(
      "setsid sleep 20 & sleep 0.2; echo parent", limits: ProgramLimits(lingerMilliseconds: 100))
    #expect(run.text == "parent\n")
    #expect(run.result.outputHeld)
  }

  @Test func aSignalOfItsOwn() async throws {
    let run = try await run("kill -ABRT $$")
    #expect(run.result.exitCode == nil)
    #expect(run.result.signal == SIGABRT)
    #expect(run.result.killed == nil)
  }

  @Test func programsThatCannotBeStarted() async throws {
    func failure(_ path: String) async -> TransportError? {
      do throws(TransportError) {
        _ = try await ProgramTransport.run(ProgramInvocation(path: path)) { _, _ in }
        return nil
      } catch {
        return error
      }
    }
    #expect(await failure("/no/such/program")?.code == .notFound)
    #expect(await failure("/")?.code == .wrongKind)
    let plain = try makeProgram("#!/bin/sh\n", mode: 0o644)
    defer { remove(plain) }
    #expect(await failure(plain)?.code == .permissionDenied)
    let orphan = try makeProgram("#!/no/such/interpreter\n")
    defer { remove(orphan) }
    #expect(await failure(orphan)?.code == .notFound)
  }

  @Test func anInterruptedRunEndsItsProgram() async throws {
    let task = Task { try await self.run("sleep 60") }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    let run = try? await task.value
    #expect(run == nil || run?.result.killed == .interrupted)
  }
}

extension String {
  /// The path without a slash at its end.
  var trimmedSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
