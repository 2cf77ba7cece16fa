// The report of `probe=echo`: what the application received, one fact a line.

/// Writes the echo report.
enum EchoReport {
  /// The version of the probe contract.
  static let version = 1

  /// The report of `request`.
  static func bytes(of request: ProbeRequest) -> [UInt8] {
    var report = Array("gatespec-probe \(version)\ninterface \(request.interface.rawValue)\n".utf8)
    if let role = request.role { report.append(contentsOf: "role \(role)\n".utf8) }
    for (index, argument) in request.arguments.enumerated() {
      report.append(contentsOf: "argument \(index + 1) ".utf8)
      appendEncoded(argument, to: &report)
      report.append(UInt8(ascii: "\n"))
    }
    if request.interface == .http {
      for field in request.variables { append("field", field, to: &report) }
    } else {
      // The sort is stable: repeated names stay in the order received.
      for variable in request.variables.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
        append("param", variable, to: &report)
      }
    }
    report.append(contentsOf: "body \(request.bodyByteCount)\n".utf8)
    if let count = request.dataByteCount { report.append(contentsOf: "data \(count)\n".utf8) }
    return report
  }

  private static func append(_ word: String, _ variable: ProbeVariable, to report: inout [UInt8]) {
    report.append(contentsOf: "\(word) ".utf8)
    appendEncoded(variable.name, to: &report)
    report.append(UInt8(ascii: " "))
    appendEncoded(variable.value, to: &report)
    report.append(UInt8(ascii: "\n"))
  }

  /// Appends `bytes` percent-encoded: all but `A-Z a-z 0-9 - . _ ~` as `%XX`.
  private static func appendEncoded(_ bytes: [UInt8], to report: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        report.append(byte)
      default:
        report.append(UInt8(ascii: "%"))
        report.append(digits[Int(byte >> 4)])
        report.append(digits[Int(byte & 15)])
      }
    }
  }
}
