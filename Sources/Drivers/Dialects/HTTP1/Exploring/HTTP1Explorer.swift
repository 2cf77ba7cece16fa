// Generated cases of HTTP/1: sound requests with one change or two, from a seed.

import Exchanges
import Fixtures
import Transports
import WireBytes

/// Makes generated cases, and simpler ones of those that found something.
struct HTTP1Explorer: RequestExplorer {
  private let sound: [ExploredRequest]
  private let seed: UInt64
  private var made: [String: ExploredCase] = [:]

  /// - Parameter profile: The target; requests name its path and its host.
  init(_ profile: TargetProfile, seed: UInt64) {
    let query = profile.query.isEmpty ? "" : "?\(profile.query)"
    sound = ExploredRequest.sound(target: profile.path + query, host: profile.target.address.host)
    self.seed = seed
  }

  /// The topic of generated cases.
  private static let file = "http1/explored.yaml"

  /// So many generated cases; the same for the same seed and target.
  mutating func cases(_ count: Int) throws(FixtureErrors) -> [Case] {
    var generator = SeededGenerator(seed: seed)
    // The sound requests come first: what they find has nothing to do with a change.
    var list = sound.prefix(count).enumerated().map { number, request in
      ExploredCase(request, [], slug: slug(number))
    }
    var seen = Set(list.map(\.bytes))
    var tries = 0
    while list.count < count, tries < 20 * count {
      tries += 1
      let request = sound.randomElement(using: &generator) ?? sound[0]
      let parts = request.parts.count
      var changes = [RequestChange.any(of: parts, using: &generator)]
      if Int.random(in: 0..<4, using: &generator) == 0 {
        let second = RequestChange.any(of: parts, using: &generator)
        if second.part != changes[0].part { changes.append(second) }
      }
      let candidate = ExploredCase(request, changes, slug: slug(list.count))
      if seen.insert(candidate.bytes).inserted { list.append(candidate) }
    }
    return try take(list)
  }

  /// Cases simpler by one thing than that one; none where it is as simple as can be.
  mutating func simplerCases(than id: String) throws(FixtureErrors) -> [Case] {
    guard let found = made[id] else { return [] }
    let simpler = found.simpler.enumerated().map { number, pair in
      ExploredCase(pair.request, pair.changes, slug: "\(found.slug)-\(number + 1)")
    }
    return try take(simpler)
  }

  /// The case of the sound request that a case changes; nil for that one itself.
  func soundID(of id: String) -> String? {
    guard let explored = made[id], !explored.changes.isEmpty else { return nil }
    return sound.firstIndex(of: explored.request).map { Self.id(slug($0)) }
  }

  /// What cases that find the same have in common.
  func kind(of id: String) -> String { made[id]?.kind ?? id }

  /// How many bytes a case sends: what simpler means.
  func byteCount(of id: String) -> Int { made[id]?.bytes.count ?? 0 }

  /// The case as a fixture file says it.
  func fixture(of id: String) -> String? { made[id]?.fixture }

  private mutating func take(_ list: [ExploredCase]) throws(FixtureErrors) -> [Case] {
    let text = list.map(\.fixture).joined(separator: "\n")
    guard !list.isEmpty else { return [] }
    let cases = try CaseLoader.cases([FixtureFile(name: Self.file, text: text)])
    for explored in list { made[Self.id(explored.slug)] = explored }
    return cases
  }

  private func slug(_ number: Int) -> String { "s\(seed)-\(number + 1)" }

  private static func id(_ slug: String) -> String { "http1/explored/\(slug)" }
}
