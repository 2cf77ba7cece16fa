// swift-tools-version: 6.2
//
// The measurements, a package of their own: nobody who builds gatespec builds them. run.sh runs all of them.

import Foundation
import PackageDescription

// Reassembly is no public interface. What is declared `package` is visible to those who compile under the same package
// name, which SwiftPM takes from the folder.
let parent = URL(filePath: Context.packageDirectory).deletingLastPathComponent().lastPathComponent

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "gatespec", path: "..")],
  targets: [
    .executableTarget(
      name: "microbench",
      dependencies: [
        .product(name: "WireBytes", package: "gatespec"), .product(name: "FastCGIWire", package: "gatespec"),
        .product(name: "HTTP1Wire", package: "gatespec"), .product(name: "TCPStreams", package: "gatespec"),
      ],
      swiftSettings: [
        .unsafeFlags(["-package-name", parent.lowercased().map { $0.isLetter || $0.isNumber ? "\($0)" : "_" }.joined()])
      ])
  ],
  swiftLanguageModes: [.v6]
)
