// A wrong and a right call for every rule of PEP 3333, as the bridge tells of it.

import Conformance
import ConversationTesting
import Exchanges

enum WSGIRuleCases {
  static let all: [RuleCase] = calls + heads + bodies + streams + middlewareCalls + middlewareBodies

  // MARK: Stories

  private static func asked(_ variables: String, _ offers: [String], _ story: [String], ends: Bool) -> Script {
    let lines = offers.map { "offer \($0)\n" }.joined()
    return Script(
      .wsgi,
      [
        .client("gatespec-wsgi 1\n\(variables)\(lines)call\n"),
        .server(story.map { "\($0)\n" }.joined() + (ends ? "done\n" : "")), .serverEnd, .clientEnd,
      ])
  }

  /// A call of an application.
  private static func told(
    _ story: [String], method: String = "GET", offers: [String] = [], ends: Bool = true
  ) -> Script {
    asked("variable REQUEST_METHOD \(method)\n", offers, ["called type=function"] + story, ends: ends)
  }

  private static let started = "started arguments=2 status-type=str headers-type=list at=a.py:3"
  private static let head = [started, "status 200%20OK", "field Content-Type text/plain"]
  private static let body = [
    "returned type=list length=1 at=a.py:4", "sent", "item type=bytes at=a.py:4 +5\nhello", "ended",
  ]
  private static let good = told(head + body)

  private static func bad(_ id: RequirementID, _ story: [String], _ better: Script? = nil, variant: String = "")
    -> RuleCase
  {
    RuleCase(id, .server, told(story), better ?? good, variant: variant)
  }

  /// A call whose start is told of so.
  private static func start(_ facts: String, status: String = "200%20OK", field: String = "field A b") -> [String] {
    ["started arguments=2 status-type=str headers-type=list \(facts) at=a.py:3", "status \(status)", field] + body
  }

  // MARK: Applications

  private static let calls: [RuleCase] = [
    bad("WSGI-2", ["beside calls=8 different=1"] + head + body, told(["beside calls=8 different=0"] + head + body)),
    bad("WSGI-7", ["raised within=call type=TypeError message=takes%203"]),
    bad("WSGI-115", ["raised within=call type=KeyError at=a.py:9 message=x"]),
    bad("WSGI-115", head + body + ["raised within=close type=KeyError at=a.py:9"], variant: "in close"),
    RuleCase(
      "WSGI-27", .server,
      told(
        head + ["returned type=generator", "stopped 0", "raised within=close type=RuntimeError"],
        offers: ["stop-after 0"]),
      told(head + ["returned type=generator", "stopped 0", "closed", "sent"], offers: ["stop-after 0"])),
  ]

  private static let heads: [RuleCase] = [
    bad("WSGI-12", start("keywords=status")), bad("WSGI-14", start("", field: "field A b size=3")),
    bad("WSGI-14", start("", field: "field A b item=list"), variant: "item"),
    bad("WSGI-70", start("", status: "200")), bad("WSGI-70", start("", status: "200%20%20OK"), variant: "spaces"),
    bad("WSGI-71", start("", status: "200%20OK%0A")), bad("WSGI-72", start("headers-type=tuple").fixed),
    bad("WSGI-74", start("", field: "field A: b")), bad("WSGI-75", start("", field: "field A b%0D%0AC")),
    bad("WSGI-78", start("", field: "field connection close"), told(start("", field: "field X-Connection close"))),
    bad("WSGI-98", start("", field: "field Transfer-Encoding chunked")),
    bad("WSGI-84", start("exc-info=ValueError"), told(start("exc-info=exception"))),
    bad(
      "WSGI-88",
      head + [
        "returned type=generator", "sent", "item type=bytes +1\na", "\(started) exc-info=exception", "status 500%20No",
        "refused type=ValueError", "ended",
      ],
      told(
        head + [
          "returned type=generator", "sent", "item type=bytes +1\na", "\(started) exc-info=exception",
          "status 500%20No",
          "refused type=ValueError", "raised within=iteration type=ValueError at=a.py:9",
        ])),
    bad("WSGI-89", head + [started, "status 500%20No"] + body),
    bad("WSGI-111", start("", field: "field A %E2%82%AC"), told(start("", field: "field A %C3%A9"))),
    bad("WSGI-113", start("", field: "field Content-Length 5 value-type=int")),
    bad("WSGI-113", start("status-type=bytes").fixed, variant: "status"),
  ]

  private static let bodies: [RuleCase] = [
    bad("WSGI-17", head + ["sent", "write type=bytes within=call +1\na", "returned type=list length=0", "ended"]),
    bad("WSGI-18", head + ["returned type=NoneType iterable=no at=a.py:1", "sent"]),
    RuleCase("WSGI-18", .server, told(head, ends: false), good, variant: "vanished"),
    bad(
      "WSGI-107", head + ["sent", "write type=bytes within=call +1\na", "returned type=NoneType iterable=no"]),
    bad("WSGI-23", head + ["returned type=list length=2", "sent", "item type=bytes +1\na", "ended"]),
    bad("WSGI-28", ["returned type=list length=0", "ended"]),
    bad("WSGI-28", ["returned type=generator", "item type=bytes +1\na"] + head + ["ended"], variant: "late"),
    bad("WSGI-110", head + ["returned type=generator", "sent", "write type=bytes within=iteration +1\na", "ended"]),
    bad("WSGI-114", head + ["returned type=list", "sent", "item type=str +1\na", "ended"]),
    bad(
      "H-9110-8.6-10", start("", field: "field Content-Length 6"), told(start("", field: "field Content-Length 5")),
      variant: "WSGI"),
    bad("H-9110-8.6-11", start("", field: "field Content-Length 5x"), variant: "WSGI"),
    bad("H-9110-5.3-3", start("", field: "field Date x\nfield Date y"), variant: "WSGI"),
    bad("H-9110-15.3.5-1", start("", status: "204%20No"), variant: "WSGI"),
    bad("H-9110-15.4.5-3", start("", status: "304%20No"), variant: "WSGI"),
  ]

  private static let streams: [RuleCase] = [
    bad(
      "WSGI-62", ["read how=read asked=9 got=5 past=4 at=a.py:2"] + head + body,
      told(["read how=read asked=5 got=5"] + head + body)),
    bad("WSGI-68", ["touched object=input name=seek at=a.py:2"] + head + body),
    bad("WSGI-69", ["touched object=errors name=close at=a.py:2"] + head + body),
    bad(
      "WSGI-113", ["errors how=write type=bytes +1\na"] + head + body,
      told(["errors how=write type=str +1\na"] + head + body), variant: "errors"),
  ]

  // MARK: Middleware

  /// A call of a middleware round an application that returns three items and can be closed.
  private static func wrapped(_ below: [String], offers: [String] = ["inner parts"]) -> Script {
    told(below, offers: offers)
  }

  private static let innerCall = "inner-called arguments=2 environ-type=dict callable=yes at=m.py:5"
  private static let began = [innerCall, started, "status 200%20OK", "field Content-Type text/plain", "inner-started"]
  private static let through = [
    "returned type=generator", "inner-item bytes=1", "sent", "item type=bytes +1\na", "inner-item bytes=1",
    "item type=bytes +1\nb", "inner-ended", "ended",
  ]
  private static let sound = wrapped(began + through + ["inner-closed", "closed"])

  private static func below(_ id: RequirementID, _ lines: [String]) -> RuleCase {
    RuleCase(id, .server, wrapped([innerCall] + lines + began.dropFirst() + through + ["inner-closed"]), sound)
  }

  private static func calledSo(_ id: RequirementID, _ facts: String) -> RuleCase {
    RuleCase(
      id, .server, wrapped(["inner-called \(facts) at=m.py:5"] + began.dropFirst() + through + ["inner-closed"]), sound)
  }

  private static let middlewareCalls: [RuleCase] = [
    below("WSGI-3", [innerCall]), calledSo("WSGI-8", "arguments=0 keywords=environ environ-type=dict callable=yes"),
    calledSo("WSGI-9", "arguments=2 environ-type=m.Environ callable=yes"),
    below("WSGI-11", ["inner-missing SERVER_NAME"]),
    below("WSGI-48", ["inner-type SERVER_PORT type=int"]), below("WSGI-112", ["inner-wide PATH_INFO"]),
    below("WSGI-59", ["inner-without wsgi.input readline"]), below("WSGI-60", ["inner-without wsgi.errors flush"]),
    calledSo("WSGI-16", "arguments=2 environ-type=dict callable=no"),
    RuleCase(
      "WSGI-85", .server, wrapped(began + ["inner-started given=yes"] + through + ["inner-closed"]),
      wrapped(
        began + ["\(started) exc-info=exception", "status 500%20No", "inner-started given=yes"] + through + [
          "inner-closed"
        ])),
    RuleCase(
      "WSGI-115", .server, wrapped(began + through + ["inner-closed", "raised within=close type=KeyError at=m.py:9"]),
      wrapped(
        began + through + ["inner-closed", "raised within=close type=Late at=i.py:47"], offers: ["inner close-raises"]),
      variant: "in close of a middleware"),
    RuleCase(
      "WSGI-86", .server,
      wrapped(
        began + [
          "returned type=generator", "inner-item bytes=1", "sent", "item type=bytes +1\na",
          "\(started) exc-info=exception", "status 500%20No", "refused type=Late", "inner-started given=yes",
          "inner-ended",
          "ended", "inner-closed",
        ]),
      wrapped(
        began + [
          "returned type=generator", "inner-item bytes=1", "sent", "item type=bytes +1\na",
          "\(started) exc-info=exception", "status 500%20No", "refused type=Late", "inner-refused type=Late given=yes",
          "raised within=iteration type=Late", "inner-closed",
        ])),
  ]

  private static let middlewareBodies: [RuleCase] = [
    RuleCase("WSGI-24", .server, wrapped(began + through), sound),
    RuleCase(
      "WSGI-25", .server,
      wrapped(began + through.prefix(5) + ["inner-raised type=Late", "raised within=iteration type=Late"]),
      wrapped(
        began + through.prefix(5) + ["inner-raised type=Late", "raised within=iteration type=Late", "inner-closed"])),
    RuleCase(
      "WSGI-26", .server,
      wrapped(began + through.prefix(4) + ["stopped 1", "closed"], offers: ["inner parts", "stop-after 1"]),
      wrapped(
        began + through.prefix(4) + ["stopped 1", "inner-closed", "closed"], offers: ["inner parts", "stop-after 1"])),
    RuleCase(
      "WSGI-29", .server,
      wrapped([innerCall, "raised within=call type=AttributeError at=m.py:6"], offers: ["inner lazy"]), sound),
    RuleCase(
      "WSGI-101", .server,
      wrapped(
        began + [
          "returned type=generator", "inner-item bytes=1", "inner-item bytes=1", "sent", "item type=bytes +2\nab",
          "inner-ended", "ended", "inner-closed",
        ]), sound),
    RuleCase(
      "WSGI-104", .server,
      wrapped(
        began + [
          "inner-item bytes=1", "inner-ended", "inner-closed", "returned type=list length=1", "sent",
          "item type=bytes +1\na", "ended",
        ]), sound),
    RuleCase(
      "WSGI-105", .server,
      wrapped(
        began + [
          "returned type=list", "inner-item bytes=1", "sent", "write type=bytes within=iteration +1\na", "inner-ended",
          "ended", "inner-closed",
        ]), sound),
  ]
}

extension [String] {
  /// Has the last of facts that are said twice only.
  fileprivate var fixed: [String] {
    map { line in
      var line = line
      for fact in ["status-type=str ", "headers-type=list "] {
        let name = fact.prefix { $0 != "=" }
        if line.components(of: String(name)) > 1 { line = line.replacing(fact, with: "") }
      }
      return line
    }
  }
}

extension String {
  fileprivate func components(of word: String) -> Int { split(separator: " ").count { $0.hasPrefix("\(word)=") } }
}
