// What applications of every interface may get wrong, over WSGI: what each fault breaches where a call has the answer.
//
// The faults stand in the tables of Probe.

extension WSGIFault {
  /// The faults of applications, as far as WSGI has a word to say about them.
  package static let contents: [WSGIFault] = ApplicationFault.all.compactMap { fault in
    let own = fault.breaches[.wsgi] ?? fault.breaches[.cgi].flatMap { ApplicationFault.Breach($0, overWSGI: ()) }
    guard let breach = own else { return nil }
    return WSGIFault(fault.name, breach.violates, fault.summary, with: breach.fallsWith + answer) { policy in
      policy.receives = { fault.change.receive(&$0) }
      policy.answers = { fault.change.answer($0, &$1) }
    }
  }
}

extension ApplicationFault.Breach {
  /// The same over WSGI; nil where an application may do it there.
  fileprivate init?(_ breach: Self, overWSGI: Void) {
    guard !Self.free.contains(breach.violates) else { return nil }
    let cited = ([breach.violates] + breach.fallsWith).map { Self.ofWSGI[$0] ?? [$0] }
    guard let violates = cited[0].first else { return nil }
    self.init(violates, with: cited.joined().filter { $0 != violates })
  }

  /// What is no fault of an application, or one that the faults of calls have in another form: the body in answer to HEAD
  /// is the server's to drop, a redirect is always one of the client, the fields of the connection and the form of
  /// Content-Length are among the heads.
  private static let free: Set = ["CGI-4.3.3-1", "CGI-6.2.2-1", "CGI-6.2.3-1", "CGI-6.3.4-3", "H-9110-8.6-11"]

  /// What stands over WSGI in the place of a sentence of CGI; all others are the same.
  private static let ofWSGI: [String: [String]] = [
    "CGI-4.3.3-1": ["H-9110-9.3.2-1"],
    "CGI-6.1-1": ["WSGI-18", "H-9110-8.6-7"],
    "CGI-6.2-1": ["WSGI-18"],
    "CGI-6.2.2-1": [],
    "CGI-6.2.4-1": ["H-9110-15.4-1"],
    "CGI-6.2.4-4": ["H-9110-15.4-1"],
    "CGI-6.3-3": ["WSGI-75"],
    "CGI-6.3-6": ["WSGI-75"],
    "CGI-6.3-8": ["WSGI-75"],
    "CGI-6.3.1-1": ["H-9110-8.3-2"],
    "CGI-6.3.2-1": ["WSGI-75", "H-9110-15.4-1"],
    "CGI-6.3.3-1": ["H-9110-15-1", "H-9110-15.3.5-1", "H-9110-15.4-1", "H-9110-15.4.5-3", "H-9110-9.3.2-1"],
  ]
}
