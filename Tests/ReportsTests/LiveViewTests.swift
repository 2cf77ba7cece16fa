// The live view: keys, orders, filters, pages and bounds, on any size of screen.

import Conformance
import Exchanges
import Inspection
import Reports
import Testing
import WireBytes

@Suite struct LiveViewTests {
  private let key = { (letter: Unicode.Scalar) in LiveKey.character(letter) }

  // MARK: The newest exchanges

  @Test func newestFirst() {
    var view = LiveSamples.view()
    let feed = LiveSamples.feed([
      LiveSamples.exchange("/first", status: 404, at: 1, took: 5, body: 1500),
      LiveSamples.exchange("/second", status: nil, at: 2, took: 123_456),
    ])
    let lines = view.lines(feed)
    #expect(lines.count == 24)
    #expect(lines[0].hasPrefix(" [newest] routes   lo port 9000 ") && lines[0].hasSuffix(" by newest"))
    #expect(lines[1] == " time         proto   request                    status    bytes        ms flags")
    #expect(lines[2] == ">00:00:00.002 fastcgi GET /second                   ---      0 B    123456      ")
    #expect(lines[3] == " 00:00:00.001 fastcgi GET /first                    404   1.5 kB     5.000      ")
    #expect(lines[4] == "")
    #expect(lines[22].hasPrefix(" q quit  space pause"))
    #expect(lines[23] == " 20 packets  2 exchanges  0 dropped  0 unknown  0 bytes lost  0 open")
  }

  @Test func theTopIsFollowedAndAChosenRowIsKept() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(LiveSamples.many(100))
    #expect(view.chosen(feed)?.contains("/number/99") == true)
    feed.take(LiveSamples.exchange("/new"), [], .none)
    #expect(view.chosen(feed)?.contains("/new ") == true)
    view.press([.down, key("j")], on: &feed)
    #expect(view.chosen(feed)?.contains("/number/98") == true)
    let row = view.lines(feed).firstIndex { $0.hasPrefix(">") }
    for number in 0..<50 { feed.take(LiveSamples.exchange("/later/\(number)"), [], .none) }
    #expect(view.chosen(feed)?.contains("/number/98") == true)
    #expect(view.lines(feed).firstIndex { $0.hasPrefix(">") } == row)
    view.press([key("G")], on: &feed)
    #expect(view.chosen(feed)?.contains("/number/0 ") == true)
    #expect(view.lines(feed)[21].hasPrefix(">"))
    view.press([.pageUp], on: &feed)
    #expect(view.chosen(feed)?.contains("/number/20") == true)
    view.press([.end, .down, .home, .up], on: &feed)
    #expect(view.chosen(feed)?.contains("/later/49") == true)
  }

  @Test func aRowThatIsForgottenLeavesItsPlace() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(LiveSamples.many(500))
    view.press([key("G")], on: &feed)
    for number in 0..<10 { feed.take(LiveSamples.exchange("/later/\(number)"), [], .none) }
    #expect(view.chosen(feed)?.contains("/number/10 ") == true)
    view.press([key("c")], on: &feed)
    #expect(view.chosen(feed) == nil)
    #expect(view.lines(feed)[23].hasPrefix(" 5000 packets  500 exchanges"))
  }

  @Test func exchangesInOtherOrders() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed([
      LiveSamples.exchange("/slow", took: 900), LiveSamples.exchange("/large", took: 1, body: 100),
      LiveSamples.exchange("/last", took: 2),
    ])
    func order() -> [String] {
      view.lines(feed)[2...4].map { line in
        line.split(separator: " ").first { $0.hasPrefix("/") }.map(String.init) ?? ""
      }
    }
    #expect(order() == ["/last", "/large", "/slow"])
    view.press([key("s")], on: &feed)
    #expect(order() == ["/slow", "/last", "/large"])
    #expect(view.lines(feed)[0].hasSuffix("by slowest"))
    view.press([key("s")], on: &feed)
    #expect(order() == ["/large", "/last", "/slow"])
    view.press([key("r")], on: &feed)
    #expect(order() == ["/slow", "/last", "/large"])
    #expect(view.lines(feed)[0].hasSuffix("by largest, reversed"))
    view.press([key("r"), key("s")], on: &feed)
    #expect(order() == ["/last", "/large", "/slow"])
  }

  // MARK: Routes

  private static let mixed: [Exchange] =
    (0..<30).map { LiveSamples.exchange("/often?\($0)", at: Int64($0) * 100, took: 1) }
    + (0..<2).map { LiveSamples.exchange("/failing", status: 500 + UInt16($0) * 3, at: 50, took: 20) }
    + [LiveSamples.exchange("/slow", at: 60, took: 5000)]

  @Test func routesInEveryOrder() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(Self.mixed)
    view.press([.tab], on: &feed)
    var first: [String] = []
    for _ in 0..<6 {
      let lines = view.lines(feed)
      first.append("\(lines[0].split(separator: " ").last ?? "") \(lines[2].split(separator: " ").last ?? "")")
      view.press([key("s")], on: &feed)
    }
    #expect(first == ["rate /often", "errors /failing", "p90 /slow", "time /slow", "count /often", "rate /often"])
    view.press([key("r")], on: &feed)
    #expect(view.lines(feed)[0].hasSuffix("by errors, reversed"))
    #expect(view.lines(feed)[4].contains("GET /failing "))
  }

  @Test func aRouteAddsUpItsExchanges() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(Self.mixed)
    view.press([key("2")], on: &feed)
    let lines = view.lines(feed)
    #expect(lines[1] == "   count   per s failed    p90 ms     sum s port   route                        ")
    // 33 exchanges in 5.059 s, 30 of them of this route.
    #expect(lines[2] == ">     30     5.9     0%     1.000     0.030 :9000  GET /often                   ")
    #expect(lines[3] == "       2     0.4   100%    20.000     0.040 :9000  GET /failing                 ")
  }

  @Test func ratesAreOfTheLastTenSeconds() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed((0..<100).map { LiveSamples.exchange("/a", at: $0 * 1000, took: 0) })
    view.press([.tab], on: &feed)
    func rate(atSecond second: Int64) -> Substring? {
      let now = Timestamp(nanoseconds: LiveSamples.start + second * 1_000_000_000)
      return view.lines(feed, now: now)[2].split(separator: " ").dropFirst(2).first
    }
    #expect(rate(atSecond: 99) == "1.0")
    #expect(rate(atSecond: 104) == "0.5")
    #expect(rate(atSecond: 109) == "0.0")
    #expect(rate(atSecond: 100_000) == "0.0")
  }

  @Test func aRouteOpensItsExchanges() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(Self.mixed)
    view.press([.tab, .down, .enter], on: &feed)
    var lines = view.lines(feed)
    #expect(lines[0].hasPrefix(" [newest]"))
    #expect(lines[2].contains("/failing") && lines[3].contains("/failing") && lines[4].isEmpty)
    #expect(lines[22].hasPrefix(" route GET /failing"))
    view.press([.escape], on: &feed)
    lines = view.lines(feed)
    #expect(lines[2].contains("/slow") && lines[21].contains("/often"))
  }

  @Test func routesBeyondTheBoundAreOne() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(LiveSamples.many(300))
    view.press([.tab, .end], on: &feed)
    #expect(view.chosen(feed)?.contains("(other)") == true)
    view.press([.enter], on: &feed)
    #expect(view.lines(feed)[22] == " (other) is many routes: a filter tells them apart")
    #expect(view.lines(feed)[0].contains("[routes]"))
  }

  // MARK: Filter, pause, pages

  @Test func aFilterIsTypedAndHolds() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(Self.mixed)
    view.press([key("/")], on: &feed)
    #expect(view.lines(feed)[22].hasPrefix(" filter: _"))
    view.type("status >= 50x", on: &feed)
    var lines = view.lines(feed)
    #expect(lines[22].hasPrefix(" filter: status >= 50x_  column 11: "), "\(lines[22])")
    #expect(lines[6].contains("/often"), "the old filter stays")
    view.press([.backspace, key("0"), .enter], on: &feed)
    lines = view.lines(feed)
    #expect(lines[2].contains("503") && lines[3].contains("500") && lines[4].isEmpty)
    #expect(lines[22].hasPrefix(" filter status >= 500  "))
    // What comes passes it too, and routes are those of what passed.
    feed.take(LiveSamples.exchange("/new", status: 599), [], .none)
    feed.take(LiveSamples.exchange("/new", status: 200), [], .none)
    #expect(view.lines(feed)[2].contains("599") && view.lines(feed)[3].contains("503"))
    view.press([.tab], on: &feed)
    #expect(view.lines(feed)[2].contains("2     0.4   100%"))
    #expect(view.lines(feed)[3].contains("1     0.2   100%"))
    #expect(view.lines(feed)[4].isEmpty)
    // An empty one shows everything again, from the beginning.
    view.press([key("/"), .control("u"), .enter], on: &feed)
    #expect(view.lines(feed)[2].contains("30     5.9"))
    view.press([key("/"), key("x"), .escape], on: &feed)
    #expect(view.lines(feed)[22].hasPrefix(" q quit"))
  }

  @Test func findingsAreAskedForOnlyWhereTheyAreKnown() {
    var feed = LiveSamples.feed([LiveSamples.exchange("/a")])
    var view = LiveSamples.view()
    view.press([key("/")], on: &feed)
    view.type("finding", on: &feed)
    #expect(view.lines(feed)[22].contains("only known with --lint"))
    var judging = LiveSamples.view(judges: true)
    judging.press([key("/")], on: &feed)
    judging.type("finding", on: &feed)
    #expect(judging.lines(feed)[2].isEmpty)
    feed.take(LiveSamples.exchange("/b"), Samples.findings, .none)
    #expect(judging.lines(feed)[2].contains("/b ") && judging.lines(feed)[2].hasSuffix("!    "))
  }

  @Test func pausedTheTableStandsStillAndTheCountersGoOn() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(Self.mixed)
    view.press([key(" ")], on: &feed)
    let before = view.lines(feed)
    #expect(before[23].hasSuffix("PAUSED"))
    feed.take(LiveSamples.exchange("/later"), [], .none)
    feed.counters.packets += 7
    feed.counters.kernelDrops = 3
    let after = view.lines(feed)
    #expect(after[..<22] == before[..<22])
    #expect(after[23].hasPrefix(" 337 packets  33 exchanges  3 dropped"))
    // A filter, an order and a page work on what stands still.
    view.press([key("/")], on: &feed)
    view.type("status == 503", on: &feed)
    #expect(view.lines(feed)[2].contains("503") && view.lines(feed)[3].isEmpty)
    view.press([key("/"), .control("u"), .enter, key("p")], on: &feed)
    #expect(view.lines(feed)[2].contains("/later"))
    #expect(!view.lines(feed)[23].contains("PAUSED"))
  }

  @Test func anExchangeIsOpenedAndRead() {
    var view = LiveSamples.view()
    var feed = LiveFeed()
    feed.take(Samples.exchange, Samples.findings, .none)
    view.press([.enter], on: &feed)
    let lines = view.lines(feed)
    #expect(lines[0].hasPrefix(" exchange 1 "))
    #expect(lines.contains { $0.contains("SCRIPT_NAME: /index.php") })
    #expect(lines.contains { $0.contains("PHP message: first") })
    #expect(lines.contains { $0.contains("! fail FCGI-3.3-8") })
    #expect(lines[22].hasPrefix(" q back"))
    let whole = (0..<60).map { _ in
      defer { view.press([.down], on: &feed) }
      return view.lines(feed, 40, 8)[1]
    }
    #expect(whole.contains { $0.contains("error stream") })
    let end = view.lines(feed, 40, 8)
    #expect(end[0].hasSuffix(" of \(end[0].split(separator: " ").last ?? "")"))
    view.press([key("q")], on: &feed)
    #expect(view.lines(feed)[0].contains("[newest]"))
    #expect(view.press([key("?"), .escape, key("q")], on: &feed).count == 1)
  }

  @Test func keysThatAskForSomething() {
    var view = LiveSamples.view()
    let feed = LiveFeed()
    if case .quit? = view.press(key("q"), feed) {} else { Issue.record("q quits") }
    if case .quit? = view.press(.control("c"), feed) {} else { Issue.record("Ctrl-C quits") }
    if case .redraw? = view.press(.control("l"), feed) {} else { Issue.record("Ctrl-L draws anew") }
    for key: LiveKey in [.enter, .up, .down, .pageDown, .end, .escape, .left, key("x")] {
      #expect(view.press(key, feed) == nil)
    }
  }
}
