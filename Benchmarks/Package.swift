// swift-tools-version: 6.2
//
// The measurements of single steps, a package of their own: nobody who builds gatespec builds them. run.sh runs all.

import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "gatespec", path: "..")],
  targets: [
    .executableTarget(
      name: "microbench",
      dependencies: [
        .product(name: "WireBytes", package: "gatespec"), .product(name: "FastCGIWire", package: "gatespec"),
        .product(name: "HTTP1Wire", package: "gatespec"), .product(name: "TCPStreams", package: "gatespec"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
