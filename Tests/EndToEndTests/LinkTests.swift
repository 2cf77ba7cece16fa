// A real nginx in front of a real php-fpm: every request of a client's is linked to the one that it caused.
//
// The script starts, captures and ends; what it prints is JSON, and which request belongs to which is known from its
// number and from the port that php-fpm was told.

import Foundation
import Testing

@Suite struct LinkTests {
  @Test func everyRequestIsLinkedToTheOneThatItCaused() throws {
    let program = try #require(RealServerTests.program, "the program stands beside the tests")
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["scripts/link-exchanges.sh", program.path]
    process.currentDirectoryURL = RealServerTests.root
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    try process.run()
    let output = try #require(try pipe.fileHandleForReading.readToEnd())
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    if output.starts(with: Data("skipped: ".utf8)) {
      return print(String(decoding: output, as: UTF8.self))
    }
    let objects = try output.split(separator: 0x0A).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
    }
    let exchanges = objects.filter { $0["type"] as? String == "exchange" }
    var backs: [String: [String: Any]] = [:]
    for exchange in exchanges where exchange["protocol"] as? String == "fastcgi" {
      backs["\(try #require(exchange["connection"])).\(try #require(exchange["index"]))"] = exchange
    }
    let fronts = exchanges.filter { $0["protocol"] as? String == "http" }
    #expect(fronts.count == 33)
    #expect(backs.count == 32)
    var linked: Set<String> = []
    for front in fronts {
      let uri = try #require(front["uri"] as? String)
      guard uri != "/static.txt" else {
        #expect(front["link"] is NSNull)
        continue
      }
      let link = try #require(front["link"] as? [String: Any], "\(uri) is linked")
      let to = try #require(link["to"] as? [String: Any], "\(uri): \(link)")
      let key = "\(try #require(to["connection"])).\(try #require(to["index"]))"
      let back = try #require(backs[key])
      #expect(linked.insert(key).inserted, "\(key) is linked once")
      #expect(back["uri"] as? String == uri)
      let params = try #require((back["request"] as? [String: Any])?["params"] as? [[String]])
      let port = try #require(params.first { $0[0] == "REMOTE_PORT" }?[1])
      #expect((front["client"] as? String)?.hasSuffix(":\(port)") == true, "\(uri) of \(port)")
      let own = try #require(link["gateway_ms"] as? Double)
      let whole = try #require(front["duration_ms"] as? Double)
      #expect(own >= 0 && own <= whole)
      #expect((front["findings"] as? [Any])?.isEmpty == true, "nginx makes no mistake here")
    }
    #expect(linked.count == backs.count)
  }
}
