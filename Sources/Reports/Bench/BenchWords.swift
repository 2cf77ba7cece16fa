// What a run's parts are called by people: loads, ways, times, marks. Words only.

internal import Benching
internal import Exchanges

extension TextBuffer {
  /// Appends a number with so many digits behind the point.
  mutating func append(fixed value: Double, decimals: Int) {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    let whole = UInt64(scaled / scale)
    if value < 0, scaled > 0 { append("-") }
    append(decimal: whole)
    guard decimals > 0 else { return }
    append(".")
    append(decimal: UInt64(scaled) - whole * UInt64(scale), minimumDigits: decimals)
  }
}

/// How numbers of a run are written.
enum BenchWords {
  /// `0.083`, `1.25`, `12.3`, `1234`: milliseconds, three digits that count.
  static func milliseconds(_ nanoseconds: Double) -> String {
    let value = nanoseconds / 1e6
    return fixed(value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)
  }

  static func milliseconds(_ nanoseconds: Int64) -> String { milliseconds(Double(nanoseconds)) }

  /// `83 µs`, `1.25 ms`, `2.5 s`.
  static func time(_ nanoseconds: Double) -> String {
    if nanoseconds < 1e3 { return "\(fixed(nanoseconds, 0)) ns" }
    if nanoseconds < 1e6 { return "\(digits(nanoseconds / 1e3)) µs" }
    if nanoseconds < 1e9 { return "\(digits(nanoseconds / 1e6)) ms" }
    return "\(digits(nanoseconds / 1e9)) s"
  }

  /// Three digits that count, or all before the point.
  static func digits(_ value: Double) -> String { fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) }

  static func fixed(_ value: Double, _ decimals: Int) -> String {
    var buffer = TextBuffer()
    buffer.append(fixed: value, decimals: decimals)
    return buffer.text
  }

  /// `1,234`; a small number that is no whole one has a digit behind the point.
  static func count(_ value: Double) -> String {
    guard value >= 100 else { return fixed(value, value == value.rounded() ? 0 : 1) }
    let digits = Array(fixed(value, 0))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  static func percent(_ share: Double) -> String { "\(fixed(share * 100, share < 0.1 ? 1 : 0)) %" }

  static func memory(_ byteCount: Int) -> String { "\(digits(Double(byteCount) / Double(1 << 20))) MB" }

  static func load(_ load: BenchLoad) -> String {
    switch load {
    case .closed(let users): users == 1 ? "1 user" : "\(users) users"
    case .open(let rate, let cap): "\(count(rate))/s, at most \(cap) at once"
    }
  }

  /// The first line of every report: who decides when the next request is sent, and what that means.
  static func loop(_ loads: [BenchLoad]) -> String {
    let rates = loads.compactMap(\.rate)
    guard let rate = rates.first else {
      return "closed loop: each user sends its next request when it has the answer to the last. A target that stalls "
        + "is asked less in that time, so the longest times are too few; --rate asks at a rate instead"
    }
    return "open loop: \(count(rate)) requests a second, whatever becomes of the earlier ones. A time runs from when "
      + "its request was due, so what waited behind a stall is counted with its wait (no coordinated omission)"
  }

  static func time(ofPlan plan: BenchPlan) -> String {
    let bound = plan.requestLimit.map { ", at most \($0) requests each" } ?? ""
    return "\(plan.rounds) round\(plan.rounds == 1 ? "" : "s") of \(time(Double(plan.slice))) for each row, taken in "
      + "turns\(bound); \(time(Double(plan.warmUp))) before each are not counted"
  }

  static func comparison(_ comparison: AnswerExpectation.Comparison) -> String {
    switch comparison {
    case .content: "every later one is compared with it byte by byte"
    case .length: "later ones differ in what they say, and are compared by status and length"
    case .none: "later ones differ even in length, and are compared by status"
    }
  }

  /// The name of a mark in JSON.
  static func name(of mark: BenchMark) -> String {
    switch mark {
    case .nearCeiling: "near-ceiling"
    case .unevenLoad: "uneven-load"
    case .few: "few"
    case .rateMissed: "rate-missed"
    case .sentLate: "sent-late"
    case .failed: "failed"
    case .nothingAnswered: "nothing-answered"
    }
  }

  /// A mark in a sentence, with its stop.
  static func sentence(_ mark: BenchMark, _ result: VariantResult) -> String {
    let words = words(mark, result)
    return words.hasSuffix("?") ? words : words + "."
  }

  private static func words(_ mark: BenchMark, _ result: VariantResult) -> String {
    switch mark {
    case .nearCeiling(let share):
      return share < 1
        ? "\(percent(share)) of what gatespec does against a sink: part of this result is gatespec itself"
        : "no less than gatespec does against a sink: gatespec is what is measured, or the machine was busy elsewhere "
          + "when the sink had its turns"
    case .unevenLoad(let open, let implied):
      let hint =
        open > implied
        ? "some were not answered at all: does a kept connection hold a worker that others wait for?"
        : "the load changed while it ran"
      return "\(fixed(open, 1)) requests were under way on average, and rate and times make \(fixed(implied, 1)) "
        + "(Little's law): \(hint)"
    case .few(let count): return "\(count) answers only: the p99 is one of the longest, and the p99.9 says nothing"
    case .rateMissed(let wanted, let got):
      return "\(count(got)) of the \(count(wanted)) requests a second that were wanted were answered: more than the "
        + "target does, or more than its connections allow"
    case .sentLate(let time):
      return "gatespec itself sent up to \(BenchWords.time(Double(time))) late: the machine was busy"
    case .failed(let count):
      let kinds = result.total.failures.sorted { $0.key.rawValue < $1.key.rawValue }
        .map { "\($0.value) \($0.key.rawValue) (\($0.key.explanation))" }
      return "\(count) failed: \(kinds.joined(separator: "; "))"
    case .nothingAnswered: return "no request was answered"
    }
  }
}

extension BenchResult {
  /// The name that a row has: the interface's, or the target's where two targets share an interface.
  func name(of variant: BenchVariant) -> String {
    let name = BenchDialects.of(variant.wireProtocol)?.name ?? variant.wireProtocol.rawValue
    let targets = Set(variants.map(\.variant).filter { $0.wireProtocol == variant.wireProtocol }.map(\.target))
    return targets.count > 1 ? variant.target : name
  }

  /// A row in words: interface, way and load.
  func title(of variant: BenchVariant) -> String {
    "\(name(of: variant)), \(variant.mode.title), \(BenchWords.load(variant.load))"
  }
}
