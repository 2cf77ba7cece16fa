// A real nginx in front of real php-fpm, uWSGI and gunicorn: every request of a client's is linked to the one that it
// caused.
//
// The script starts, captures and ends; what it prints is JSON, and which request belongs to which is known from its
// number and from the port that the backend was told.

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
    // The static file's server is who stands in front.
    let gateway = try #require(exchanges.first { $0["uri"] as? String == "/static.txt" }?["server"] as? String)
    var backs: [String: [String: Any]] = [:]
    for exchange in exchanges where exchange["server"] as? String != gateway {
      backs["\(try #require(exchange["connection"])).\(try #require(exchange["index"]))"] = exchange
    }
    let counts = Dictionary(grouping: backs.values) { $0["protocol"] as? String ?? "" }.mapValues(\.count)
    #expect(counts == ["fastcgi": 32, "uwsgi": 17, "scgi": 17, "http": 17])
    let fronts = exchanges.filter { $0["server"] as? String == gateway }
    #expect(fronts.count == 84)
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
      let params = (back["request"] as? [String: Any])?["params"] as? [[String]]
      // HTTP has no field for the client's port; there the URI is a number's own.
      if back["protocol"] as? String != "http" {
        let port = try #require(params?.first { $0[0] == "REMOTE_PORT" }?[1])
        #expect((front["client"] as? String)?.hasSuffix(":\(port)") == true, "\(uri) of \(port)")
      }
      let own = try #require(link["gateway_ms"] as? Double)
      let whole = try #require(front["duration_ms"] as? Double)
      #expect(own >= 0 && own <= whole)
      #expect((front["findings"] as? [Any])?.isEmpty == true, "nginx makes no mistake here")
      if back["protocol"] as? String != "fastcgi" {
        #expect((back["findings"] as? [Any])?.isEmpty == true, "nor do uWSGI and gunicorn: \(back)")
      }
    }
    #expect(linked.count == backs.count)
  }
}
