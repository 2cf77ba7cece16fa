// The seam between who plays a CGI request and what runs the program: a process, or a reference in memory.

/// Runs programs.
package protocol ProgramRunner: Sendable {
  /// Runs a program to its end, or to the end of what it may.
  ///
  /// - Parameter sink: Called for every event in order, with the time.
  /// - Throws: Where the program cannot be started.
  func run(
    _ invocation: ProgramInvocation, limits: ProgramLimits, _ sink: @escaping ProgramSink
  ) async throws(TransportError) -> ProgramResult
}

/// Runs programs as processes.
package struct ProcessRunner: ProgramRunner {
  package init() {}

  package func run(
    _ invocation: ProgramInvocation, limits: ProgramLimits, _ sink: @escaping ProgramSink
  ) async throws(TransportError) -> ProgramResult {
    try await ProgramTransport.run(invocation, limits: limits, sink)
  }
}
