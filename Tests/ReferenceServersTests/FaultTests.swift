// The table of faults: each is sound as an entry. That each makes a difference, and which, the matrix proves
// (RehearsalTests).

import ReferenceServers
import Testing

@Suite struct FaultTests {
  @Test func thereAreEnoughAndTheirNamesDiffer() {
    let names = ResponderFault.all.map(\.name)
    #expect(names.count >= 80)
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
      #expect(["FCGI-", "CGI-", "H-9110-"].contains { requirement.hasPrefix($0) })
    }
  }
}
