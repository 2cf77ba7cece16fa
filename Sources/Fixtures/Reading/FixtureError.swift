// Errors about fixtures: what is wrong, where in which file, and what to do.
//
// Values and their rendering. Thrown for the operator's own problems only; nothing about a target is an error.

/// One thing wrong with a fixture file, a folder of fixtures or the registry.
///
/// `description` renders it with the source line:
///
///     error: unknown key
///       --> fixtures/fastcgi/records.yaml:12:3
///        |
///     12 |   sned:
///        |   ^^^^ a case has no key `sned`
///        |
///        = did you mean `send`?
package struct FixtureError: Error, Hashable, Sendable {
  /// What kind of trouble it is; its raw value is the headline.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let unreadable = Code(rawValue: "cannot read")
    package static let tooLarge = Code(rawValue: "too large")
    package static let notUTF8 = Code(rawValue: "not UTF-8")
    package static let syntax = Code(rawValue: "not YAML")
    package static let tooDeep = Code(rawValue: "nested too deep")
    package static let anchor = Code(rawValue: "anchor or alias")
    package static let wrongType = Code(rawValue: "wrong type")
    package static let unknownKey = Code(rawValue: "unknown key")
    package static let duplicateKey = Code(rawValue: "duplicate key")
    package static let missingKey = Code(rawValue: "missing key")
    package static let conflictingKeys = Code(rawValue: "conflicting keys")
    package static let unknownValue = Code(rawValue: "unknown value")
    package static let outOfRange = Code(rawValue: "out of range")
    package static let badNumber = Code(rawValue: "not a number")
    package static let badHex = Code(rawValue: "bad hex")
    package static let badBase64 = Code(rawValue: "bad base64")
    package static let badID = Code(rawValue: "bad id")
    package static let duplicateID = Code(rawValue: "duplicate id")
    package static let unknownRequirement = Code(rawValue: "unknown requirement")
    package static let unknownVerb = Code(rawValue: "unknown verb")
    package static let noCases = Code(rawValue: "no cases")
    package static let noSteps = Code(rawValue: "no steps")
    package static let noExpectation = Code(rawValue: "expects nothing")
    package static let unknownDependency = Code(rawValue: "unknown dependency")
    package static let circularDependency = Code(rawValue: "circular dependency")
    package static let unknownProtocol = Code(rawValue: "unknown protocol")
    package static let badRegistry = Code(rawValue: "bad registry")
    package static let tooManyErrors = Code(rawValue: "too many errors")
  }

  package var code: Code
  /// What is wrong, naming the thing, on one line.
  package var message: String
  /// Where; line 0 where it concerns a whole file or folder.
  package var location: SourceLocation
  /// The line of the file; empty where there is none to show.
  package var sourceLine: String
  /// How many characters of that line, from the location's column on, are meant.
  package var length: Int
  /// What to do about it; empty where that is plain.
  package var remedy: String
  /// The errno of the call that failed.
  package var underlying: Int32?

  package init(
    _ code: Code, _ message: String, at location: SourceLocation, sourceLine: String = "", length: Int = 1,
    remedy: String = "", underlying: Int32? = nil
  ) {
    self.code = code
    self.message = message
    self.location = location
    self.sourceLine = sourceLine
    self.length = length
    self.remedy = remedy
    self.underlying = underlying
  }
}

extension FixtureError: CustomStringConvertible {
  package var description: String {
    guard location.line > 0 else {
      var text = "error: \(code.rawValue)\n  --> \(location.file)\n   = \(message)"
      if !remedy.isEmpty { text += "\n   = \(remedy)" }
      return text
    }
    let number = "\(location.line)"
    let gutter = String(repeating: " ", count: max(number.count, 2))
    let margin = String(repeating: " ", count: gutter.count - number.count)
    // Tabs are kept in the caret's line, so that it stands right whatever their width.
    let before = sourceLine.unicodeScalars.prefix(max(location.column - 1, 0))
    let indent = String(String.UnicodeScalarView(before.map { $0 == "\t" ? "\t" : " " }))
    let carets = String(repeating: "^", count: max(length, 1))
    var text = "error: \(code.rawValue)\n\(gutter)--> \(location)\n\(gutter) |\n"
    text += "\(margin)\(number) | \(sourceLine)\n\(gutter) | \(indent)\(carets) \(message)"
    if !remedy.isEmpty { text += "\n\(gutter) |\n\(gutter) = \(remedy)" }
    return text
  }
}

/// Everything wrong with the fixtures that were to be loaded, in the order of the files.
package struct FixtureErrors: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one.
  package var errors: [FixtureError]

  package init(_ errors: [FixtureError]) { self.errors = errors }

  package var description: String { errors.map(\.description).joined(separator: "\n\n") }
}
