// `gatespec request`: its options. Sending and printing is RequestCommand+Run's.

import ArgumentParser
import Transports

struct RequestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Send one request and print the answer, as curl does for HTTP.",
    discussion: """
      gatespec request fastcgi://127.0.0.1:9000/index.php --root /var/www
      gatespec request fastcgi+unix:///run/php/php-fpm.sock:/status?json --root /var/www -i
      gatespec request fastcgi://127.0.0.1:9000/upload.php --root /var/www -d @file -H 'Accept: text/html' -v
      gatespec request cgi:/usr/lib/cgi-bin/report.cgi --path '/cgi-bin/report.cgi?month=5' --param REMOTE_USER=ann
      gatespec request http://127.0.0.1:8080/ --json | jq .phases

      The body goes to standard output as it came, the error stream to standard error. A field becomes a meta-variable \
      where the protocol has those: 'Accept: x' is HTTP_ACCEPT, Content-Type is CONTENT_TYPE.
      Exit codes: 0 a whole response came; 2 usage; 3 the target cannot be reached, or no whole response came; 22 with \
      --fail, a status of 400 or more; 130 interrupted.
      """)

  @Argument(
    help: .init("What to ask: \(Target.forms).", valueName: "target"),
    completion: .list(["fastcgi://", "fastcgi+unix:///", "scgi://", "uwsgi://", "http://", "cgi:/", "wsgi:"]))
  var target: String

  @Option(
    name: [.customShort("X"), .customLong("request")],
    help: .init("The method (default: GET, with a body POST).", valueName: "method"))
  var method: String?

  @Option(name: [.customShort("H"), .long], help: .init("A header field. Repeatable.", valueName: "name: value"))
  var header: [String] = []

  @Option(
    name: .shortAndLong,
    help: .init(
      "The body; @FILE takes a file's text without its line breaks, @- standard input. Repeatable, joined by '&'.",
      valueName: "data"))
  var data: [String] = []

  @Option(help: .init("The body as it is; @FILE a file's bytes, @- those of standard input.", valueName: "data"))
  var dataBinary: String?

  @OptionGroup var base: RequestBase

  @Flag(name: .shortAndLong, help: "Print the response's fields before the body.")
  var include = false

  @Flag(name: .shortAndLong, help: "Print the conversation to standard error.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "End with 22, and without the body, where the status is 400 or more.")
  var fail = false

  @Flag(help: "Print the exchange as one JSON object, as `trace --format json` does, with the findings of the rules.")
  var json = false

  @Option(
    name: .shortAndLong, help: .init("Write the body to a file; - is standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(help: .init("The most that everything may take (default: 30).", valueName: "seconds"))
  var timeout: Seconds?

  func validate() throws {
    for field in header where Self.field(field) == nil {
      throw ValidationError("-H takes 'NAME: VALUE'; '\(field)' is none.")
    }
    if !data.isEmpty, dataBinary != nil { throw ValidationError("-d and --data-binary exclude each other.") }
  }

  /// The name and value of `Name: value`; `Name;` has an empty value, as curl has it.
  static func field(_ text: String) -> (name: [UInt8], value: [UInt8])? {
    let isEmpty = text.hasSuffix(";") && !text.contains(":")
    let parts = text.split(separator: isEmpty ? ";" : ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) else {
      return nil
    }
    let value = parts[1].drop { $0 == " " || $0 == "\t" }
    return (Array(parts[0].utf8), Array(value.utf8))
  }
}
