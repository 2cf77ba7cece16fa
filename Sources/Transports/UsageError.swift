// What the operator wrote and cannot be meant: a target that does not parse, a scheme that is not there yet.
//
// Thrown before anything is sent; the command line turns it into exit code 2. Trouble with a target that was
// understood is a `TransportError`.

/// Something on the command line that cannot be used as it stands.
package struct UsageError: Error, Hashable, CustomStringConvertible {
  /// What kind of trouble it is.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The text has none of the forms that a target may have.
    package static let malformedTarget = Code(rawValue: "malformed-target")
    /// The scheme is known to nobody.
    package static let unknownScheme = Code(rawValue: "unknown-scheme")
    /// The scheme means something, and this version cannot speak it.
    package static let unsupportedScheme = Code(rawValue: "unsupported-scheme")
  }

  package var code: Code
  /// What is wrong and what is expected, in one line.
  package var message: String
  /// What was written.
  package var context: String

  package init(_ code: Code, _ message: String, context: String) {
    self.code = code
    self.message = message
    self.context = Self.withoutUser(context)
  }

  /// A target's text without what stands before an `@` in its authority: that may be a password.
  private static func withoutUser(_ text: String) -> String {
    guard let colon = text.firstIndex(of: ":") else { return text }
    let start = text[colon...].dropFirst().firstIndex { $0 != "/" } ?? text.endIndex
    let end = text[start...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
    guard let at = text[start..<end].lastIndex(of: "@") else { return text }
    return String(text[..<start] + text[text.index(after: at)...])
  }

  package var description: String { "\(context): \(message)" }
}
