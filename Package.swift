// swift-tools-version: 6.2
//
// The manifest of Gatespec. Targets stand in the order of their layer (docs/architecture.md): a target
// depends only on targets above it in this list. L0 to L4 link neither Foundation nor NIO nor libpcap.

import PackageDescription

let house: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The sockets and the event loop, confined to `Transports` and what stands on it.
let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
  name: "gatespec",
  products: [
    .executable(name: "gatespec", targets: ["gatespec"]),
    .library(name: "WireBytes", targets: ["WireBytes"]),
    .library(name: "FastCGIWire", targets: ["FastCGIWire"]),
    .library(name: "HTTP1Wire", targets: ["HTTP1Wire"]),
    .library(name: "CGIWire", targets: ["CGIWire"]),
    .library(name: "SCGIWire", targets: ["SCGIWire"]),
    .library(name: "UWSGIWire", targets: ["UWSGIWire"]),
    .library(name: "TestSupport", targets: ["TestSupport"]),
    // For Benchmarks/ alone: it declares nothing public.
    .library(name: "TCPStreams", targets: ["Packets", "TCPStreams"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // L0: bytes, offsets, escaping.
    .target(name: "WireBytes", swiftSettings: house),
    // L1: codecs, one protocol each, and packet headers.
    .target(name: "HTTP1Wire", dependencies: ["WireBytes"], swiftSettings: house),
    .target(name: "CGIWire", dependencies: ["WireBytes"], swiftSettings: house),
    .target(name: "FastCGIWire", dependencies: ["WireBytes"], swiftSettings: house),
    .target(name: "SCGIWire", dependencies: ["WireBytes"], swiftSettings: house),
    .target(name: "UWSGIWire", dependencies: ["WireBytes"], swiftSettings: house),
    .target(name: "WSGIWire", dependencies: ["WireBytes"], swiftSettings: house),
    .target(name: "Packets", dependencies: ["WireBytes"], swiftSettings: house),
    // L2: packets become ordered byte streams.
    .target(name: "TCPStreams", dependencies: ["WireBytes", "Packets"], swiftSettings: house),
    // L3: streams become exchanges.
    .target(
      name: "Exchanges",
      dependencies: ["WireBytes", "HTTP1Wire", "CGIWire", "FastCGIWire", "SCGIWire", "UWSGIWire", "WSGIWire"],
      swiftSettings: house),
    // L4: exchanges are judged.
    .target(
      name: "Conformance",
      dependencies: ["WireBytes", "HTTP1Wire", "FastCGIWire", "CGIWire", "SCGIWire", "UWSGIWire", "Exchanges"],
      swiftSettings: house),
    // L5: the outside world.
    .executableTarget(name: "embed-resources", swiftSettings: house),
    .plugin(name: "EmbedResources", capability: .buildTool(), dependencies: ["embed-resources"]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "YAMLTree", dependencies: ["CYAML"], swiftSettings: house),
    .target(
      name: "Expectations", dependencies: ["WireBytes", "FastCGIWire", "Exchanges"], swiftSettings: house),
    .target(
      name: "Fixtures",
      dependencies: ["WireBytes", "FastCGIWire", "CGIWire", "Exchanges", "Conformance", "Expectations", "YAMLTree"],
      swiftSettings: house, plugins: ["EmbedResources"]),
    .target(
      name: "Transports",
      dependencies: [
        "WireBytes", "WSGIWire", "Exchanges", "CLinux",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ] + nio,
      swiftSettings: house),
    .target(
      name: "Benching",
      dependencies: [
        "WireBytes", "FastCGIWire", "HTTP1Wire", "SCGIWire", "UWSGIWire", "WSGIWire", "Exchanges",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: house),
    .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "LiveCapture", dependencies: ["WireBytes", "Packets", "Exchanges", "CPcap", "CZlib"],
      swiftSettings: house),
    .systemLibrary(name: "CLinux"),
    // L6: what plays a role: client, observer, server.
    .target(
      name: "Drivers",
      dependencies: [
        "WireBytes", "FastCGIWire", "HTTP1Wire", "CGIWire", "SCGIWire", "UWSGIWire", "WSGIWire", "Exchanges",
        "Conformance", "Expectations", "Fixtures", "Transports", "Packets",
      ],
      swiftSettings: house),
    .target(
      name: "BenchRunning", dependencies: ["WireBytes", "Benching", "Transports", "CLinux"], swiftSettings: house),
    .target(
      name: "Inspection",
      dependencies: [
        "WireBytes", "FastCGIWire", "CGIWire", "Packets", "TCPStreams", "Exchanges", "Conformance", "CZlib",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: house),
    .target(
      name: "ReferenceServers",
      dependencies: ["WireBytes", "FastCGIWire", "HTTP1Wire", "CGIWire", "WSGIWire"] + nio,
      swiftSettings: house),
    .target(
      name: "Rehearsal",
      dependencies: [
        "WireBytes", "Exchanges", "Conformance", "Expectations", "Fixtures", "Transports", "Drivers",
        "ReferenceServers",
      ],
      swiftSettings: house),
    // L7: results become text.
    .target(
      name: "Reports",
      dependencies: [
        "WireBytes", "FastCGIWire", "CGIWire", "Exchanges", "Conformance", "Expectations", "Fixtures", "Drivers",
        "Inspection", "ReferenceServers", "Rehearsal", "Benching",
      ],
      swiftSettings: house),
    // L8: the command line.
    .executableTarget(
      name: "gatespec",
      dependencies: [
        "WireBytes", "FastCGIWire", "Packets", "Exchanges", "Conformance", "Expectations", "Fixtures", "Benching",
        "Transports", "LiveCapture", "Drivers", "Inspection", "ReferenceServers", "Rehearsal", "BenchRunning",
        "Reports", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: house),
    // Helpers for testing codecs; a product, so that others can verify theirs.
    .target(name: "TestSupport", dependencies: ["WireBytes"], swiftSettings: house),
    // Conversations written down in tests, played to the modules that read them.
    .target(
      name: "ConversationTesting",
      dependencies: ["WireBytes", "FastCGIWire", "SCGIWire", "UWSGIWire", "WSGIWire", "Exchanges"],
      swiftSettings: house),
    // The law of any bytes, by the million: `make fuzz`.
    .target(
      name: "Fuzzing",
      dependencies: [
        "WireBytes", "FastCGIWire", "HTTP1Wire", "CGIWire", "SCGIWire", "UWSGIWire", "WSGIWire", "Packets",
        "Exchanges", "Conformance", "Fixtures", "LiveCapture", "Inspection", "Reports", "TestSupport",
      ], swiftSettings: house),
    .executableTarget(
      name: "gatespec-fuzz",
      dependencies: ["Fuzzing", "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: house),
    // What tests need of the system, and what becomes of those that lack it.
    .target(name: "Prerequisites", path: "Tests/Prerequisites", swiftSettings: house),
    // Tests mirror the modules; EndToEndTests run real servers, CommandLineTests the built program.
    .testTarget(name: "WireBytesTests", dependencies: ["WireBytes", "TestSupport"], swiftSettings: house),
    .testTarget(name: "HTTP1WireTests", dependencies: ["HTTP1Wire", "WireBytes", "TestSupport"], swiftSettings: house),
    .testTarget(name: "CGIWireTests", dependencies: ["CGIWire", "WireBytes", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "FastCGIWireTests", dependencies: ["FastCGIWire", "WireBytes", "TestSupport"], swiftSettings: house),
    .testTarget(name: "SCGIWireTests", dependencies: ["SCGIWire", "WireBytes", "TestSupport"], swiftSettings: house),
    .testTarget(name: "UWSGIWireTests", dependencies: ["UWSGIWire", "WireBytes", "TestSupport"], swiftSettings: house),
    .testTarget(name: "WSGIWireTests", dependencies: ["WSGIWire", "WireBytes", "TestSupport"], swiftSettings: house),
    // Without the settings of this package: as those outside use its libraries.
    .testTarget(
      name: "LibraryTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "HTTP1Wire", "CGIWire", "SCGIWire", "UWSGIWire", "TestSupport",
      ]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "Exchanges", "Conformance", "Fixtures", "LiveCapture", "Inspection",
        "ConversationTesting",
      ], swiftSettings: house),
    .testTarget(
      name: "ExchangesTests",
      dependencies: ["WireBytes", "FastCGIWire", "Exchanges", "ConversationTesting", "TestSupport"],
      swiftSettings: house),
    .testTarget(name: "PacketsTests", dependencies: ["WireBytes", "Packets", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "TCPStreamsTests", dependencies: ["WireBytes", "Packets", "TCPStreams", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "LiveCaptureTests", dependencies: ["WireBytes", "Packets", "TCPStreams", "LiveCapture"],
      swiftSettings: house),
    .testTarget(name: "YAMLTreeTests", dependencies: ["YAMLTree"], swiftSettings: house),
    .testTarget(
      name: "ExpectationsTests",
      dependencies: ["Expectations", "Exchanges", "FastCGIWire", "WireBytes"], swiftSettings: house),
    .testTarget(
      name: "FixturesTests",
      dependencies: [
        "Fixtures", "Expectations", "Conformance", "Exchanges", "FastCGIWire", "WireBytes", "TestSupport",
      ],
      swiftSettings: house),
    .testTarget(
      name: "TransportsTests",
      dependencies: [
        "Transports", "WireBytes", "Exchanges", .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ] + nio, swiftSettings: house),
    .testTarget(
      name: "InspectionTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "Packets", "TCPStreams", "Exchanges", "Conformance", "LiveCapture", "Inspection",
        "ConversationTesting", "TestSupport",
      ], swiftSettings: house),
    .testTarget(
      name: "ReferenceServersTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "HTTP1Wire", "CGIWire", "SCGIWire", "Exchanges", "Conformance", "ReferenceServers",
        "TestSupport",
      ] + nio,
      swiftSettings: house),
    .testTarget(
      name: "DriversTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "Exchanges", "Conformance", "Expectations", "Fixtures", "Transports", "Drivers",
      ], swiftSettings: house),
    .testTarget(
      name: "RehearsalTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "Exchanges", "Conformance", "Fixtures", "Transports", "LiveCapture", "Drivers",
        "Inspection", "ReferenceServers", "Rehearsal",
      ], exclude: ["moved.txt"], swiftSettings: house),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "Exchanges", "Conformance", "Expectations", "Fixtures", "Drivers", "Inspection",
        "Reports", "Benching",
        "LiveCapture", "ConversationTesting", "TestSupport", "Prerequisites",
      ], exclude: ["Snapshots", "Schemas"], swiftSettings: house),
    .testTarget(
      name: "BenchingTests",
      dependencies: ["Benching", "WireBytes", "FastCGIWire", "Exchanges", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "BenchRunningTests",
      dependencies: ["BenchRunning", "Benching", "Transports", "WireBytes", "FastCGIWire"], swiftSettings: house),
    .testTarget(name: "ArchitectureTests", dependencies: ["Prerequisites"], swiftSettings: house),
    .testTarget(
      name: "FuzzingTests", dependencies: ["Fuzzing", "TestSupport", "Inspection", "LiveCapture", "WireBytes"],
      swiftSettings: house),
    .testTarget(
      name: "CommandLineTests", dependencies: ["gatespec", "WireBytes", "Packets", "TestSupport", "Prerequisites"],
      swiftSettings: house),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "WireBytes", "FastCGIWire", "Packets", "TCPStreams", "Exchanges", "Conformance", "Fixtures", "Transports",
        "LiveCapture", "Drivers", "Inspection", "ReferenceServers", "Reports", "TestSupport", "ConversationTesting",
        "Prerequisites", "gatespec",
      ], swiftSettings: house),
  ],
  swiftLanguageModes: [.v6]
)
