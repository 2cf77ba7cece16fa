// What HTTP says where CGI has a sentence of its own: an answer over uwsgi is an HTTP message.

extension ApplicationFault.Breach {
  /// The same over uwsgi; nil where HTTP has nothing to say.
  init?(_ breach: Self, overHTTP: Void) {
    let cited = ([breach.violates] + breach.fallsWith).map { Self.ofHTTP[$0] ?? [$0] }
    guard let violates = cited[0].first else { return nil }
    self.init(violates, with: cited.joined().filter { $0 != violates })
  }

  /// The requirements of HTTP for those of CGI; none where an application may do it over HTTP.
  ///
  /// All others are the same.
  private static let ofHTTP: [String: [String]] = [
    "CGI-4.3.3-1": ["H-9110-9.3.2-1"],
    "CGI-6.1-1": ["UWSGI-1", "H-9110-8.6-7"],
    "CGI-6.2-1": ["H1-9112-6.3-20", "H1-9112-8-3", "H-9110-5.3-3", "H-9110-5.3-2"],
    "CGI-6.2.2-1": [],
    "CGI-6.2.3-1": [],
    "CGI-6.2.4-1": ["H-9110-15.4-1"],
    "CGI-6.2.4-4": ["H-9110-15.4-1"],
    "CGI-6.3-3": ["H-9110-5.5-2"],
    "CGI-6.3-6": ["H1-9112-5.2-1"],
    "CGI-6.3-8": ["H-9110-2.2-1", "H1-9112-2.2-3"],
    "CGI-6.3.1-1": ["H-9110-8.3-2"],
    "CGI-6.3.2-1": ["H-9110-5.5-2", "H-9110-15.4-1"],
    "CGI-6.3.3-1": [
      "H-9110-15-1", "H-9110-15.3.5-1", "H-9110-15.4-1", "H-9110-15.4.5-3", "H-9110-9.3.2-1", "H1-9112-6.3-1",
    ],
    "CGI-6.3.4-3": [],
    "H-9110-8.6-11": [],
    "H-9110-15.3.5-1": ["H1-9112-6.3-1", "H-9110-15.3.5-1"],
    "H-9110-15.4.5-3": ["H1-9112-6.3-1", "H-9110-15.4.5-3"],
  ]
}
