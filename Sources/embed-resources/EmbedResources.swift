// The tool behind the EmbedResources plugin: text files in, one Swift file of static strings out.
//
// Knows nothing of what the files mean. No Foundation, so that it is built and started quickly; it runs at build time
// only and is linked into nothing.

internal import Glibc

/// Embeds every file below ROOT that `Listing` does not leave out.
///
/// Usage: `embed-resources ROOT OUTPUT.swift`. A ROOT that is absent or empty gives an empty list. A file that cannot be read or is no UTF-8 ends the tool with
/// exit code 1 and its name on standard error, which ends the build.
@main
enum EmbedResources {
  static func main() {
    guard CommandLine.arguments.count == 3 else { fail("usage: embed-resources ROOT OUTPUT.swift") }
    let root = CommandLine.arguments[1]
    let output = CommandLine.arguments[2]
    var source = SwiftSource()
    for path in Listing.files(below: root) {
      guard let bytes = FileBytes.read("\(root)/\(path)") else { fail("\(root)/\(path): cannot be read") }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        fail("\(root)/\(path): is not UTF-8; only text files can be embedded")
      }
      source.append(path: path, text: text)
    }
    guard FileBytes.write(source.finished(), to: output) else { fail("\(output): cannot be written") }
  }

  static func fail(_ message: String) -> Never {
    FileBytes.writeError("error: \(message)\n")
    exit(1)
  }
}
