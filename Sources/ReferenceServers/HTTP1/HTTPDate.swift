// Dates as HTTP writes them: seconds since 1970 and text.

internal import WireBytes

/// A date of HTTP.
///
/// Spec: RFC 9110 section 5.6.7.
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// The form that is sent: `Sun, 06 Nov 1994 08:49:37 GMT`.
  static func text(_ seconds: UInt64) -> String {
    let days = Int(seconds / 86_400)
    let (year, month, day) = civil(ofDay: days)
    let time = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { two(Int($0)) }.joined(separator: ":")
    return "\(Self.days[days % 7]), \(two(day)) \(months[month - 1]) \(year) \(time) GMT"
  }

  /// The moment that `bytes` say, in one of the three forms; nil where they are none.
  ///
  /// - Parameters:
  ///   - now: The time, which says what century a two-digit year is of.
  ///   - policy: What is neglected of the old forms.
  static func seconds(_ bytes: [UInt8], now: UInt64, _ policy: HTTPPolicy) -> UInt64? {
    let text = String(decoding: bytes, as: UTF8.self)
    let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    if words.count == 6, words[0].hasSuffix(","), words[0].count == 4, words[5] == "GMT" {
      return moment(day: words[1], month: words[2], year: Int(words[3]), time: words[4])
    }
    guard policy.keeps(.oldDates) else { return nil }
    if words.count == 4, words[0].hasSuffix("day,"), words[3] == "GMT" {
      let parts = words[1].split(separator: "-").map(String.init)
      guard parts.count == 3, parts[2].count == 2, let short = Int(parts[2]) else { return nil }
      let thisYear = civil(ofDay: Int(now / 86_400)).year
      var year = thisYear / 100 * 100 + short
      // What looks to be more than 50 years ahead is of the century before.
      if year > thisYear + 50, policy.keeps(.datesOfTheFuture) { year -= 100 }
      return moment(day: parts[0], month: parts[1], year: year, time: words[2])
    }
    guard words.count == 5, words[0].count == 3 else { return nil }
    return moment(day: words[2], month: words[1], year: Int(words[4]), time: words[3])
  }

  private static func moment(day: String, month: String, year: Int?, time: String) -> UInt64? {
    let parts = time.split(separator: ":").map { $0.count == 2 ? Int($0) : nil }
    guard let day = Int(day), 1...31 ~= day, let month = months.firstIndex(of: month), let year, year >= 1970,
      parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2], hour < 24, minute < 60,
      second <= 60
    else { return nil }
    let days = dayNumber(year, month + 1, day)
    return UInt64(days) * 86_400 + UInt64(hour * 3_600 + minute * 60 + second)
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func length(ofMonth month: Int, _ year: Int) -> Int {
    [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// The date of a day counted from 1970-01-01.
  private static func civil(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
    var (year, month, rest) = (1970, 1, days)
    while rest >= (isLeap(year) ? 366 : 365) {
      rest -= isLeap(year) ? 366 : 365
      year += 1
    }
    while rest >= length(ofMonth: month, year) {
      rest -= length(ofMonth: month, year)
      month += 1
    }
    return (year, month, rest + 1)
  }

  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let years = (1970..<max(year, 1970)).reduce(0) { $0 + (isLeap($1) ? 366 : 365) }
    return (1..<month).reduce(years) { $0 + length(ofMonth: $1, year) } + day - 1
  }
}
