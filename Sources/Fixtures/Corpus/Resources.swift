// The files of the folder fixtures/, carried inside the binary.
//
// Texts only, by their path below fixtures/. What they mean is for `RegistryLoader` and `CaseLoader`.

/// What the build embedded: the fixtures, the requirement registry and the probes.
///
/// A text is made into a `String` when it is asked for; a run that asks for nothing pays nothing.
package enum Resources {
  /// The paths of all embedded files, below fixtures/, sorted by their bytes: `fastcgi/records.yaml`.
  package static var paths: [String] { embeddedResources.map(\.path.description) }

  /// The text of one file, unchanged; nil where nothing was embedded under that path.
  ///
  /// - Complexity: O(number of files) to find it, O(length) to make the string.
  package static func text(_ path: String) -> String? {
    embeddedResources.first { $0.path.description == path }?.text.description
  }

  /// The paths below a folder: `paths(in: "fastcgi")`.
  package static func paths(in folder: String) -> [String] {
    paths.filter { $0.hasPrefix(folder + "/") }
  }
}
