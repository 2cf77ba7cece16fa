// The verb that a relay starts for itself: the process that gives a socket back when the relay is gone.

import ArgumentParser
import CLinux
import Glibc
import Reports
import Transports

struct RelayGuardCommand: ParsableCommand {
  static let verb = "relay-guard"

  static let configuration = CommandConfiguration(
    commandName: verb, abstract: "Give a socket back when its relay is gone; started by trace --relay.",
    shouldDisplay: false)

  @Argument(parsing: .allUnrecognized, help: "The name, and the files that it is about.")
  var words: [String]

  func run() throws {
    // Whoever ends the relay by a signal to all of its processes must not end the guard first.
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { Glibc.signal(signal, SIG_IGN) }
    // It sleeps until the relay is gone, and until it wakes nobody accepts connections: it goes first, where it may.
    var place = sched_param(sched_priority: 1)
    unsafe _ = sched_setscheduler(0, SCHED_RR, &place)
    _ = gatespec_keep_capabilities(gatespec_folder_capabilities)
    _ = gatespec_forbid_new_privileges()
    guard RelayGuard.serve(words) else {
      throw CommandFailure(.usage, "\(Self.verb) is started by gatespec trace --relay, and by nobody else")
    }
  }
}
