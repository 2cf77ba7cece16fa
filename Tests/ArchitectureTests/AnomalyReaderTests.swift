// Every kind of anomaly has a reader among conversations, rules, drivers and reference servers, or a reason why only the
// event log tells of it.

import Foundation
import Testing

@Suite struct AnomalyReaderTests {
  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  /// Kinds that nobody asks for by name, each with the reason.
  private static let logOnly: [String: String] = [
    "versionNotOne": "rules look at every record's header (FastCGIConnectionFacts.Side.wrongVersion)",
    "reservedByteNonzero": "no requirement binds the sender: FastCGI 1.0 leaves the byte without meaning",
    "undefinedRecordType": "rules look at every record's header (FastCGIConnectionFacts.Side.undefinedType)",
    "cgiStatusLine": "the form of the head says it (CGIHead.form)",
    "cgiEmptyResponse": "a response without a head says it",
    "cgiNoFields": "the counts of the head's fields say it (CGIHead)",
    "cgiNoCGIField": "the counts of the head's fields say it (CGIHead)",
    "chunkedWithParameters": "the coding is understood all the same; what it is made of is judged by its syntax",
    "chunkSizeTooLarge": "framing is lost by it, and that is told",
    "unsupportedVersion": "the version itself is a fact (HTTP1Facts)",
    "lineTooLong": "a limit of the decoder, for which nobody is to be blamed",
    "scgiLengthTooLarge": "a limit of the decoder, for which nobody is to be blamed",
    "scgiRepeatedContentLength": "the list of the request's names says it",
    "scgiSurplus": "where it begins is a fact (VariableBlockFacts.surplus)",
    "uwsgiRepeatedContentLength": "the list of the request's names says it",
    "wsgiInvalidLength": "the bridge is gatespec's own: framing is lost, and the call has no end",
    "wsgiMissingLineEnd": "the bridge is gatespec's own: framing is lost, and the call has no end",
    "uwsgiSurplus": "where it begins is a fact (VariableBlockFacts.surplus)",
  ]

  private static func text(of modules: (String) -> Bool) -> String {
    var text = ""
    for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil) ?? .init()
    where file.pathExtension == "swift" && modules(file.pathComponents[sources.pathComponents.count]) {
      text += (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }
    return text
  }

  private static let kinds: Set<String> = {
    let codecs = text { $0.hasSuffix("Wire") || $0 == "WireBytes" }
    return Set(codecs.matches(of: /static let ([A-Za-z0-9]+) = AnomalyKind\("/).map { String($0.1) })
  }()

  @Test func everyKindHasAReaderOrAReason() {
    let readers = Self.text { ["Exchanges", "Conformance", "Drivers", "ReferenceServers"].contains($0) }
    #expect(Self.kinds.count > 50)
    for kind in Self.kinds.sorted() {
      let isRead = readers.contains(try! Regex("\\.\(kind)\\b"))
      #expect(isRead || Self.logOnly[kind] != nil, "nobody asks for \(kind)")
      #expect(!isRead || Self.logOnly[kind] == nil, "\(kind) has a reader, and needs no reason")
    }
    #expect(Self.kinds.isSuperset(of: Self.logOnly.keys))
  }
}
