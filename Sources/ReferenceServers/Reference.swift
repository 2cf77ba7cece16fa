// What the references of all protocols have in common: how they serve, named ways to be wrong, named ways to be right.

/// How a reference is put to work.
package enum ReferenceService: Sendable {
  /// By a process that accepts connections, made for each start of it.
  case connections(@Sendable (ServerStart) -> ServerProcess)
  /// By a program of that name for each request.
  case program(named: String, @Sendable (CGIGiven) -> CGIProgram)
}

/// One of the ways in which the reference of a protocol can be.
package protocol ReferenceVariant: Sendable {
  /// What it speaks.
  static var interface: ProbeInterface { get }
  /// Stable, lower-case, hyphenated.
  var name: String { get }
  var service: ReferenceService { get }
}

/// A named way in which a reference is wrong.
///
/// A fault violates exactly one requirement; others that cannot be met with it are listed beside it. No two references
/// have a fault of the same name.
package protocol NamedFault: ReferenceVariant {
  /// What is done wrong, in one sentence.
  var summary: String { get }
  /// The ID of the requirement that it violates.
  var violates: String { get }
  /// The IDs of the requirements that necessarily fall with it.
  var fallsWith: [String] { get }
  /// How a reference of that style serves that has the fault; where the two do not go together, the fault alone.
  func service(in style: any SoundStyle) -> ReferenceService
}

extension NamedFault {
  package func service(in style: any SoundStyle) -> ReferenceService { service }
}

/// A named way to be right.
package protocol SoundStyle: ReferenceVariant {
  /// What is special about it, in one sentence.
  var summary: String { get }
  /// The IDs of recommendations that it does not follow.
  var declines: [String] { get }
  /// The case that says what is special about it, where that is against the letter of a requirement: it fails, and what
  /// it keeps other cases from asking is inconclusive. Nil for all others.
  var toldBy: String? { get }
}

extension SoundStyle {
  package var declines: [String] { [] }
  package var toldBy: String? { nil }
}
