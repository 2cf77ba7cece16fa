// The text of a target: every form that is accepted, and what the refused ones are told.

import Exchanges
import Testing
import Transports

struct TargetTests {
  @Test(arguments: [
    ("fastcgi://127.0.0.1:9000", "fastcgi 127.0.0.1:9000 - -"),
    ("fastcgi://127.0.0.1:9000/index.php", "fastcgi 127.0.0.1:9000 /index.php -"),
    ("fastcgi://localhost:9000/a/b?x=1&y=/2", "fastcgi localhost:9000 /a/b x=1&y=/2"),
    ("FastCGI://localhost:9000", "fastcgi localhost:9000 - -"),
    ("fastcgi://[::1]:9000/x", "fastcgi [::1]:9000 /x -"),
    ("fastcgi://[fe80::1%eth0]:9000", "fastcgi [fe80::1%eth0]:9000 - -"),
    ("fastcgi+unix:///run/php/php-fpm.sock", "fastcgi unix:/run/php/php-fpm.sock - -"),
    ("fastcgi+unix:///run/x.sock:/status?full", "fastcgi unix:/run/x.sock /status full"),
    ("http://localhost", "http localhost:80 - -"),
    ("http://localhost:8080/", "http localhost:8080 / -"),
    ("http://localhost?q", "http localhost:80 / q"),
    ("https://example.test/a", "http example.test:443 /a -"), ("https://[::1]:8443", "http [::1]:8443 - -"),
    ("http+unix:///run/app.sock:/", "http unix:/run/app.sock / -"),
    ("scgi://127.0.0.1:4000/app?x", "scgi 127.0.0.1:4000 /app x"),
    ("scgi+unix:///run/x.sock:/app", "scgi unix:/run/x.sock /app -"),
    ("uwsgi://[::1]:3031", "uwsgi [::1]:3031 - -"),
    ("uwsgi+unix:///run/x.sock", "uwsgi unix:/run/x.sock - -"),
    ("cgi:/usr/lib/cgi-bin/probe", "cgi /usr/lib/cgi-bin/probe - -"),
    ("cgi:///usr/lib/cgi-bin/probe", "cgi /usr/lib/cgi-bin/probe - -"),
  ])
  func accepted(text: String, expected: String) throws {
    let target = try Target(text)
    #expect(
      "\(target.wireProtocol.rawValue) \(target.address) \(target.path ?? "-") \(target.query ?? "-")" == expected)
    #expect(target.description == text)
  }

  @Test("a target that is none is named without its password", arguments: ["ftp", "ajp", "http+unix"])
  func complaintsHoldNoPassword(scheme: String) {
    let error = #expect(throws: UsageError.self) { try Target("\(scheme)://ann:secret@127.0.0.1:x/") }
    #expect(error.map { !"\($0)".contains("secret") } == true)
  }

  @Test func userAndPasswordStandInNoDescription() throws {
    let target = try Target("https://ann:p%40ss@example.test:8443/a?b")
    #expect(target.userInformation == "ann:p%40ss")
    #expect(target.description == "https://example.test:8443/a?b")
    #expect("\(target.address) \(target.path ?? "-") \(target.query ?? "-")" == "example.test:8443 /a b")
    let error = #expect(throws: UsageError.self) { try Target("http://ann:secret@example.test:x/") }
    #expect(error.map { "\($0.message) \($0.context)".contains("secret") } == false)
    let other = #expect(throws: UsageError.self) { try Target("fastcgi://ann:secret@example.test:9000/") }
    #expect(other?.message.contains("user names are not part of a fastcgi target") == true)
    #expect(other?.context == "fastcgi://example.test:9000/")
  }

  @Test func onlyHTTPSIsEncrypted() throws {
    #expect(try Target("https://x").isEncrypted)
    #expect(try !Target("http://x").isEncrypted)
  }

  @Test(arguments: [
    ("cgi:./probe.cgi", "/srv/app", "/srv/app/probe.cgi"), ("cgi:../probe.cgi", "/srv/app", "/srv/app/../probe.cgi"),
    ("cgi:./bin/probe", "/", "/bin/probe"), ("cgi:/bin/probe", "/srv/app", "/bin/probe"),
  ])
  func programBesideTheUser(text: String, folder: String, expected: String) throws {
    let target = try Target(text, folder: folder)
    #expect(target.address == .program(path: expected))
    #expect(target.description == text)
  }

  @Test(arguments: ["shop.wsgi:application", "app:make(\"a:b\")", "_a.b2:C()", ""])
  func applications(name: String) throws {
    let target = try Target("wsgi:\(name)")
    #expect(target.address == .module(name: name))
    #expect(target.path == nil)
  }

  @Test(arguments: [
    ("", "malformed-target", "begins with its protocol"),
    ("127.0.0.1", "malformed-target", "begins with its protocol"),
    ("localhost:9000", "unknown-scheme", "'localhost' is not a protocol"),
    ("ftp://x", "unknown-scheme", "'ftp' is not a protocol"),
    ("scgi://127.0.0.1", "malformed-target", "the port is missing (scgi has no usual one)"),
    ("uwsgi+unix://run/x.sock", "malformed-target", "three slashes"),
    ("asgi:app:application", "unsupported-scheme", "'asgi' is not supported yet"),
    ("wsgi:app", "malformed-target", "named by its module"), ("wsgi:app:", "malformed-target", "named by its module"),
    ("wsgi:/srv/app.py:application", "malformed-target", "as an import has it"),
    ("fastcgi:127.0.0.1:9000", "malformed-target", "'//' is missing"),
    ("fastcgi://127.0.0.1", "malformed-target", "the port is missing"),
    ("fastcgi://:9000", "malformed-target", "the host is missing"),
    ("fastcgi:///run/x.sock", "malformed-target", "the host is missing"),
    ("fastcgi://h:0", "malformed-target", "'0' is not a port"),
    ("fastcgi://h:65536", "malformed-target", "'65536' is not a port"),
    ("fastcgi://h:+80", "malformed-target", "'+80' is not a port"),
    ("fastcgi://h:", "malformed-target", "'' is not a port"),
    ("fastcgi://::1:9000", "malformed-target", "written in brackets"),
    ("fastcgi://[::1", "malformed-target", "no ']' closes it"),
    ("fastcgi://[::1]9000", "malformed-target", "after ']'"),
    ("fastcgi://[abc]:9000", "malformed-target", "is not an IPv6 address"),
    ("fastcgi+unix://run/x.sock", "malformed-target", "three slashes"),
    ("fastcgi+unix:///", "malformed-target", "socket's path is missing"),
    ("cgi:probe", "malformed-target", "absolute path"),
    ("cgi:/usr/lib/", "malformed-target", "absolute path"),
    ("cgi:.//usr/lib/", "malformed-target", "absolute path"),
  ])
  func refused(text: String, code: String, words: String) {
    let error = #expect(throws: UsageError.self) { try Target(text) }
    #expect(error?.code.rawValue == code)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "no error")")
    #expect(error?.context == text)
  }
}
