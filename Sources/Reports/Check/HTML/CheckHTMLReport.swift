// `gatespec check --report html=FILE`: one page that needs nothing else, neither network nor script.
//
// The frame: head, summary, filters, topics. A case is CheckHTMLReport+Case's, looks and filtering CheckHTMLPage's.

package import Conformance
package import Drivers
internal import Fixtures
internal import WireBytes

/// Renders a check as an HTML page.
package struct CheckHTMLReport: Sendable {
  let registry: RequirementRegistry
  private let version: String

  /// - Parameter version: Gatespec's own.
  package init(version: String, registry: RequirementRegistry) {
    self.version = version
    self.registry = registry
  }

  /// Appends the whole page.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    var html = MarkupWriter()
    html.literal("<!DOCTYPE html>\n")
    html.element("html", [("lang", "en")]) { html in
      html.literal("\n")
      html.element("head") { renderHead(report, to: &$0) }
      html.literal("\n")
      html.element("body") { html in
        html.element("header") { renderSummary(report, to: &$0) }
        html.element("main") { html in
          renderTable(report, to: &html)
          renderFilters(report, to: &html)
          for topic in report.topics { render(topic, to: &html) }
        }
        html.element("footer", text: "gatespec \(version)")
        html.literal(CheckHTMLPage.script)
      }
    }
    html.literal("\n")
    // The bytes of a [UInt8] have no padding: reading them raw is sound.
    unsafe output.append(html.output.bytes.span.bytes)
  }

  private func renderHead(_ report: CheckReport, to html: inout MarkupWriter) {
    html.literal(CheckHTMLPage.metadata)
    html.element("title", text: "\(report.count(.fail)) fail: gatespec check \(report.target)")
    html.literal(CheckHTMLPage.style)
  }

  // MARK: The summary

  private func renderSummary(_ report: CheckReport, to html: inout MarkupWriter) {
    html.element("h1") { html in
      html.text("gatespec check ")
      html.element("code", text: report.target)
    }
    var time = TextBuffer()
    time.append(millisecondsOf: Int64(nanosecondsOf: report.durationMilliseconds / 1000))
    html.element("p", [("class", "when")]) { html in
      html.element("time", [("datetime", report.started.iso8601)], text: report.started.iso8601)
      html.text(", \(time.text) s")
    }
    html.element("p", [("class", "count")], text: report.countLine)
    if let trouble = report.trouble {
      html.element("p", [("class", "notice")], text: "Could not be checked: \(trouble)")
    }
    if report.interrupted {
      html.element("p", [("class", "notice")], text: "Interrupted: not every case ran.")
    }
    html.element("div", [("class", "bar"), ("aria-hidden", "true")]) { html in
      for verdict in Verdict.reportOrder where report.count(verdict) > 0 {
        html.element(
          "span", [("class", verdict.rawValue), ("style", "flex-grow:\(report.count(verdict))")], text: "")
      }
    }
    html.element("dl", [("class", "facts")]) { html in
      for fact in report.capabilities.facts {
        html.element("div") { html in
          html.element("dt", text: fact.name)
          html.element("dd", text: fact.words)
        }
      }
    }
    for remark in report.remarks { html.element("p", [("class", "notice")], text: remark.asSentence) }
  }

  /// How many cases of each verdict every topic has.
  private func renderTable(_ report: CheckReport, to html: inout MarkupWriter) {
    let shown = Verdict.reportOrder.filter { report.count($0) > 0 }
    guard !shown.isEmpty else {
      html.element("p", text: "No case ran.")
      return
    }
    html.element("table") { html in
      html.element("thead") { html in
        html.element("tr") { html in
          html.element("th", [("scope", "col")], text: "topic")
          for verdict in shown {
            html.element("th", [("scope", "col"), ("class", verdict.rawValue)], text: verdict.rawValue)
          }
        }
      }
      html.element("tbody") { html in
        for topic in report.topics {
          html.element("tr") { html in
            html.element("th", [("scope", "row")]) { html in
              html.element("a", [("href", "#\(topic.name)")], text: topic.name)
            }
            for verdict in shown {
              let count = topic.count(verdict)
              let name = count == 0 ? "none" : verdict.rawValue
              html.element("td", [("class", name)], text: count == 0 ? "·" : "\(count)")
            }
          }
        }
      }
    }
  }

  /// The filters; the script shows them, because without it they could do nothing.
  private func renderFilters(_ report: CheckReport, to html: inout MarkupWriter) {
    html.element("form", [("class", "filters"), ("hidden", "")]) { html in
      html.element("fieldset") { html in
        html.element("legend", text: "show")
        for verdict in Verdict.reportOrder where report.count(verdict) > 0 {
          html.element("label", [("class", verdict.rawValue)]) { html in
            html.empty(
              "input",
              [("type", "checkbox"), ("name", "verdict"), ("value", verdict.rawValue), ("checked", "")])
            html.text(" \(report.count(verdict)) \(verdict.rawValue)")
          }
        }
      }
      html.element("label") { html in
        html.text("topic ")
        html.element("select", [("name", "topic")]) { html in
          html.element("option", [("value", "")], text: "all")
          for topic in report.topics { html.element("option", [("value", topic.name)], text: topic.name) }
        }
      }
      html.element("label") { html in
        html.text("words ")
        html.empty("input", [("type", "search"), ("name", "words"), ("autocomplete", "off")])
      }
      html.element("output", [("aria-live", "polite")], text: "")
    }
  }

  private func render(_ topic: CheckTopic, to html: inout MarkupWriter) {
    html.literal("\n")
    html.element("section", [("id", topic.name), ("class", "topic")]) { html in
      html.element("h2") { html in
        html.text(topic.name)
        html.element("small", text: topic.countWords)
      }
      for result in topic.results { render(result, to: &html) }
    }
  }
}
