// The formats that a check can be reported in, and how the command line asks for them.
//
// Open: a format is one more member here and a renderer.

/// A format of `--report`.
package struct ReportFormat: RawRepresentable, Hashable, Sendable {
  package var rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  package static let text = ReportFormat(rawValue: "text")
  package static let json = ReportFormat(rawValue: "json")
  package static let junit = ReportFormat(rawValue: "junit")
  package static let tap = ReportFormat(rawValue: "tap")
  package static let markdown = ReportFormat(rawValue: "markdown")
  package static let github = ReportFormat(rawValue: "github")
  package static let html = ReportFormat(rawValue: "html")
  /// Those that there are.
  package static let all: [ReportFormat] = [.text, .json, .junit, .tap, .markdown, .github, .html]
  /// Those of a comparison of targets.
  package static let ofComparisons: [ReportFormat] = [.text, .json]
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
  package init?(_ text: String, among formats: [ReportFormat] = ReportFormat.all) {
    guard let separator = text.firstIndex(of: "=") else { return nil }
    let format = ReportFormat(rawValue: String(text[..<separator]))
    let file = String(text[text.index(after: separator)...])
    guard formats.contains(format), !file.isEmpty else { return nil }
    self.init(format: format, file: file)
  }

  /// What is wrong with the values of `--report` taken together; nil where nothing is.
  package static func complaint(about texts: [String], among formats: [ReportFormat] = ReportFormat.all) -> String? {
    var files: Set<String> = []
    for text in texts {
      guard let request = ReportRequest(text, among: formats) else {
        let names = formats.map(\.rawValue).joined(separator: ", ")
        return "--report takes FORMAT=FILE with one of the formats \(names); '\(text)' is none."
      }
      guard files.insert(request.file).inserted else {
        return request.file == "-"
          ? "two reports cannot both go to standard output; give all but one a file."
          : "two reports cannot both go to \(request.file)."
      }
    }
    return nil
  }
}
