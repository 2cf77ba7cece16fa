// The table of faults: each is sound as an entry, and each makes a difference.

import ReferenceServers
import Testing

@Suite struct FaultTests {
  @Test func thereAreEnoughAndTheirNamesDiffer() {
    let names = ResponderFault.all.map(\.name)
    #expect(names.count >= 24)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
      #expect(ResponderFault.named(name)?.name == name)
    }
    #expect(ResponderFault.named("no-such-fault") == nil)
  }

  @Test(arguments: ResponderFault.all.map(\.name)) func anEntryIsSound(_ name: String) throws {
    let fault = try #require(ResponderFault.named(name))
    #expect(fault.summary.hasSuffix("."))
    #expect(!fault.fallsWith.contains(fault.violates))
    #expect(Set(fault.fallsWith).count == fault.fallsWith.count)
    for requirement in [fault.violates] + fault.fallsWith {
      #expect(requirement.hasPrefix("FCGI-") || requirement.hasPrefix("CGI-"))
    }
  }

  @Test(arguments: ResponderFault.all.map(\.name)) func aFaultMakesADifference(_ name: String) throws {
    let fault = try #require(ResponderFault.named(name))
    let differing = CorpusEntry.all.filter { entry in
      // Compared with a sound responder of the same options: the fault must be in the policy.
      let sound = Conversation(FastCGIResponder(fault.options()), entry.steps)
      let faulty = Conversation(fault.responder(), entry.steps)
      return sound.output != faulty.output || sound.transcript != faulty.transcript
    }
    #expect(!differing.isEmpty, "\(name) does what the reference does")
    #expect(differing.count < CorpusEntry.all.count || name == "wrong-version", "\(name) touches everything")
  }
}
