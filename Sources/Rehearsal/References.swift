// Everything that can be rehearsed: the references of every protocol, right and wrong, with what carries cases to them.
//
// A new reference is one more line in the list.

package import Drivers
package import Exchanges
import Expectations
import Fixtures
package import ReferenceServers
import Transports

/// The reference of one protocol.
package struct Reference: Sendable {
  /// What a person calls the protocol.
  package let title: String
  package let wireProtocol: WireProtocol
  package let faults: [any NamedFault]
  /// The sound styles, the ordinary one first.
  package let styles: [any SoundStyle]
  /// Whether the cases of its protocol are proved by it: `gatespec faults` shows it, and the matrix plays it whole.
  package let isProof: Bool

  fileprivate init<Style: SoundStyle>(
    _ title: String, _ faults: [any NamedFault], _ styles: [Style], isProof: Bool = false
  ) {
    self.title = title
    wireProtocol = Style.wireProtocol
    self.faults = faults
    self.styles = styles
    self.isProof = isProof
  }

  /// The fault of that name.
  package func fault(named name: String) -> (any NamedFault)? { faults.first { $0.name == name } }

  /// The style of that name.
  package func style(named name: String) -> (any SoundStyle)? { styles.first { $0.name == name } }
}

/// The references.
package enum References {
  /// One line for each protocol.
  package static let all = [
    Reference("FastCGI", ResponderFault.all, ResponderStyle.all, isProof: true),
    Reference("CGI", CGIFault.all, CGIStyle.all, isProof: true),
    Reference("HTTP", HTTPFault.all, HTTPStyle.all, isProof: true),
    Reference("SCGI", SCGIFault.all, SCGIStyle.all, isProof: true),
    Reference("uwsgi", UWSGIFault.all, UWSGIStyle.all, isProof: true),
    Reference("WSGI", WSGIFault.all, WSGIStyle.all, isProof: true),
  ]

  /// Those that prove cases.
  package static let proofs = all.filter(\.isProof)
  /// Every fault of them.
  package static let faults = proofs.flatMap(\.faults)
  /// Every sound style of them.
  package static let styles = proofs.flatMap(\.styles)

  /// The reference of a protocol; nil where there is none.
  package static func of(_ wireProtocol: WireProtocol) -> Reference? { all.first { $0.wireProtocol == wireProtocol } }
}

extension ProbeInterface {
  /// The protocol of that interface; both go by the name that URLs have for it.
  fileprivate var wireProtocol: WireProtocol {
    guard let known = WireProtocol(rawValue: rawValue) else { preconditionFailure("\(rawValue) is no protocol") }
    return known
  }
}

extension ReferenceVariant {
  /// What it speaks.
  package static var wireProtocol: WireProtocol { interface.wireProtocol }

  /// The target that it plays, and what carries cases to it in memory.
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    switch service {
    case .connections(let start):
      let place = Self.wireProtocol.traits.targetForm == .module ? "reference:application" : "//127.0.0.1:9000/"
      let profile = TargetProfile(target: try Target("\(Self.interface.rawValue):\(place)"))
      return (profile, MemoryPlayer(profile: profile) { start(ServerStart($0, clock: $1)) })
    case .program(let name, let program):
      let profile = TargetProfile(target: try Target("cgi:/cgi-bin/\(name)"))
      return (profile, CGIPlayer(profile: profile, runner: MemoryPrograms(program)))
    }
  }
}

extension ServerStart {
  /// A start as a case says; nil for a process that ran already.
  fileprivate init(_ setting: ProcessSetting?, clock: @escaping @Sendable () -> UInt64) {
    let list = setting?.environment.last { $0.name.bytes.elementsEqual(PeerList.variableName.utf8) }
    self.init(
      peers: list.flatMap { PeerList(String(decoding: $0.value.bytes, as: UTF8.self)) }, isInherited: setting != nil,
      hasClosedOutput: setting?.closesOutput ?? false)
    self.clock = clock
  }
}
