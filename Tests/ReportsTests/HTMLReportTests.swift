// The HTML page: whole, harmless, self-contained, and its filters work in a browser.

import Conformance
import Drivers
import Exchanges
import FastCGIWire
import Fixtures
import Foundation
import Prerequisites
import Reports
import Testing
import WireBytes

@Suite struct HTMLReportTests {
  static func html(_ report: CheckReport) -> String {
    var output = TextBuffer()
    CheckHTMLReport(version: "0", registry: Samples.registry).render(report, to: &output)
    return output.text
  }

  @Test func isAsCommitted() { Snapshot.verify(Self.html(Samples.report), "check.html") }

  /// A reader that checks nesting and collects what a browser would fetch, run, or show.
  private static let reader = """
    import sys, json
    from html.parser import HTMLParser
    void = {"meta", "link", "input", "br", "img", "hr"}
    class Reader(HTMLParser):
        stack, tags, urls, handlers, ids, texts = [], [], [], [], [], []
        def handle_starttag(self, tag, attributes):
            self.tags.append(tag)
            for name, value in attributes:
                if name.startswith("on"): self.handlers.append(name)
                if name == "id": self.ids.append(value)
                if name in ("src", "href", "action", "data", "srcset"): self.urls.append([tag, value])
            if tag not in void: self.stack.append(tag)
        def handle_startendtag(self, tag, attributes):
            assert tag in void, tag
            self.handle_starttag(tag, attributes)
        def handle_endtag(self, tag):
            assert self.stack and self.stack.pop() == tag, tag
        def handle_data(self, data):
            if self.stack and self.stack[-1] not in ("style", "script"): self.texts.append(data)
    reader = Reader(convert_charrefs=True)
    reader.feed(open(sys.argv[1], encoding="utf-8").read())
    reader.close()
    assert not reader.stack, reader.stack
    assert len(reader.ids) == len(set(reader.ids)), reader.ids
    print(json.dumps({"tags": reader.tags, "urls": reader.urls, "handlers": reader.handlers, "ids": reader.ids,
                      "text": "".join(reader.texts)}))
    """

  private struct Page: Decodable {
    var tags: [String]
    var urls: [[String]]
    var handlers: [String]
    var ids: [String]
    var text: String
  }

  private func read(_ html: String) throws -> Page {
    let run = try #require(ForeignTool.python).run(["-c", Self.reader], on: html)
    try #require(run.code == 0, "\(run.everything)")
    return try JSONDecoder().decode(Page.self, from: Data(run.output.utf8))
  }

  @Test(
    .requires("python3", ForeignTool.python != nil),
    arguments: [Samples.report, Samples.nasty, Samples.empty])
  func isWellFormedAndNeedsNothingElse(_ report: CheckReport) throws {
    let page = try read(Self.html(report))
    // Links to specifications and within the page; nothing that a browser fetches by itself.
    for url in page.urls {
      #expect(url[0] == "a")
      #expect(url[1].hasPrefix("#") || url[1].hasPrefix("https://"), "\(url)")
    }
    #expect(page.tags.count { $0 == "script" } == 1)
    #expect(page.handlers.isEmpty)
    #expect(!Self.html(report).contains("url("))
    #expect(!Self.html(report).contains("@import"))
    for result in report.results { #expect(page.ids.contains(result.testCase.id)) }
    #expect(page.text.contains(report.countLine))
  }

  @Test(.requires("python3", ForeignTool.python != nil))
  func showsTheConversationBesideWhatWasExpected() throws {
    let page = try read(Self.html(Samples.report))
    #expect(page.text.contains("record type=stdout id=1 content=25 padding=7 \"Status: 500\\x0d\\x0a\""))
    #expect(page.text.contains("the status is 200"))
    #expect(page.text.contains("the status is 500, expected 200 (received, offset 24)"))
    #expect(page.text.contains("gatespec check fastcgi://127.0.0.1:9000/ --only fastcgi/records/padding-255"))
    #expect(page.urls.contains(["a", "https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3"]))
  }

  @Test(.requires("python3", ForeignTool.python != nil))
  func nothingOfTheWireBecomesMarkup() throws {
    let page = try read(Self.html(Samples.nasty))
    #expect(page.text.contains(#"<b>&amp; ]]> "quoted" 'too'"#))
    #expect(page.text.contains("<script>alert(1)</script>"))
    #expect(!page.tags.contains("b") || !Self.html(Samples.nasty).contains("<b>&"))
    #expect(Self.html(Samples.nasty).unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" })
  }

  @Test(.requires("libxml2-utils", ForeignTool.xmllint != nil))
  func anotherParserFindsTheSameCases() throws {
    let tool = try #require(ForeignTool.xmllint)
    // libxml2 does not know HTML 5's elements and says so; what it must find are our cases and no others.
    let run = try tool.run(
      ["--html", "--xpath", "count(//details[@data-verdict='fail'][@open]) + 10 * count(//details)"],
      on: Self.html(Samples.report))
    #expect(run.output.trimmingCharacters(in: .whitespacesAndNewlines) == "71", "\(run.everything)")
  }

  /// The page's document after `script` ran in a browser.
  private func document(of html: String, after script: String) throws -> String {
    let page = html.replacing("</body>", with: "<script>\(script)</script></body>")
    #expect(page != html)
    let run = try #require(ForeignTool.chromium).run(
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir={folder}/profile",
        "--dump-dom",
      ], on: page, named: "page.html")
    try #require(run.code == 0, "\(run.everything)")
    return run.output
  }

  // Not required: the script does not install a browser for one test.
  @Test(.enabled(if: ForeignTool.chromium != nil, "chromium is not installed"))
  func filtersWorkInABrowser() throws {
    let html = Self.html(Samples.report)
    let shown = "document.title = [...document.querySelectorAll('.case:not([hidden])')].map(c => c.id).join(' ')"
    let change = "const f = document.querySelector('.filters'); const go = () => f.dispatchEvent(new Event('input'));"
    let untouched = try document(of: html, after: shown)
    #expect(untouched.contains("<form class=\"filters\">"), "the script shows the filters")
    #expect(untouched.contains(">7 of 7 cases</output>"))
    #expect(untouched.contains("<title>\(Samples.report.idsByTopic)</title>"))
    let failures = try document(
      of: html,
      after: "\(change) for (const b of f.elements.verdict) b.checked = b.value === 'fail'; go(); \(shown)")
    #expect(failures.contains("<title>fastcgi/records/padding-255</title>"))
    #expect(failures.contains(">1 of 7 cases</output>"))
    let topic = try document(of: html, after: "\(change) f.elements.topic.value = 'fastcgi/values'; go(); \(shown)")
    #expect(topic.contains("<title>fastcgi/values/all fastcgi/values/two fastcgi/values/one</title>"))
    #expect(topic.contains("<section id=\"fastcgi/output\" class=\"topic\" hidden=\"\">"))
    let words = try document(of: html, after: "\(change) f.elements.words.value = 'Odd MULTIPLE'; go(); \(shown)")
    #expect(words.contains("<title>fastcgi/output/odd</title>"))
    let printed = try document(
      of: html,
      after: "dispatchEvent(new Event('beforeprint')); document.title = document.querySelectorAll('.case[open]').length"
    )
    #expect(printed.contains("<title>4</title>"), "all that did not pass and was not skipped stands open on paper")
  }
}

extension CheckReport {
  /// IDs in the order of the page; in the sample the topics stand together already.
  fileprivate var idsByTopic: String { results.map(\.testCase.id).joined(separator: " ") }
}
