// Meta-variables of a described request, and the mapping of fields.

import CGIWire
import Testing

@Suite struct MetaVariablesTests {
  /// `NAME=value` for each variable.
  static func text(_ variables: CGIMetaVariables) -> [String] {
    variables.variables.map { String(decoding: $0.name + [0x3D] + $0.value, as: UTF8.self) }
  }

  @Test func theLeastRequest() {
    #expect(
      Self.text(CGIMetaVariables(CGIMetaVariables.Request())) == [
        "GATEWAY_INTERFACE=CGI/1.1", "QUERY_STRING=", "REMOTE_ADDR=127.0.0.1", "REQUEST_METHOD=GET", "SCRIPT_NAME=",
        "SERVER_NAME=localhost", "SERVER_PORT=80", "SERVER_PROTOCOL=HTTP/1.1", "SERVER_SOFTWARE=gatespec",
      ])
  }

  @Test func aFullRequest() {
    var request = CGIMetaVariables.Request()
    request.method = Array("POST".utf8)
    request.setTarget("/cgi%2Dbin/probe/a%20b/%zz%4?x=%20y&z".utf8, scriptPath: "/cgi%2Dbin/probe".utf8)
    request.contentLength = 0
    request.documentRoot = Array("/srv".utf8)
    request.serverPort = 8080
    request.authentication = (Array("Basic".utf8), Array("ann".utf8))
    request.fields = [
      .init("Host", "example.com:8080"), .init("content-type", "a/b"), .init("Content-Length", "0"),
      .init("X-a-B", "1"), .init("Cookie", "c=1"), .init("Authorization", "Basic x"), .init("x-A-b", "2"),
      .init("X_A_B", "3"), .init("COOKIE", "d=2"), .init("Proxy", "evil"), .init("Connection", "close"),
      .init("X-Fold", "one \r\n\ttwo\n three"),
    ]
    #expect(
      Self.text(CGIMetaVariables(request)) == [
        "AUTH_TYPE=Basic", "CONTENT_LENGTH=0", "CONTENT_TYPE=a/b", "GATEWAY_INTERFACE=CGI/1.1",
        "PATH_INFO=/a b/%zz%4", "PATH_TRANSLATED=/srv/a b/%zz%4", "QUERY_STRING=x=%20y&z", "REMOTE_ADDR=127.0.0.1",
        "REMOTE_USER=ann", "REQUEST_METHOD=POST", "SCRIPT_NAME=/cgi-bin/probe", "SERVER_NAME=example.com",
        "SERVER_PORT=8080", "SERVER_PROTOCOL=HTTP/1.1", "SERVER_SOFTWARE=gatespec", "HTTP_HOST=example.com:8080",
        "HTTP_X_A_B=1, 2, 3", "HTTP_COOKIE=c=1; d=2", "HTTP_X_FOLD=one two three",
      ])
  }

  @Test(arguments: [
    ("/s", "/s", "", ""), ("/s/", "/s", "/", ""), ("/s?", "/s", "", ""), ("/s/p?q?r", "/s", "/p", "q?r"),
    ("/sx/p", "/sx/p", "", ""), ("/other", "/other", "", ""),
  ])
  func targets(_ target: String, _ script: String, _ extra: String, _ query: String) {
    var request = CGIMetaVariables.Request()
    request.setTarget(target.utf8, scriptPath: "/s".utf8)
    #expect(String(decoding: request.scriptPath, as: UTF8.self) == script)
    #expect(String(decoding: request.extraPath, as: UTF8.self) == extra)
    #expect(String(decoding: request.query, as: UTF8.self) == query)
  }

  @Test(arguments: [
    ("h", "h"), ("h:1", "h"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("", "localhost"),
  ])
  func serverName(_ host: String, _ expected: String) {
    var request = CGIMetaVariables.Request()
    request.fields = [.init("Host", host)]
    #expect(CGIMetaVariables(request)["SERVER_NAME"].map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test func changing() {
    var variables = CGIMetaVariables([.init("A", "1"), .init("A", "2"), .init("B", "3")])
    variables.set("A".utf8, "4".utf8)
    variables.set("C".utf8, "5".utf8)
    variables.append("A".utf8, [0xFF])
    #expect(variables.variables.count == 5)
    #expect(variables["A"] == Array("4".utf8))
    variables.remove("A".utf8)
    #expect(Self.text(variables) == ["B=3", "C=5"])
    #expect(variables["A"] == nil)
  }

  @Test(arguments: [
    ("Host", "HTTP_HOST", "host"), ("X-A_b", "HTTP_X_A_B", "x-a-b"), ("content-type", "CONTENT_TYPE", "content-type"),
    ("Content-Length", "CONTENT_LENGTH", "content-length"),
    ("Content-Encoding", "HTTP_CONTENT_ENCODING", "content-encoding"),
  ])
  func fieldsAndVariables(_ field: String, _ variable: String, _ back: String) {
    #expect(CGIMetaVariables.variableName(ofField: field.utf8) == Array(variable.utf8))
    #expect(CGIMetaVariables.fieldName(ofVariable: variable.utf8) == Array(back.utf8))
  }

  @Test(arguments: ["HTTP_", "REQUEST_METHOD", "HTTPS", "content_type", ""])
  func variablesOfNoField(_ variable: String) {
    #expect(CGIMetaVariables.fieldName(ofVariable: variable.utf8) == nil)
  }
}
