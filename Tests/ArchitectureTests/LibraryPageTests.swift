// The pages of the libraries: each product has one, and shows what its example in LibraryTests runs.

import Foundation
import Testing

@Suite struct LibraryPageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  /// The products that are for others; TCPStreams is for the benchmarks alone.
  private static let products: [String] = {
    let manifest = (try? String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)) ?? ""
    return manifest.matches(of: /\.library\(name: "([A-Za-z0-9]+)"/).map { String($0.1) }.filter { $0 != "TCPStreams" }
  }()

  @Test func theProductsAreFound() { #expect(Self.products.count >= 7) }

  @Test("a page shows an example that runs", arguments: products) func example(product: String) throws {
    let page = try String(
      contentsOf: Self.root.appending(path: "Sources/\(product)/\(product).docc/\(product).md"), encoding: .utf8)
    let shown = try #require(page.firstMatch(of: /```swift\n([\s\S]*?)\n```/)?.1)
    let tests = try String(
      contentsOf: Self.root.appending(path: "Tests/LibraryTests/LibraryExamples.swift"), encoding: .utf8)
    let start = try #require(tests.range(of: "    // \(product)\n")?.upperBound)
    let end = try #require(tests.range(of: "    // End.", range: start..<tests.endIndex)?.lowerBound)
    let run = tests[start..<end].split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("    ") ? $0.dropFirst(4) : $0 }.dropLast()
    #expect(run.joined(separator: "\n") == shown)
  }
}
