// The formats that a check can be reported in, and how the command line asks for them.
//
// Open: a format is one more member here and a renderer.

/// A format of `--report`.
package struct ReportFormat: RawRepresentable, Hashable, Sendable {
  package var rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  package static let text = ReportFormat(rawValue: "text")
  package static let json = ReportFormat(rawValue: "json")
  /// Those that there are.
  package static let all: [ReportFormat] = [.text, .json]
}

/// One `--report FORMAT=FILE`.
package struct ReportRequest: Hashable, Sendable {
  package var format: ReportFormat
  /// Where it goes; `-` is standard output.
  package var file: String

  package init(format: ReportFormat, file: String) {
    self.format = format
    self.file = file
  }

  /// From the option's value; nil where it has not the form FORMAT=FILE or there is no such format.
  package init?(_ text: String) {
    guard let separator = text.firstIndex(of: "=") else { return nil }
    let format = ReportFormat(rawValue: String(text[..<separator]))
    let file = String(text[text.index(after: separator)...])
    guard ReportFormat.all.contains(format), !file.isEmpty else { return nil }
    self.init(format: format, file: file)
  }
}
