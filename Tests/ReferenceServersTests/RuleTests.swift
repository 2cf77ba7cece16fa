// The rules of conformance, run over conversations with responders: a sound one has no finding in any style, a faulty
// one none but those it declares.

import Conformance
import Exchanges
import FastCGIWire
import ReferenceServers
import Testing
import WireBytes

/// The requirements against which rules find something in a conversation's responses.
func findings(in conversation: Conversation) -> [Finding] {
  let connection = ConnectionInfo(id: 1, client: .named("client"), server: .named("server"))
  var observer = DetectingConversation(connection, retention: .inspector, protocol: .fastCGI)
  var found = Findings { _ in .must }
  func receive(_ exchange: inout Exchange) { RuleCatalog.judge(exchange, [.server], into: &found) }
  func origin(_ milliseconds: UInt64) -> Origin {
    Origin(time: Timestamp(nanoseconds: Int64(milliseconds) * 1_000_000))
  }
  observer.receive(.opened(origin(0)), receive)
  for piece in conversation.pieces {
    if piece.bytes.isEmpty {
      observer.receive(.closed(piece.direction, .end, origin(piece.time)), receive)
      continue
    }
    unsafe observer.receive(.bytes(piece.direction, piece.bytes.span.bytes, origin(piece.time)), receive)
  }
  if let closing = conversation.closing {
    observer.receive(.closed(.response, closing == .reset ? .reset : .end, origin(conversation.now)), receive)
  }
  // A client that has waited long enough leaves.
  observer.receive(.closed(.request, .end, origin(conversation.now + 5_000)), receive)
  observer.receive(.finished(origin(conversation.now + 5_000)), receive)
  RuleCatalog.judge(observer.summary, [.server], into: &found)
  return found.list
}

@Suite struct RuleTests {
  @Test(arguments: ResponderStyle.all.map(\.name), CorpusEntry.all.map(\.name))
  func aSoundResponderHasNoFinding(_ styleName: String, _ entryName: String) throws {
    let style = try #require(ResponderStyle.named(styleName))
    let entry = try #require(CorpusEntry.all.first { $0.name == entryName })
    var list = unexpected(findings(in: Conversation(FastCGIResponder(style.options), entry.steps)), entry)
    // What a style chooses not to follow, and what a limit on its requests comes to.
    list.removeAll { style.declines.contains($0.requirement.rawValue) }
    if style.options.requestsPerProcess < .max { list.removeAll { $0.requirement == "FCGI-5.1-5" } }
    #expect(list.isEmpty)
  }

  @Test(arguments: ResponderFault.all.map(\.name)) func aFaultHasNoFindingButItsOwn(_ name: String) throws {
    let fault = try #require(ResponderFault.named(name))
    let declared = Set([fault.violates] + fault.fallsWith)
    var surprises: Set<String> = []
    for entry in CorpusEntry.all {
      let list = unexpected(findings(in: Conversation(fault.responder(), entry.steps)), entry)
      for finding in list where !declared.contains(finding.requirement.rawValue) {
        surprises.insert("\(entry.name): \(finding.requirement) \(finding.message)")
      }
    }
    #expect(surprises.isEmpty)
  }

  /// Findings, without those that the conversation asks for: a crash or an abort may leave no response.
  private func unexpected(_ findings: [Finding], _ entry: CorpusEntry) -> [Finding] {
    let mayBeEmpty = entry.name == "crash at start" || entry.name == "half-closed"
    return findings.filter { !(mayBeEmpty && $0.requirement == "CGI-6.1-1") }
  }
}
