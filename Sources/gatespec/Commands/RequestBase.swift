// `--param`, `--root` and `--path`: what every request to a target has, whatever the verb.

import ArgumentParser
import Drivers
import FoundationEssentials
import Transports
import WireBytes

/// What every request to a target has.
struct RequestBase: ParsableArguments {
  @Option(help: .init("Add or replace a meta-variable of every request. Repeatable.", valueName: "name=value"))
  var param: [String] = []

  @Option(
    help: .init("The document root; SCRIPT_FILENAME is made from it and the path.", valueName: "dir"),
    completion: .directory)
  var root: String?

  @Option(help: .init("The request path, with its query, instead of the target's.", valueName: "path"))
  var path: String?

  @Flag(name: [.customShort("k"), .long], help: "Over https, take any certificate.")
  var insecure = false

  @Option(
    help: .init("Over https, trust the authorities in this PEM file, and no others.", valueName: "file"),
    completion: .file())
  var cacert: String?

  @OptionGroup(title: "Applications") var application: ApplicationOptions

  func validate() throws {
    if insecure, cacert != nil { throw ValidationError("--insecure and --cacert exclude each other.") }
    for pair in param where !pair.contains("=") {
      throw ValidationError("--param takes NAME=VALUE; '\(pair)' has no '='.")
    }
  }

  /// The target, and what every request to it has.
  func profile(of target: Target) -> TargetProfile {
    let parameters = param.compactMap { pair -> (name: String, value: String)? in
      guard let separator = pair.firstIndex(of: "=") else { return nil }
      return (String(pair[..<separator]), String(pair[pair.index(after: separator)...]))
    }
    var profile = TargetProfile(target: target, path: path, documentRoot: root, parameters: parameters)
    if let user = target.userInformation {
      let credentials = Data(Array(user.utf8).percentDecoded).base64EncodedString()
      profile.fields.append(("Authorization", "Basic \(credentials)"))
      profile.secrets += [credentials, user]
    }
    if insecure { profile.trust = .everybody } else if let cacert { profile.trust = .authorities(file: cacert) }
    return profile
  }
}
