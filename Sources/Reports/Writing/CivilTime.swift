// Moments as people and formats write them, without Foundation.
//
// The time zone arrives as seconds east of Greenwich: asking the system for it is the command line's matter.

package import WireBytes

extension Timestamp {
  /// The moment in UTC, to the millisecond: `2026-01-31T09:05:00.123Z`.
  package var iso8601: String {
    let (days, inDay) = daysAndNanoseconds
    let (year, month, day) = Self.date(ofDay: days)
    var text = TextBuffer()
    if year < 0 { text.append("-") }
    text.append(decimal: year.magnitude, minimumDigits: 4)
    text.append("-")
    text.append(decimal: UInt64(month), minimumDigits: 2)
    text.append("-")
    text.append(decimal: UInt64(day), minimumDigits: 2)
    text.append("T")
    text.append(timeOfDay: inDay)
    text.append("Z")
    return text.text
  }

  private var daysAndNanoseconds: (days: Int64, inDay: Int64) {
    let day: Int64 = 86_400_000_000_000
    let days = nanoseconds >= 0 ? nanoseconds / day : (nanoseconds + 1) / day - 1
    return (days, nanoseconds &- days &* day)
  }

  /// The proleptic Gregorian date of a day counted from 1970-01-01.
  private static func date(ofDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Years begin in March here, so that the leap day is the last of its year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}

extension TextBuffer {
  /// Appends the time of day of a moment, `09:05:00.123`, so many seconds east of Greenwich.
  mutating func append(timeOfDay time: Timestamp, secondsEast: Int) {
    let day: Int64 = 86_400_000_000_000
    let inDay = (time.nanoseconds % day + Int64(secondsEast) * 1_000_000_000) % day
    append(timeOfDay: inDay < 0 ? inDay + day : inDay)
  }

  fileprivate mutating func append(timeOfDay nanoseconds: Int64) {
    let milliseconds = nanoseconds.magnitude / 1_000_000
    append(decimal: milliseconds / 3_600_000, minimumDigits: 2)
    append(byte: 0x3A)
    append(decimal: milliseconds / 60_000 % 60, minimumDigits: 2)
    append(byte: 0x3A)
    append(decimal: milliseconds / 1000 % 60, minimumDigits: 2)
    append(byte: 0x2E)
    append(decimal: milliseconds % 1000, minimumDigits: 3)
  }
}
