// Embeds the folder fixtures/ into the target that uses this plugin.
//
// The work is done by the tool `embed-resources`; here stands only when it has to run again.

import Foundation
import PackagePlugin

/// Writes one Swift file with the texts of fixtures/ as static strings.
@main
struct EmbedResources: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) async throws -> [Command] {
    let root = context.package.directoryURL.appending(path: "fixtures")
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedResources.swift")
    // The folders are inputs as well as the files: a folder changes when a file comes or goes.
    var inputs: [URL] = []
    if FileManager.default.fileExists(atPath: root.path) {
      inputs.append(root)
      let files = FileManager.default.enumerator(
        at: root, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
      while let file = files?.nextObject() as? URL { inputs.append(file) }
    }
    inputs.sort { $0.path < $1.path }
    return [
      .buildCommand(
        displayName: "Embedding fixtures", executable: try context.tool(named: "embed-resources").url,
        arguments: [root.path, output.path], inputFiles: inputs, outputFiles: [output])
    ]
  }
}
