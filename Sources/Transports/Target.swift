// What the tester speaks to, from the text of the command line.
//
// Parsing only: nothing is resolved, opened or asked here.

package import Exchanges
internal import Glibc

/// A target as the command line names it: a protocol, an address, and where the request path begins.
package struct Target: Hashable, Sendable, CustomStringConvertible {
  /// Where a target is reached.
  package enum Address: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an IP address (without brackets) and a port.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket.
    case unix(path: String)
    /// The path of a program that is started for each request.
    case program(path: String)
    /// A callable of a module, `MODULE:CALLABLE`, or an expression that gives one; it is hosted by a bridge.
    case module(name: String)

    /// The address as messages name it: `127.0.0.1:9000`, `[::1]:9000`, `unix:/run/x.sock`, `/srv/cgi-bin/x`.
    package var description: String {
      switch self {
      case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      case .unix(let path): "unix:\(path)"
      case .program(let path): path
      case .module(let name): name
      }
    }

    /// What a Host field says of it: a path is none that a server takes.
    package var host: String {
      switch self {
      case .tcp: description
      case .unix, .program, .module: "localhost"
      }
    }
  }

  package var wireProtocol: WireProtocol
  package var address: Address
  /// Whether connections are encrypted, and the server proves who it is.
  package var isEncrypted = false
  /// The request path, beginning with `/`; nil where none was written.
  package var path: String?
  /// What followed `?`; nil where nothing did.
  package var query: String?
  /// The user and the password of an HTTP target, as they were written: `USER:PASSWORD`; nil where none was.
  package var userInformation: String?
  /// What was written, without user and password.
  package var description: String

  /// The forms that can be used, for messages and help texts.
  package static let forms = """
    fastcgi://HOST:PORT[/PATH], fastcgi+unix:///SOCKET[:/PATH], scgi and uwsgi likewise, http[s]://HOST[:PORT][/PATH], \
    http+unix:///SOCKET[:/PATH], cgi:/PATH/TO/PROGRAM, wsgi:MODULE:CALLABLE
    """

  /// Schemes that the command line knows and that cannot be spoken yet.
  private static let planned: Set<String> = ["ajp", "asgi"]

  /// A program's path: as it stands where it is absolute, behind the folder's where it begins with `./` or `../`; nil for
  /// a bare name, which shells look for elsewhere.
  private static func absolute(_ program: Substring, in folder: String?) -> String? {
    if program.hasPrefix("/") { return String(program) }
    guard program.hasPrefix("./") || program.hasPrefix("../"), let folder = folder ?? workingDirectory else {
      return nil
    }
    let rest = program.hasPrefix("./") ? program.dropFirst(2) : program
    return folder == "/" ? "/\(rest)" : "\(folder)/\(rest)"
  }

  private static var workingDirectory: String? {
    guard let path = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// A target from its text.
  ///
  /// - Parameter folder: Where a program is looked for that is named by `./` or `../`; the working directory unless told.
  /// - Throws: `UsageError` that says what is wrong and what is expected.
  package init(_ text: String, folder: String? = nil) throws(UsageError) {
    description = text
    guard let colon = text.firstIndex(of: ":") else {
      throw UsageError(.malformedTarget, "a target begins with its protocol; expected \(Self.forms)", context: text)
    }
    let scheme = text[..<colon].lowercased()
    let rest = text[text.index(after: colon)...]
    guard let spoken = WireProtocol.allCases.first(where: { $0.traits.schemes.contains(scheme) }) else {
      if Self.planned.contains(scheme) {
        throw UsageError(
          .unsupportedScheme, "'\(scheme)' is not supported yet; supported are \(Self.forms)", context: text)
      }
      throw UsageError(
        .unknownScheme, "'\(scheme)' is not a protocol that gatespec knows; expected \(Self.forms)", context: text)
    }
    wireProtocol = spoken
    isEncrypted = scheme == "https"
    switch spoken.traits.targetForm {
    case .module:
      address = try Self.module(rest, text)
      return
    case .program:
      let program = rest.hasPrefix("///") ? rest.dropFirst(2) : rest
      guard let path = Self.absolute(program, in: folder), !path.hasPrefix("//"), !path.hasSuffix("/") else {
        throw UsageError(
          .malformedTarget,
          "a CGI program is named by its absolute path, or one that begins with ./ or ../; "
            + "expected cgi:/PATH/TO/PROGRAM", context: text)
      }
      address = .program(path: path)
      return
    case .address: break
    }
    guard rest.hasPrefix("//") else { throw Self.missingSlashes(scheme, text) }
    if scheme.hasSuffix("+unix") {
      let socket = rest.dropFirst(2)
      guard socket.hasPrefix("/") else {
        throw UsageError(
          .malformedTarget,
          "a Unix socket is named by its absolute path, so three slashes follow the scheme; "
            + "expected \(scheme):///PATH/TO/SOCKET[:/PATH]", context: text)
      }
      // The socket's path ends at the first `:/`; a socket path with that in it cannot be written.
      var socketPath = socket
      if let separator = socket.indices.first(where: { socket[$0...].hasPrefix(":/") }) {
        socketPath = socket[..<separator]
        (_, path, query) = Self.split(socket[socket.index(after: separator)...])
      }
      guard socketPath.count > 1, !socketPath.hasSuffix("/") else {
        throw UsageError(.malformedTarget, "the socket's path is missing or names a folder", context: text)
      }
      address = .unix(path: String(socketPath))
    } else {
      var (authority, path, query) = Self.split(rest.dropFirst(2))
      if let at = authority.lastIndex(of: "@") {
        description = "\(text[..<colon])://\(rest[rest.index(after: at)...])"
        guard spoken.traits.requestNames == .headerFields else {
          throw UsageError(
            .malformedTarget, "user names are not part of a \(scheme) target; --param REMOTE_USER=… names a user",
            context: description)
        }
        userInformation = String(authority[..<at])
        authority = authority[authority.index(after: at)...]
      }
      address = try Self.parse(
        authority: authority, scheme: scheme, defaultPort: isEncrypted ? 443 : spoken.traits.defaultPort,
        text: description)
      self.path = path
      self.query = query
    }
  }

  /// `MODULE:CALLABLE`, where the callable may be a call that gives one, `app:make("test")`; nothing for the application
  /// that gatespec puts below a middleware.
  private static func module(_ name: Substring, _ text: String) throws(UsageError) -> Address {
    guard !name.isEmpty else { return .module(name: "") }
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let words = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let isModule = words.allSatisfy { word in
      word.first.map { $0.isLetter || $0 == "_" } ?? false
        && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
    guard isModule, parts.count == 2, !parts[1].isEmpty else {
      throw UsageError(
        .malformedTarget,
        "a WSGI application is named by its module, as an import has it, and its callable; expected "
          + "wsgi:MODULE:CALLABLE or wsgi:MODULE:FACTORY()", context: text)
    }
    return .module(name: String(name))
  }

  private static func missingSlashes(_ scheme: String, _ text: String) -> UsageError {
    UsageError(.malformedTarget, "'//' is missing after '\(scheme):'; expected \(forms)", context: text)
  }

  /// Cuts `HOST:PORT/PATH?QUERY` into its three parts.
  private static func split(_ rest: Substring) -> (authority: Substring, path: String?, query: String?) {
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let tail = rest[end...]
    guard !tail.isEmpty else { return (rest, nil, nil) }
    let mark = tail.firstIndex(of: "?") ?? tail.endIndex
    let path = tail[..<mark]
    let query = mark == tail.endIndex ? nil : String(tail[tail.index(after: mark)...])
    return (rest[..<end], path.isEmpty ? "/" : String(path), query)
  }

  private static func parse(
    authority: Substring, scheme: String, defaultPort: Int?, text: String
  ) throws(UsageError) -> Address {
    var host = authority
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else {
        throw UsageError(.malformedTarget, "'[' opens an IPv6 address and no ']' closes it", context: text)
      }
      host = authority[authority.index(after: authority.startIndex)..<bracket]
      let after = authority[authority.index(after: bracket)...]
      if after.hasPrefix(":") {
        portText = after.dropFirst()
      } else if !after.isEmpty {
        throw UsageError(.malformedTarget, "after ']' only ':PORT' may follow", context: text)
      }
      guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." || $0 == "%" || $0.isLetter })
      else { throw UsageError(.malformedTarget, "'\(host)' is not an IPv6 address", context: text) }
    } else {
      let colons = authority.count { $0 == ":" }
      if colons > 1 {
        throw UsageError(
          .malformedTarget, "an IPv6 address is written in brackets; expected \(scheme)://[\(authority)]:PORT",
          context: text)
      }
      if let colon = authority.firstIndex(of: ":") {
        host = authority[..<colon]
        portText = authority[authority.index(after: colon)...]
      }
    }
    guard !host.isEmpty else {
      throw UsageError(.malformedTarget, "the host is missing; expected \(scheme)://HOST:PORT[/PATH]", context: text)
    }
    guard let portText else {
      guard let defaultPort else {
        throw UsageError(
          .malformedTarget, "the port is missing (\(scheme) has no usual one); expected \(scheme)://\(authority):PORT",
          context: text)
      }
      return .tcp(host: String(host), port: defaultPort)
    }
    guard let port = Int(portText), (1...65_535).contains(port), portText.allSatisfy(\.isNumber) else {
      throw UsageError(.malformedTarget, "'\(portText)' is not a port; expected 1 to 65535", context: text)
    }
    return .tcp(host: String(host), port: port)
  }
}
