// The ways in which the reference SCGI server is right.

/// A named way to be a right SCGI server.
package struct SCGIStyle: SoundStyle {
  package static let interface = ProbeInterface.scgi
  package let name: String
  package let summary: String
  package var service: ReferenceService { .connections { _ in ServerProcess { SCGIResponder() } } }

  /// Every style.
  package static let all = [
    SCGIStyle(name: "scgi-standard", summary: "One request for each connection, which is closed after its answer.")
  ]
}
