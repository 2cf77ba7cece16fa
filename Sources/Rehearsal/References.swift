// Everything that can be rehearsed: the references of every protocol, right and wrong, with what carries cases to them.
//
// A new reference is one more extension here and one more list.

package import Drivers
package import Exchanges
import Expectations
import Fixtures
package import ReferenceServers
import Transports

/// A reference that cases can be played against in memory.
package protocol Rehearsed: Sendable {
  /// What it speaks.
  static var wireProtocol: WireProtocol { get }
  /// The target that it plays, and what carries cases to it.
  func stage() throws -> (profile: TargetProfile, player: any CasePlayer)
}

/// A fault that can be rehearsed.
package typealias RehearsedFault = NamedFault & Rehearsed
/// A style that can be rehearsed.
package typealias RehearsedStyle = SoundStyle & Rehearsed

/// The references.
package enum References {
  /// Every fault of every protocol.
  package static let faults: [any RehearsedFault] = ResponderFault.all + CGIFault.all
  /// Every sound style of every protocol.
  package static let styles: [any RehearsedStyle] = ResponderStyle.all + CGIStyle.all

  /// A connection to a FastCGI responder.
  fileprivate static func fastCGI(
    _ options: ResponderOptions, exitCode: Int32? = 0,
    _ responder: @escaping @Sendable (ResponderProcess) -> FastCGIResponder
  ) throws -> (profile: TargetProfile, player: any CasePlayer) {
    let profile = TargetProfile(target: try Target("fastcgi://127.0.0.1:9000/"))
    var ending = ProcessFacts()
    ending.exitCode = exitCode
    ending.killed = exitCode == nil
    let player = MemoryPlayer(profile: profile) { [ending] setting in
      let list = setting?.environment.last { $0.name.bytes.elementsEqual(PeerList.variableName.utf8) }
      let process = ResponderProcess(
        peers: list.flatMap { PeerList(String(decoding: $0.value.bytes, as: UTF8.self)) },
        isInherited: setting != nil, hasClosedOutput: setting?.closesOutput ?? false)
      return MemoryProcess(ending: ending, connectionLimit: options.maxConnections) { address in
        var responder = responder(process)
        return responder.admits(address) ? responder : nil
      }
    }
    return (profile, player)
  }

  /// A connection to an HTTP server.
  fileprivate static func http(
    _ responder: @escaping @Sendable (HTTPProcess) -> HTTPResponder
  ) throws -> (profile: TargetProfile, player: any CasePlayer) {
    let profile = TargetProfile(target: try Target("http://127.0.0.1:8000/"))
    let player = MemoryPlayer(profile: profile) { _ in
      let process = HTTPProcess()
      return MemoryProcess { _ in process.isAlive ? responder(process) : nil }
    }
    return (profile, player)
  }

  /// A CGI program; one with non-parsed headers is known by its name.
  fileprivate static func cgi(
    _ options: CGIOptions, _ program: @escaping @Sendable (CGIGiven) -> CGIProgram
  ) throws -> (profile: TargetProfile, player: any CasePlayer) {
    let name = options.isNonParsed ? "nph-reference" : "reference"
    let profile = TargetProfile(target: try Target("cgi:/cgi-bin/\(name)"))
    return (profile, CGIPlayer(profile: profile, runner: MemoryPrograms(program)))
  }
}

extension ResponderFault: Rehearsed {
  package static var wireProtocol: WireProtocol { .fastCGI }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.fastCGI(options(), exitCode: exitCode) { responder(process: $0) }
  }
}

extension ResponderStyle: Rehearsed {
  package static var wireProtocol: WireProtocol { .fastCGI }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.fastCGI(options) { FastCGIResponder(options, process: $0) }
  }
}

extension CGIFault: Rehearsed {
  package static var wireProtocol: WireProtocol { .cgi }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.cgi(options) { program($0) }
  }
}

extension CGIStyle: Rehearsed {
  package static var wireProtocol: WireProtocol { .cgi }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.cgi(options) { CGIProgram($0, options: options) }
  }
}

extension HTTPFault: Rehearsed {
  package static var wireProtocol: WireProtocol { .http1 }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.http { responder(process: $0) }
  }
}

extension HTTPStyle: Rehearsed {
  package static var wireProtocol: WireProtocol { .http1 }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.http { responder(process: $0) }
  }
}

extension HTTPApplication: Rehearsed {
  package static var wireProtocol: WireProtocol { .http1 }
  package func stage() throws -> (profile: TargetProfile, player: any CasePlayer) {
    try References.http { responder(process: $0) }
  }
}
