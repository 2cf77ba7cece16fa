// What the references of all protocols have in common: named ways to be wrong, and named ways to be right.

/// A named way in which a reference is wrong.
///
/// A fault violates exactly one requirement; others that cannot be met with it are listed beside it.
package protocol NamedFault: Sendable {
  /// Stable, lower-case, hyphenated; no two references have a fault of the same name.
  var name: String { get }
  /// What is done wrong, in one sentence.
  var summary: String { get }
  /// The ID of the requirement that it violates.
  var violates: String { get }
  /// The IDs of the requirements that necessarily fall with it.
  var fallsWith: [String] { get }
}

/// A named way to be right.
package protocol SoundStyle: Sendable {
  var name: String { get }
  /// What is special about it, in one sentence.
  var summary: String { get }
  /// The IDs of recommendations that it does not follow.
  var declines: [String] { get }
  /// The case that says what is special about it, where that is against the letter of a requirement: it fails, and what
  /// it keeps other cases from asking is inconclusive. Nil for all others.
  var toldBy: String? { get }
}

extension SoundStyle {
  package var toldBy: String? { nil }
}

extension ResponderFault: NamedFault {}
extension ResponderStyle: SoundStyle {}
