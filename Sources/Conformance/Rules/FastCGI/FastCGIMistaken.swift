// Diagnoses: FastCGI where another protocol is spoken, and another protocol where FastCGI is.

import Exchanges
import WireBytes

extension RuleCatalog {
  static let fastCGIMistaken: [Rule] = [
    Rule(
      "DIAG-HTTP-ON-FASTCGI", .client, summary: "What reaches a FastCGI port is FastCGI.",
      explanation:
        "The web server uses proxy_pass where fastcgi_pass is due, or a health check asks with HTTP.",
      connection: { summary, findings in
        guard summary.wireProtocol == .fastCGI, summary.requestOpening == .protocolIs(.http1) else {
          return
        }
        findings.report("an HTTP request to a FastCGI port", .request, at: 0)
      }),
    Rule(
      "DIAG-FASTCGI-ON-HTTP", .client, summary: "What reaches an HTTP port is HTTP.",
      explanation:
        "The web server uses fastcgi_pass where proxy_pass is due, or the port is another program's.",
      connection: { summary, findings in
        if summary.wireProtocol == .http1, summary.requestOpening == .protocolIs(.fastCGI) {
          findings.report("a FastCGI request to an HTTP port", .request, at: 0)
        } else if summary.wireProtocol == .fastCGI, summary.responseOpening == .protocolIs(.http1) {
          findings.report("a FastCGI request that was answered with HTTP", .response, at: 0)
        }
      }),
  ]
}
