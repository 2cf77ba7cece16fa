// What stands behind the names of options: ports with protocols, verdicts, sizes and times as people write them.

import ArgumentParser
import Conformance
import Exchanges

/// `9000=fastcgi`.
struct PortProtocol: ExpressibleByArgument {
  var port: UInt16
  var wireProtocol: WireProtocol

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = UInt16(parts[0]), port > 0 else { return nil }
    let name = parts[1] == "http1" ? "http" : String(parts[1])
    guard let wireProtocol = WireProtocol(rawValue: name), wireProtocol.traits.hasByteStream else { return nil }
    self.port = port
    self.wireProtocol = wireProtocol
  }
}

/// The least weight of a finding that counts.
enum FailOn: String, ExpressibleByArgument, CaseIterable {
  case fail, warn, info

  var verdict: Verdict {
    switch self {
    case .fail: .fail
    case .warn: .warn
    case .info: .info
    }
  }
}

/// A number of bytes as the command line writes it; units are of 1024.
struct ByteSize: ExpressibleByArgument {
  var byteCount: Int

  init?(argument: String) {
    let units: [Character: Int] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
    let unit = argument.lowercased().last.flatMap { units[$0] }
    guard let number = Int(argument.dropLast(unit == nil ? 0 : 1)), number > 0 else { return nil }
    let (byteCount, isTooMuch) = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !isTooMuch, byteCount < 1 << 50 else { return nil }
    self.byteCount = byteCount
  }
}

/// A time as the command line writes it.
struct Duration: ExpressibleByArgument {
  var nanoseconds: Int64

  init?(argument: String) {
    let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
    let unit = units.first { argument.hasSuffix($0.suffix) }
    guard let number = Double(argument.dropLast(unit?.suffix.count ?? 0)), number > 0 else { return nil }
    let seconds = number * (unit?.seconds ?? 1)
    guard seconds < 1e9 else { return nil }
    nanoseconds = Int64(seconds * 1e9)
  }
}

/// A positive number of seconds.
struct Seconds: ExpressibleByArgument {
  var milliseconds: Int64

  init?(argument: String) {
    let text = argument.hasSuffix("s") ? String(argument.dropLast()) : argument
    guard let seconds = Double(text), seconds > 0, seconds < 1e6 else { return nil }
    milliseconds = max(Int64(seconds * 1000), 1)
  }
}
