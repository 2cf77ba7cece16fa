// The layers: a module imports only modules below it, and the lower five stand on nothing but the standard library.
//
// Reads the sources' import lines and the manifest; docs/architecture.md draws the picture.

import Foundation
import Testing

@Suite struct LayerTests {
  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  /// Every module with its layer.
  ///
  /// A new one needs a line here: where it stands is a decision.
  private static let layers: [String: Int] = [
    "WireBytes": 0, "HTTP1Wire": 1, "CGIWire": 1, "FastCGIWire": 1, "SCGIWire": 1, "UWSGIWire": 1, "WSGIWire": 1,
    "Packets": 1,
    "TCPStreams": 2, "Exchanges": 3, "Conformance": 4, "CYAML": 5, "YAMLTree": 5, "Expectations": 5, "Fixtures": 5,
    "Benching": 5, "Transports": 5, "LiveCapture": 5, "CPcap": 5, "CZlib": 5, "CLinux": 5, "Drivers": 6,
    "Inspection": 6, "ReferenceServers": 6, "Rehearsal": 6, "BenchRunning": 6, "Reports": 7, "gatespec": 8,
  ]
  /// Beside the layers: tools of the build and of the tests.
  private static let aside: Set<String> = [
    "embed-resources", "TestSupport", "ConversationTesting", "Fuzzing", "gatespec-fuzz",
  ]
  /// What modules of one layer may import of it, each with its direction.
  private static let beside: [String: Set<String>] = [
    "YAMLTree": ["CYAML"], "Fixtures": ["Expectations", "YAMLTree"], "LiveCapture": ["CPcap", "CZlib"],
    "Transports": ["CLinux"], "Rehearsal": ["Drivers", "ReferenceServers"],
  ]
  /// The only module of the toolchain that L0 to L4 may name: the C library, for memchr and memcmp.
  private static let floor: Set<String> = ["Swift", "Glibc", "Musl", "Darwin"]

  private static let modules: [String] =
    (try? FileManager.default.contentsOfDirectory(atPath: sources.path))?
    .filter { !$0.hasPrefix(".") }.sorted() ?? []

  /// The modules that a module's files import, each with a file that does.
  private static func imports(_ module: String) -> [String: String] {
    let folder = sources.appending(path: module)
    var found: [String: String] = [:]
    for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) ?? .init()
    where file.pathExtension == "swift" {
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n") {
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
          first.hasPrefix("@") || ["package", "public", "internal", "private"].contains(first)
        {
          words.removeFirst()
        }
        guard words.first == "import", words.count > 1 else { continue }
        // `import struct Module.Name` names the module in front of the point.
        let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        found[String(name.prefix { $0 != "." })] = file.lastPathComponent
      }
    }
    return found
  }

  @Test func everyModuleHasALayer() {
    #expect(Self.modules.count > 15)
    for module in Self.modules {
      #expect(Self.layers[module] != nil || Self.aside.contains(module), "\(module) has no layer")
    }
  }

  @Test("a module imports only what lies below it", arguments: layers.keys.sorted())
  func direction(module: String) throws {
    let layer = try #require(Self.layers[module])
    for (name, file) in Self.imports(module) {
      guard let other = Self.layers[name] else { continue }
      let isAllowed = other < layer || Self.beside[module]?.contains(name) == true
      #expect(isAllowed, "\(module)/\(file) imports \(name), which does not lie below it")
    }
  }

  @Test("L0 to L4 import no Foundation, no NIO, no libpcap", arguments: layers.filter { $0.value <= 4 }.keys.sorted())
  func floor(module: String) {
    for (name, file) in Self.imports(module) where Self.layers[name] == nil {
      #expect(Self.floor.contains(name), "\(module)/\(file) imports \(name)")
    }
  }

  @Test("Foundation's essentials, never the whole with its 30 MB of Unicode data", arguments: layers.keys.sorted())
  func foundation(module: String) {
    let file = Self.imports(module)["Foundation"]
    #expect(file == nil, "\(module)/\(file ?? "") imports Foundation")
  }

  /// What the manifest says that a module depends on: its modules, and whether products of other packages.
  private static let manifest: [String: (modules: Set<String>, hasProducts: Bool)] = {
    let file = sources.deletingLastPathComponent().appending(path: "Package.swift")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    // A target ends where its settings stand; in between are its name, its dependencies, and quoted names.
    var found: [String: (modules: Set<String>, hasProducts: Bool)] = [:]
    for part in text.components(separatedBy: "swiftSettings: house").dropLast() {
      guard let start = part.range(of: "arget(", options: .backwards)?.upperBound else { continue }
      let declaration = part[start...]
      let names = declaration.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      guard let name = names.first else { continue }
      let hasProducts = declaration.contains(".product(") || declaration.contains("+ nio")
      found[name] = (Set(names.dropFirst().filter { modules.contains($0) }), hasProducts)
    }
    return found
  }()

  @Test("the manifest gives a module what it imports, and nothing that it does not", arguments: layers.keys.sorted())
  func dependencies(module: String) throws {
    // The modules of the system's libraries have no sources that could import.
    guard !["CLinux", "CPcap", "CYAML", "CZlib"].contains(module) else { return }
    let declared = try #require(Self.manifest[module], "the manifest has no target \(module)")
    let imported = Set(Self.imports(module).keys.filter { Self.modules.contains($0) })
    #expect(declared.modules == imported)
    if let layer = Self.layers[module], layer <= 4 {
      #expect(!declared.hasProducts, "\(module) pulls in another package")
    }
  }

  @Test func theScanSeesImports() {
    #expect(Self.imports("LiveCapture")["CPcap"] != nil)
    #expect(Self.imports("YAMLTree")["CYAML"] != nil)
    #expect(Self.imports("Exchanges")["WireBytes"] != nil)
  }
}
