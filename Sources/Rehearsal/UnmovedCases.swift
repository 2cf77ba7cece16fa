// The cases that no fault of a reference can move, each with its reason. One entry each.
//
// A reason says why a reference that violates the requirement cannot be told by this case: not that nobody wrote the
// fault. It is an error where a fault does move the case.

import Exchanges
import Fixtures

extension UnmovedCase {
  private init(_ id: String, _ wireProtocol: WireProtocol, _ reason: String) {
    self.init(identity: Case.Identity(id: id, wireProtocol: wireProtocol), reason: reason)
  }

  /// Every reason.
  package static let all = [
    UnmovedCase(
      "cgi/exit/twice-the-same", .cgi,
      "each run of the reference is a value of its own: it leaves no file or lock for the next one to find"),
    UnmovedCase(
      "cgi/input/much-more-than-declared", .cgi,
      "who reads more than is declared fails with a few bytes more, and this case waits for that one"),
    UnmovedCase(
      "http1/methods/get-is-known", .http1,
      "a server that does not know GET has no page, and the cases that this one builds on say so first"),
    UnmovedCase(
      "http1/persistence/idle-client-gets-nothing", .http1,
      "a responder of the reference is heard when bytes came to it: what speaks first is the one thing that it cannot be"
    ),
    UnmovedCase(
      "http1/smuggling/no-body-then-bytes", .http1,
      "a reference that swallows what follows a GET fails in http1/connection/two-requests, on which this case builds"),
    UnmovedCase(
      "scgi/connection/silent-until-asked", .scgi,
      "a responder of the reference is heard when bytes came to it: what speaks first is the one thing that it cannot be"
    ),
  ]
}
