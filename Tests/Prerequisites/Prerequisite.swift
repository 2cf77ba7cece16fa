// What a test needs of the system: other people's programs, which `scripts/install-dependencies.sh test` installs.
//
// On a developer's machine a test without its program is skipped, with the reason. In continuous integration (CI is
// set) it fails, unless the script said that the package cannot be had: nobody reads what was skipped there.

public import Foundation
public import Testing

/// A package of the system that a test needs.
public struct Prerequisite: Error, Hashable, CustomStringConvertible {
  /// Its name on Debian, as in the script's list.
  public var package: String

  /// - Parameter package: Its name on Debian.
  public init(_ package: String) { self.package = package }

  /// What is said where it is missing and should not be.
  public var description: String {
    "the package \(package) is not installed, and scripts/install-dependencies.sh did not say that it cannot be had"
  }

  /// Whether the test can run.
  ///
  /// - Parameters:
  ///   - isThere: Whether what it needs of the package was found.
  ///   - mayBeMissing: Whether a test may be skipped for want of it.
  /// - Throws: Itself, where it is not there and should be.
  public func isMet(_ isThere: Bool, mayBeMissing: Bool) throws(Prerequisite) -> Bool {
    guard !isThere, !mayBeMissing else { return isThere }
    throw self
  }

  /// Whether a test may be skipped for want of it in this run.
  public var mayBeMissing: Bool {
    let isIntegration = ProcessInfo.processInfo.environment["CI"].map { !["", "0", "false"].contains($0) } ?? false
    return !isIntegration || Self.unobtainable.contains(package)
  }

  /// What the script could not install, one package a line.
  private static let unobtainable: Set<String> = {
    let file = root.appending(path: ".build/unobtainable-packages")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return Set(text.split(separator: "\n").map(String.init))
  }()

  /// The repository.
  public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Whether a program of that name is where programs are.
  public static func hasProgram(_ name: String) -> Bool {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
  }
}

extension Trait where Self == ConditionTrait {
  /// The test needs a package that `scripts/install-dependencies.sh test` installs: without it the test is skipped, and
  /// fails in continuous integration.
  ///
  /// - Parameter isThere: Whether what it needs of the package was found.
  public static func requires(
    _ package: String, _ isThere: @autoclosure @escaping @Sendable () -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Self {
    let prerequisite = Prerequisite(package)
    return .enabled("the package \(package) is not installed", sourceLocation: sourceLocation) {
      try prerequisite.isMet(isThere(), mayBeMissing: prerequisite.mayBeMissing)
    }
  }
}
