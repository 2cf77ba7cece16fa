// `gatespec probe`: the probes that the binary carries.
//
// Which there are and what they are for. Their sources are embedded files; docs of the contract are elsewhere.

/// One probe that is ready to be put behind a backend.
package struct Probe: Hashable, Sendable {
  /// The file's name: `probe.php`.
  package var name: String
  /// Where it belongs and how it is put there.
  package var summary: String

  package init(name: String, summary: String) {
    self.name = name
    self.summary = summary
  }

  /// What is known about each kind of probe, by its file's name.
  private static let summaries: [String: String] = [
    "probe.php": "PHP under php-fpm or php-cgi: put it where the backend finds scripts",
    "probe.cgi": "a CGI program in POSIX sh: make it executable in cgi-bin",
    "probe.c": "a FastCGI program for libfcgi: cc -O2 probe.c -lfcgi -o probe, then run it with spawn-fcgi",
    "probe.py": "Python, as a WSGI application (gunicorn probe:application; uwsgi, flup for SCGI) or a CGI program",
    "probe.pl": "a FastCGI program in Perl with FCGI.pm, or with SCGI.pm a server: probe.pl scgi 4000",
    "probe.go": "Go with net/http/fcgi: go build probe.go, then run it with spawn-fcgi, or as a CGI program",
    "probe.rb": "Ruby with the gem fcgi, run with spawn-fcgi, or as a CGI program",
  ]

  /// Languages whose files end otherwise.
  private static let suffixes = ["perl": "pl", "python": "py", "ruby": "rb", "shell": "cgi"]

  /// The probes among embedded files: those below `probes/`, by name.
  package static func all(inPaths paths: [String]) -> [Probe] {
    paths.filter { $0.hasPrefix("probes/") }.map { path in
      let name = String(path.dropFirst("probes/".count))
      return Probe(name: name, summary: summaries[name] ?? "")
    }.sorted { $0.name < $1.name }
  }

  /// The probe that a user's word names: its file, the file's suffix (`php`), or its language (`ruby`).
  package static func named(_ word: String, in probes: [Probe]) -> Probe? {
    probes.first { $0.name == word } ?? probes.first { $0.name.hasSuffix(".\(suffixes[word] ?? word)") }
  }
}

extension TextBuffer {
  /// Appends one line for each probe.
  package mutating func append(_ probes: [Probe], _ style: TextStyle) {
    let width = (probes.map { $0.name.utf8.count }.max() ?? 0) + 2
    for probe in probes {
      append(label: probe.name, probe.summary, indent: 0, column: width, style.forLists)
    }
  }
}
