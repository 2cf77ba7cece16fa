// What the reference HTTP server serves: the probe at /, or at any path whose query asks for it, and nothing elsewhere.
//
// What the path / answers without a query is a page with validators. Pure: a request in, an answer out that nobody has
// framed yet.

internal import CGIWire
internal import WireBytes

/// The resources of the server.
struct HTTPResource {
  let request: ServedRequest
  let policy: HTTPPolicy
  /// Seconds since 1970.
  let now: UInt64

  /// The answer to the request.
  var answer: HTTPAnswer {
    let method = String(decoding: request.method, as: UTF8.self)
    // A gateway hands on what it does not know.
    guard policy.known.contains(method) || policy.isGateway && asksProbe else { return .refusal(501) }
    if asksProbe { return probe }
    guard policy.allowed.contains(method) else {
      var answer = HTTPAnswer.refusal(405)
      answer.head.append("Allow", policy.allowed.joined(separator: ", "))
      return answer
    }
    if method == "OPTIONS" { return options }
    if method == "TRACE" { return trace }
    guard request.path == [0x2F] else {
      return policy.keeps(.conditionsOfErrors) ? .refusal(404) : conditional(.refusal(404), isPage: false)
    }
    let isPage = method == "GET" || method == "HEAD"
    return conditional(isPage ? page : probe, isPage: isPage)
  }

  private var options: HTTPAnswer {
    var head = ProbeHead(code: 200)
    head.append("Allow", policy.allowed.joined(separator: ", "))
    let answer = HTTPAnswer(head)
    return policy.keeps(.conditionsOfOPTIONS) ? answer : conditional(answer, isPage: false)
  }

  /// The request as it came, without what is nobody else's.
  private var trace: HTTPAnswer {
    var head = ProbeHead(code: 200)
    head.append("Content-Type", "message/http")
    var echo = ProbeHead(code: nil)
    let secrets = ["authorization", "cookie", "proxy-authorization"]
    for field in request.fields {
      let name = String(decoding: field.name, as: UTF8.self)
      if !secrets.contains(name.lowercased()) { echo.append(name, field.value) }
    }
    let target = String(decoding: request.target, as: UTF8.self)
    return HTTPAnswer(head, echo.cgiBytes(statusLine: "TRACE \(target) HTTP/1.1"))
  }

  // MARK: Pages

  /// An answer as the conditions and the ranges of the request make it.
  ///
  /// - Parameter isPage: Whether the answer is the page itself, with its validators.
  private func conditional(_ whole: HTTPAnswer, isPage: Bool) -> HTTPAnswer {
    var answer = whole
    let strength = policy.hasWeakTags ? "W/" : ""
    let entityTag = policy.hasValidators ? strength + Self.entityTag(page.body) : nil
    let conditions = HTTPConditions(
      request: request, policy: policy, now: now, entityTag: entityTag, lastModified: policy.lastModified)
    if isPage, let entityTag {
      answer.head.append("ETag", entityTag)
      answer.head.append("Last-Modified", HTTPDate.text(policy.lastModified))
    }
    switch conditions.status {
    case 304:
      answer.head.code = 304
      answer.head.reason = "Not Modified"
      answer.head.fields.removeAll { $0.name != "ETag" }
      answer.body = []
      return answer
    case 412: return .refusal(412)
    default: break
    }
    if isPage || !policy.keeps(.rangesOfPOST) { cut(&answer, entityTag) }
    return answer
  }

  /// Makes of a whole answer the parts that the request asks for.
  private func cut(_ answer: inout HTTPAnswer, _ entityTag: String?) {
    guard policy.servesRanges else { return }
    answer.head.append("Accept-Ranges", "bytes")
    let conditions = HTTPConditions(
      request: request, policy: policy, now: now, entityTag: entityTag, lastModified: policy.lastModified)
    if conditions.allowsRange { HTTPRanges.apply(request, policy, &answer) }
  }

  /// A strong tag of these bytes.
  private static func entityTag(_ bytes: [UInt8]) -> String {
    let hash = bytes.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return "\"\(String(hash, radix: 16))\""
  }

  // MARK: The probe

  /// Fields that ask for a part of a page, or for it on a condition: the page is the same with them and without.
  private static let conditionFields: Set<String> = [
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range",
  ]

  /// The page that GET gets: to HEAD the same, to other methods that of a request which is about nothing but it.
  private var page: HTTPAnswer {
    var asked = request
    asked.method = Array("GET".utf8)
    if !request.isHEAD, !request.hasMethod("GET") {
      asked.fields.removeAll { !$0.name.equalsIgnoringCase("host".utf8) }
      asked.body = []
    }
    return HTTPResource(request: asked, policy: policy, now: now).probe
  }

  private var asksProbe: Bool { ProbeQuery(request.query)["probe"] != nil }

  private var probe: HTTPAnswer {
    var probe = HTTPAnswer(steps)
    let asks = ProbeQuery(request.query).probe
    if asks.elementsEqual("pattern".utf8), probe.code == 200, request.hasMethod("GET") { cut(&probe, nil) }
    return probe
  }

  private var steps: [ProbeStep] {
    guard policy.isGateway else { return ProbeApplication().answer(asked) }
    let variables = variables
    var steps = ProbeApplication().answer(withBody(ProbeRequest(interface: .cgi, metaVariables: variables)))
    policy.answers(variables, &steps)
    return steps
  }

  /// The fields that the application sees: Host is that of the target, where it names one.
  private var seen: [ProbeVariable] {
    var fields = request.fields.filter { field in
      asksProbe || !Self.conditionFields.contains(String(decoding: field.name.lowercasedASCII, as: UTF8.self))
    }
    if let authority = request.authority, !request.hasMethod("CONNECT") {
      for index in fields.indices where fields[index].name.equalsIgnoringCase("host".utf8) {
        fields[index].value = authority
      }
    }
    return fields
  }

  /// What an application of HTTP is asked.
  private var asked: ProbeRequest {
    // Names have no case; the report has them in lower case.
    let fields = seen.map { ProbeVariable(name: $0.name.lowercasedASCII, value: $0.value) }
    var asked = ProbeRequest(interface: .http, variables: fields, query: ProbeQuery(request.query))
    asked.contentType = fields.value(of: "content-type")
    return withBody(asked)
  }

  private func withBody(_ asked: ProbeRequest) -> ProbeRequest {
    var asked = asked
    asked.bodyByteCount = UInt64(request.body.count)
    asked.body = request.body
    // What is sent of the answer to HEAD, the server sees to.
    asked.isHead = false
    return asked
  }

  /// The meta-variables that a gateway makes of the request.
  private var variables: [ProbeVariable] {
    let lines = seen.map { CGIMetaVariables.Variable(name: $0.name, value: $0.value) }
    var list = CGIMetaVariables.fieldVariables(lines).variables.map { ProbeVariable(name: $0.name, value: $0.value) }
    func append(_ name: String, _ value: [UInt8]) {
      list.append(ProbeVariable(name: Array(name.utf8), value: value))
    }
    append("REQUEST_METHOD", request.method)
    append("QUERY_STRING", request.query)
    if let type = request.values("content-type").last { append("CONTENT_TYPE", type) }
    if request.framing != .none { append("CONTENT_LENGTH", Array("\(request.body.count)".utf8)) }
    policy.receives(&list)
    return list
  }
}
