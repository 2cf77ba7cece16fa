// What the live view draws: any size, any bytes, and no more than what has changed. Keys as terminals send them.

import Exchanges
import Inspection
import Reports
import TestSupport
import Testing
import WireBytes

@Suite struct LiveScreenTests {
  /// Columns that a text takes.
  private func width(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + $1.columnWidth } }

  /// Targets that would like to break the screen.
  private static let hostile: [[UInt8]] = [
    Array("/\u{1B}[2J\u{1B}]0;title\u{7}\u{9B}31m\r\n\t\u{0}".utf8),
    [0x2F, 0xFF, 0xFE, 0xC3, 0x28, 0x80],
    Array("/日本語の長い道/とても長い/日本語の長い道/とても長い".utf8),
    Array("/🙂🙂🙂🇩🇪👩‍👩‍👧‍👦".utf8),
    Array("/e".utf8) + Array(repeatElement([0xCC, 0x81], count: 5000).joined()),
    Array("/\u{202E}gnp.exe\u{200B}\u{2066}".utf8),
    Array(repeating: 0x61, count: 100_000),
    Array("/é/ü/ñ/Ω/Ж".utf8),
    [],
  ]

  @Test(arguments: [(80, 24), (40, 10), (200, 60), (20, 5), (9, 3), (1, 1), (3, 2), (1000, 2)])
  func everySizeIsFilledAndNeverExceeded(_ columns: Int, _ rows: Int) {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed(Self.hostile.map { LiveSamples.bytes($0, server: "[2001:db8:0:1:2:3:4:5]:9000") })
    feed.counters.packets = .max
    feed.counters.gapBytes = .max
    func check(_ what: String) {
      let lines = view.lines(feed, columns, rows)
      #expect(lines.count == rows, "\(what)")
      for line in lines {
        #expect(width(line) <= columns, "\(what): \(line)")
        #expect(!line.unicodeScalars.contains { $0.isControl }, "\(what): \(line)")
        #expect(line.utf8.count <= columns * 12, "\(what)")
      }
    }
    check("newest")
    for key: LiveKey in [.tab, .character("2"), .character(" "), .character("?")] {
      _ = view.press(key, feed)
      check("\(key)")
    }
    _ = view.press(.escape, feed)
    _ = view.press(.character("1"), feed)
    for _ in Self.hostile {
      _ = view.press(.enter, feed)
      check("opened")
      _ = view.press(.escape, feed)
      _ = view.press(.down, feed)
    }
    _ = view.press(.character("/"), feed)
    for _ in 0..<600 { _ = view.press(.character("本"), feed) }
    check("typing")
    _ = view.press(.enter, feed)
    check("message")
  }

  @Test func columnsStandUnderEachOther() {
    var view = LiveSamples.view()
    let lines = view.lines(LiveSamples.feed(Self.hostile.map { LiveSamples.bytes($0) }))
    for line in lines[2..<(2 + Self.hostile.count)] {
      // The status ends in column 55, whatever stands before it.
      var column = 0
      let before = line.unicodeScalars.prefix { scalar in
        column += scalar.columnWidth
        return column <= 55
      }
      #expect(String(String.UnicodeScalarView(before)).hasSuffix("   200"), "\(line)")
    }
    #expect(lines.contains { $0.contains("GET /\\x1b[2J\\x1b]0;") })
    #expect(lines.contains { $0.contains("GET /日本語の長い道/") })
    #expect(lines.contains { $0.contains("/é/ü/ñ/Ω/Ж") })
  }

  @Test func aNarrowScreenShowsWhatMattersMost() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed([LiveSamples.exchange("/index.php", status: 500)])
    let lines = view.lines(feed, 40, 10)
    #expect(lines[1] == " request                status        ms")
    #expect(lines[2] == ">GET /index.php            500    10.000")
    #expect(lines[9].hasPrefix(" 10 pkt 1 exch 0 drop 0 unk 0 lost 0 o"))
    _ = view.press(.tab, feed)
    #expect(view.lines(feed, 40, 10)[2].contains("GET /index.php"))
    feed.counters.unknownConnections = 12
    #expect(view.lines(feed, 40, 10)[9].contains("12 unk"))
    _ = view.press(.tab, feed)
    let row = view.lines(feed, 200, 60)[2]
    #expect(row.contains("127.0.0.1:5000") && row.contains("127.0.0.1:9000"))
  }

  @Test func nothingIsNoTrouble() {
    var view = LiveSamples.view()
    let feed = LiveFeed()
    #expect(view.lines(feed)[2...21].joined() == "")
    _ = view.press(.tab, feed)
    #expect(view.lines(feed)[2...21].joined() == "")
    #expect(view.lines(feed)[23] == " 0 packets  0 exchanges  0 dropped  0 unknown  0 bytes lost  0 open")
  }

  @Test func onlyLinesThatChangedAreWritten() {
    var view = LiveSamples.view()
    var feed = LiveSamples.feed([LiveSamples.exchange("/a"), LiveSamples.exchange("/b")])
    let size = LiveSize(columns: 80, rows: 24)
    let first = view.frame(feed, size: size)
    var output = TextBuffer()
    first.update(since: nil, usesColour: false, to: &output)
    #expect(output.text.hasPrefix("\u{1B}[0m\u{1B}[2J\u{1B}[1;1H"))
    #expect(output.text.contains("\u{1B}[24;1H"))
    #expect(!output.text.contains("\u{1B}[1m"))
    output.clear()
    first.update(since: first, usesColour: false, to: &output)
    #expect(output.isEmpty)
    feed.counters.packets += 1
    let second = view.frame(feed, size: size)
    second.update(since: first, usesColour: true, to: &output)
    #expect(output.text == "\u{1B}[24;1H\u{1B}[2K 21 packets  2 exchanges  0 dropped  0 unknown  0 bytes lost  0 open")
    output.clear()
    view.frame(feed, size: LiveSize(columns: 60, rows: 20)).update(since: second, usesColour: true, to: &output)
    #expect(output.text.contains("\u{1B}[2J") && output.text.contains("\u{1B}[20;1H"))
    #expect(output.text.contains("\u{1B}[7m>"))
    #expect(!output.text.contains("\u{1B}[21;1H"))
  }

  @Test func theCursorIsPutRightAfterWhatIsNotPlain() {
    var view = LiveSamples.view()
    let feed = LiveSamples.feed([LiveSamples.exchange("/日本")])
    var output = TextBuffer()
    view.frame(feed, size: LiveSize(columns: 80, rows: 24)).update(since: nil, usesColour: false, to: &output)
    // "GET /日本" begins in column 23 and takes nine; the cell goes on in column 32, whatever the terminal makes of it.
    #expect(output.text.contains(" GET /日本\u{1B}[32G    "))
  }

  // MARK: Bounds

  @Test func exchangesAreKeptWithinBounds() {
    var feed = LiveFeed()
    for number in 0..<2000 { feed.take(LiveSamples.exchange("/\(number)"), [], .none) }
    #expect(feed.kept.count == LiveFeed.entryLimit)
    #expect(feed.kept.first?.entry.number == 1501)
    let large = LiveSamples.bytes(Array(repeating: 0x61, count: 1 << 20))
    for _ in 0..<100 { feed.take(large, [], .none) }
    #expect(feed.kept.count <= LiveFeed.byteLimit >> 20)
    #expect(feed.kept.last?.entry.number == 2100)
    feed.take(LiveSamples.bytes(Array(repeating: 0x61, count: LiveFeed.byteLimit)), [], .none)
    #expect(feed.kept.count == 1)
    #expect(feed.routes.reduce(0) { $0 + $1.exchanges } == 2101)
  }

  // MARK: Keys

  private static let sequences: [(bytes: String, keys: [LiveKey])] = [
    ("q", [.character("q")]), ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]),
    ("\u{1B}[A", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
    ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6~", [.pageDown]), ("\u{1B}[H", [.home]), ("\u{1B}[4~", [.end]),
    ("\u{1B}[Z", [.backTab]), ("\u{15}", [.control("u")]), ("\u{0C}", [.control("l")]),
    ("é本🙂", [.character("é"), .character("本"), .character("🙂")]),
    ("\u{1B}[1;5A", [.up]), ("\u{1B}[200~x", [.character("x")]), ("\u{1B}\u{1B}[A", [.escape, .up]),
    ("\u{1B}xj", [.character("j")]),
  ]

  @Test func keysInAnyPieces() {
    for (text, keys) in Self.sequences {
      let bytes = Array(text.utf8)
      for cut in 0...bytes.count {
        var reader = LiveKeyReader()
        #expect(
          reader.take(bytes[..<cut]) + reader.take(bytes[cut...]) == keys, "\(text.debugDescription) cut at \(cut)")
        #expect(!reader.isPending)
      }
    }
  }

  @Test func anEscapeAloneIsAKeyWhenNothingFollows() {
    var reader = LiveKeyReader()
    #expect(reader.take([0x1B]).isEmpty)
    #expect(reader.isPending)
    #expect(reader.settle() == [.escape])
    #expect(!reader.isPending)
    #expect(reader.take(Array("\u{1B}[".utf8)).isEmpty)
    #expect(reader.settle().isEmpty)
    #expect(reader.settle().isEmpty)
  }

  @Test func anyBytesAreNoTrouble() {
    var view = LiveSamples.view()
    let feed = LiveSamples.feed(LiveSamples.many(10))
    let failure = AnyBytes.run(from: Self.sequences.map { Array($0.bytes.utf8) }, count: 3000, seed: 7, limit: 64) {
      bytes in
      var reader = LiveKeyReader()
      for key in reader.take(bytes) + reader.settle() { _ = view.press(key, feed) }
      let lines = view.lines(feed, 60, 12)
      return lines.count == 12 && lines.allSatisfy { width($0) <= 60 } ? nil : "a frame of another size"
    }
    #expect(failure == nil, "\(failure.map { "\($0)" } ?? "")")
  }
}
