// `gatespec-fuzz`: the law of any bytes, by the million.
//
// Options, the order of targets, what is printed. What a target checks is Fuzzing's.

import ArgumentParser
import Fuzzing
import Glibc
import TestSupport

@main
struct GatespecFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gatespec-fuzz",
    abstract: "Give damaged bytes to every decoder, to the reassembler, and to the way from a capture file to output.",
    discussion: """
      No input may trap, hang, grow without bound, or give other events when it comes in other pieces. An input that \
      does is made short and written to a file.

      gatespec-fuzz --rounds 10000000
      gatespec-fuzz --only captures --seconds 600
      gatespec-fuzz --only captures --replay fuzz-captures.bin
      """)

  @Option(help: "Damaged inputs in all.")
  var rounds = 1_000_000

  @Option(help: "The most seconds that the run takes.")
  var seconds = 3_600.0

  @Option(help: "Repeats a run; a new one each time otherwise.")
  var seed: UInt64?

  @Option(help: "One target only, which gets all rounds.")
  var only: String?

  @Option(help: "Check this one file, with --only.", completion: .file())
  var replay: String?

  @Option(help: "The repository with the seeds.", completion: .directory)
  var root = "."

  /// No input takes longer than a batch of them may.
  private static let hangSeconds: UInt32 = 60
  /// The most memory, in megabytes, that the process may have taken.
  private static let memoryLimit = 512

  func run() throws {
    var targets = try FuzzTarget.all(root: root)
    if let only {
      targets = targets.filter { $0.name == only }
      guard !targets.isEmpty else { throw ValidationError("There is no target \(only).") }
    }
    if let replay { return try check(replay, targets) }

    let seed = seed ?? UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    CrashRecord.arm()
    let shares = targets.reduce(0) { $0 + $1.share }
    var (rounds, bytes, time) = (0, 0, 0.0)
    for target in targets {
      let file = "fuzz-\(target.name).bin"
      CrashRecord.begin(file: file, note: "\(target.name), seed \(seed)")
      var run = FuzzRun(target)
      run.run(
        max(self.rounds / shares * target.share, 1), seed: seed,
        deadline: seconds - time, beat: { alarm(Self.hangSeconds) },
        watch: CrashRecord.watch)
      alarm(0)
      if let failure = run.failure {
        try write(failure.input, to: file)
        print("\(target.name): \(failure)\nthe input is in \(file)")
        throw ExitCode(1)
      }
      (rounds, bytes, time) = (rounds + run.rounds, bytes + run.byteCount, time + run.seconds)
      print(line(target.name, run.rounds, run.byteCount, run.seconds))
      fflush(nil)
      guard Self.peak <= Self.memoryLimit else {
        print("\(target.name): \(Self.peak) MB of memory, more than \(Self.memoryLimit)")
        throw ExitCode(1)
      }
    }
    print(line("all", rounds, bytes, time))
  }

  private func line(_ name: String, _ rounds: Int, _ bytes: Int, _ seconds: Double) -> String {
    let rate = seconds > 0 ? Int(Double(rounds) / seconds) : 0
    return "\(name): \(rounds) inputs, \(bytes) bytes, \(Int(seconds.rounded())) s, \(rate)/s, \(Self.peak) MB at most"
  }

  private func check(_ path: String, _ targets: [FuzzTarget]) throws {
    guard targets.count == 1 else { throw ValidationError("--replay needs --only TARGET.") }
    guard let file = unsafe fopen(path, "rb") else { throw ValidationError("\(path) cannot be read.") }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let input = Array(bytes.prefix(unsafe fread(&bytes, 1, bytes.count, file)))
    if let message = targets[0].check(input) {
      print(message)
      throw ExitCode(1)
    }
    print("\(path) passes")
  }

  private func write(_ input: [UInt8], to path: String) throws {
    guard let file = unsafe fopen(path, "wb") else { throw ValidationError("\(path) cannot be written.") }
    unsafe fwrite(input, 1, input.count, file)
    unsafe fclose(file)
  }

  /// The most memory that was resident so far, in megabytes.
  private static var peak: Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }
}
