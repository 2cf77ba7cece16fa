// What the rehearsals share: the cases, the registry, and a case played against a peer in memory.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Transports

enum Rehearsals {
  static let registry = (try? RegistryLoader.load()) ?? RequirementRegistry([])
  static let fastCGI = (try? Corpus.load(protocols: [.fastCGI]))?.cases ?? []
  static let http = (try? Corpus.load(protocols: [.http1]))?.cases ?? []

  static func profile(_ wireProtocol: WireProtocol) throws -> TargetProfile {
    TargetProfile(target: try Target("\(wireProtocol.rawValue)://127.0.0.1:9000/"))
  }

  /// Runs cases against peers in memory.
  static func run(
    _ cases: [Case], _ options: CheckOptions = CheckOptions(), peer: @escaping @Sendable () -> any Responder
  ) async throws -> CheckReport {
    let profile = try profile(.fastCGI)
    let player = MemoryPlayer(profile: profile, peer: peer)
    return try await CheckRunner(profile: profile, options: options, registry: registry, player: player)
      .run(cases) { _ in }
  }
}
