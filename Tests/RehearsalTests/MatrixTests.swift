// The tester tested: every fault of a reference is caught by a finding that cites its requirement, nothing else is
// found, no sound style raises an alarm, and every case of a must is moved by a fault or says why it cannot be.
//
// `moved.txt` keeps which fault moves which case: for each case the narrowest, for each fault at least one case. These
// pairs are played, and a sample of all others. `make faults` plays the whole, which takes a release build minutes;
// `gatespec faults matrix --format cases >Tests/RehearsalTests/moved.txt` writes the pairs anew.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import ReferenceServers
import Rehearsal
import Testing
import WireBytes

@Suite struct MatrixTests {
  private static let faults = References.faults
  /// The styles that meet all cases here; those of HTTP do so in HTTPMatrixTests.
  private static let styles = References.proofs.filter { $0.wireProtocol != .http1 }.flatMap(\.styles)
  private static let cases = (try? Corpus.load(protocols: References.proofs.map(\.wireProtocol)))?.cases ?? []

  /// Cases that move megabytes: a fault is held against them only where they test what it declares.
  private static let large: Set<String> = [
    "fastcgi/bodies/bytes-1048576", "fastcgi/bodies/unread", "fastcgi/output/stderr-large",
    "fastcgi/responder/large-response", "fastcgi/output/client-without-interest", "cgi/error-stream/a-megabyte",
    "cgi/head/large", "neutral/bodies/bytes-1048576", "neutral/bodies/unread-1048576",
    "neutral/response/body-1048576", "scgi/bodies/body-1048576", "scgi/connection/whole-before-the-close",
    "uwsgi/bodies/body-1048576", "uwsgi/connection/whole-before-the-close", "wsgi/body/bytes-1048576",
  ]

  /// How many cases are played that a fault need not move, so that what it should not do shows.
  private static let sampleCount = 8

  /// Of how many shares of the cases a style meets one.
  private static let shares = 4

  /// How many faults are played at a time: with all of them at once, tests that wait for a program wait for these.
  private static let width = 4

  /// Which fault moves which case, as it is kept.
  private static let moved: [(identity: Case.Identity, fault: String)] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "moved.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 3, let wireProtocol = WireProtocol(folder: words[1]) else { return nil }
      return (Case.Identity(id: words[0], wireProtocol: wireProtocol), words[2])
    }
  }()

  /// The cases that the fault moves, a sample of the others, and what those depend on.
  private static func cases(for fault: any NamedFault, _ kept: Set<String>, at place: Int) -> [Case] {
    let own = cases.filter { $0.wireProtocol == type(of: fault).wireProtocol }
    let distance = own.count / sampleCount
    // Where what everything rests on fails, it is chance which of the others are judged before that is known.
    let isWide = kept.contains("http1/requests/baseline")
    let wanted = own.enumerated().filter { index, testCase in
      let isSample = index % distance == place % distance && !large.contains(testCase.id) && !isWide
      // A limit on the requests of a connection is held against a case where another one sends more than that.
      let isPartner = testCase.id == "fastcgi/connection/ten-in-a-row" && kept.contains("fastcgi/connection/keep-open")
      return isSample || isPartner || kept.contains(testCase.id)
    }.map(\.element)
    return closed(wanted, among: own)
  }

  /// The wanted cases with all that they depend on, in the order of `all`.
  private static func closed(_ wanted: [Case], among all: [Case]) -> [Case] {
    var ids: Set<String> = []
    func want(_ testCase: Case) {
      guard ids.insert(testCase.id).inserted else { return }
      for id in testCase.dependsOn { all.first { $0.id == id }.map(want) }
    }
    wanted.forEach(want)
    return all.filter { ids.contains($0.id) }
  }

  @Test("a fault is found by the cases that are kept as moved by it, and by nothing undeclared")
  func caught() async throws {
    #expect(Self.cases.count > 600)
    let faults = Self.faults
    let kept = Dictionary(grouping: Self.moved, by: \.fault).mapValues { Set($0.map(\.identity.id)) }
    let rows = try await withThrowingTaskGroup(of: [FaultRow].self) { group in
      var rows: [FaultRow] = []
      for (place, fault) in faults.enumerated() {
        if place >= Self.width { rows += try await group.next() ?? [] }
        group.addTask {
          let cases = Self.cases(for: fault, kept[fault.name] ?? [], at: place)
          return try await FaultMatrix(cases: cases, registry: Rehearsals.registry).rows([fault])
        }
      }
      return try await group.reduce(into: rows) { $0 += $1 }
    }
    #expect(rows.count == faults.count)
    for row in rows {
      let cases = kept[row.fault.name] ?? []
      #expect(!cases.isEmpty, "\(row.fault.name) is new: write moved.txt anew")
      #expect(row.outcome == .caught, "\(row.fault.name) is found by \(row.others)")
      #expect(row.surprises.isEmpty, "\(row.fault.name)")
      let missed = cases.subtracting(row.finders)
      #expect(missed.isEmpty, "\(row.fault.name) no longer moves them")
    }
    let coverage = MatrixCoverage(rows, Self.cases, Rehearsals.registry)
    let unmoved = coverage.unexplained.map { "\($0.id) over \($0.wireProtocol.rawValue)" }
    #expect(unmoved.isEmpty, "no fault moves them")
    let needless = coverage.obsolete.map(\.identity.id)
    #expect(needless.isEmpty, "a fault moves them, or there are no such cases")
  }

  @Test("there are enough faults, each of a name of its own") func counts() {
    let names = References.faults.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(ResponderFault.all.count >= 80)
    #expect(CGIFault.all.count >= 50)
    #expect(SCGIFault.all.count >= 120)
    #expect(UWSGIFault.all.count >= 120)
    #expect(HTTPFault.all.count >= 160)
    #expect(WSGIFault.all.count >= 300)
    for fault in References.faults {
      for id in [fault.violates] + fault.fallsWith {
        #expect(Rehearsals.registry[RequirementID(rawValue: id)] != nil, "\(fault.name) names \(id)")
      }
      #expect(!fault.fallsWith.contains(fault.violates), "\(fault.name)")
    }
  }

  @Test("a reason for a case that is moved is an error, and so is a case of a must without one")
  func coverage() throws {
    let testCase = try #require(Self.cases.first { $0.id == "cgi/exit/twice-the-same" })
    let reason = UnmovedCase(identity: testCase.identity, reason: "none")
    let registry = Rehearsals.registry
    #expect(MatrixCoverage([], [testCase], registry, reasons: [reason]).isSound)
    #expect(MatrixCoverage([], [testCase], registry, reasons: []).unexplained.map(\.id) == [testCase.id])
    var row = FaultRow(try #require(CGIFault.all.first), CheckReport(target: "cgi:/program", started: .zero))
    row.others = [testCase.id]
    let moved = MatrixCoverage([row], [testCase], registry, reasons: [reason])
    #expect(moved.moved.map(\.id) == [testCase.id])
    #expect(moved.obsolete.map(\.identity.id) == [testCase.id])
    #expect(!moved.isSound)
  }

  @Test("a sound style raises no alarm", arguments: styles.map(\.name))
  func sound(name: String) async throws {
    let style = try #require(Self.styles.first { $0.name == name })
    let wireProtocol = type(of: style).wireProtocol
    // The first style of an interface meets all cases, each of the others its share, and what tells of it.
    let place = try #require(
      Self.styles.filter { type(of: $0).wireProtocol == wireProtocol }.firstIndex { $0.name == name })
    let all = Self.cases.filter { $0.wireProtocol == wireProtocol }
    let wanted = all.enumerated().filter { index, testCase in
      place == 0 || index % Self.shares == place % Self.shares || testCase.id == style.toldBy
    }.map(\.element)
    let own = Self.closed(wanted, among: all)
    let report = try await FaultMatrix(cases: own, registry: Rehearsals.registry).report(style)
    #expect(report.count(.pass) > 20)
    #expect(report.results.map(\.testCase.id) == own.map(\.id))
    let alarms = report.alarms(style).map { "\($0.testCase.id) \($0.verdict): \($0.reason)" }
    #expect(alarms.isEmpty)
    #expect(report.results.filter { $0.verdict == .fail }.map(\.testCase.id) == [style.toldBy].compactMap(\.self))
  }
}
