// The live view of a trace: what it shows, and what keys do to it.
//
// A state machine: keys, a feed and a size come in, frames and requests go out. Time is the traffic's or is given; the
// terminal is the command line's matter.

package import Inspection
package import WireBytes

/// What a key asks of whoever holds the feed.
package enum LiveRequest: Sendable {
  case quit
  /// Show what passes this; nil shows everything.
  case filter(ExchangeFilter?)
  case clear
  /// Draw everything anew: something else wrote on the screen.
  case redraw
}

/// The view's state.
package struct LiveView: Sendable {
  enum Screen: Sendable { case newest, routes }

  /// How a table is ordered.
  struct Sorting: Sendable {
    let orders: [LiveOrder]
    var order: LiveOrder
    var isReversed = false

    init(_ orders: [LiveOrder]) {
      self.orders = orders
      order = orders[0]
    }

    mutating func advance() { order = orders[((orders.firstIndex(of: order) ?? 0) + 1) % orders.count] }
  }

  /// What is watched: an interface, a file.
  let source: String
  /// Whether findings can be asked for.
  let judges: Bool
  let tree: TraceTree
  let zone: @Sendable (Int64) -> Int

  var screen = Screen.newest
  var exchangeSorting = Sorting(LiveOrder.ofExchanges)
  var routeSorting = Sorting(LiveOrder.ofRoutes)
  var exchangeCursor = LiveCursor()
  var routeCursor = LiveCursor()
  /// The route whose exchanges are shown; nil for all.
  var route: TraceStatistics.Route?
  /// Stands over the tables.
  var page: LivePage?
  /// What is being typed as a filter.
  var prompt: String?
  var filter: String
  /// Shown until the next key.
  var message: String?
  /// What the tables show while they stand still.
  var frozen: LiveFeed?
  /// The present when they were stopped.
  var frozenNow: Timestamp?
  /// The last size that was drawn: what a page is.
  var size = LiveSize(columns: 80, rows: 24)

  /// The longest filter that can be typed.
  static let promptLimit = 400

  /// - Parameters:
  ///   - source: What is watched, for the first line.
  ///   - filter: The filter to begin with, as it was written; empty for none.
  ///   - judges: Whether exchanges come with findings.
  ///   - detail: What an opened exchange shows.
  package init(
    source: String, filter: String = "", judges: Bool = false, detail: TraceDetail,
    zone: @escaping @Sendable (Int64) -> Int = { _ in 0 }
  ) {
    self.source = source
    self.filter = filter
    self.judges = judges
    self.zone = zone
    var detail = detail
    detail.verbosity = max(detail.verbosity, 1)
    tree = TraceTree(detail: detail, zone: zone)
  }

  /// Shows a message until the next key.
  package mutating func show(message: String) {
    self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Rows of the terminal that a table or a page has: without the title, the header and the two lines below.
  var tableHeight: Int { max(size.rows - 4, 1) }
  var pageHeight: Int { max(size.rows - 3, 1) }
}

// MARK: Keys

extension LiveView {
  /// Takes a key.
  ///
  /// - Parameters:
  ///   - feed: What there is to show now.
  ///   - now: The present, where there is one.
  package mutating func press(_ key: LiveKey, _ feed: LiveFeed, now: Timestamp? = nil) -> LiveRequest? {
    message = nil
    if key == .control("l") { return .redraw }
    if key == .control("c") { return .quit }
    if prompt != nil { return type(key) }
    if page != nil {
      turn(key)
      return nil
    }
    switch key {
    case .character("q"): return .quit
    case .character(" "), .character("p"): pause(feed, now)
    case .tab, .backTab: screen = screen == .newest ? .routes : .newest
    case .character("1"): screen = .newest
    case .character("2"): screen = .routes
    case .character("s"): sort { $0.advance() }
    case .character("r"): sort { $0.isReversed.toggle() }
    case .character("/"): prompt = filter
    case .character("?"), .character("h"): page = LivePage.help
    case .character("c"):
      frozen?.clear()
      return .clear
    case .enter: open(feed, now)
    case .escape: route = nil
    default:
      if let distance = distance(key, height: tableHeight) { move(by: distance, feed, now) }
    }
    return nil
  }

  /// How far a key goes.
  private func distance(_ key: LiveKey, height: Int) -> Int? {
    // Further than anything is long, and far from overflowing.
    let end = 1 << 30
    return switch key {
    case .down, .character("j"): 1
    case .up, .character("k"): -1
    case .pageDown, .control("f"): height
    case .pageUp, .control("b"): -height
    case .end, .character("G"): end
    case .home, .character("g"): -end
    default: nil
    }
  }

  private mutating func turn(_ key: LiveKey) {
    let height = pageHeight
    switch key {
    case .escape, .character("q"), .enter: page = nil
    case .character(" "): page?.move(by: height, height: height)
    default:
      if let distance = distance(key, height: height) { page?.move(by: distance, height: height) }
    }
  }

  /// A key while a filter is typed.
  private mutating func type(_ key: LiveKey) -> LiveRequest? {
    guard var text = prompt else { return nil }
    switch key {
    case .escape: prompt = nil
    case .enter: return accept(text)
    case .backspace:
      text.unicodeScalars = String.UnicodeScalarView(text.unicodeScalars.dropLast())
      prompt = text
    case .control("u"): prompt = ""
    case .character(let scalar) where text.unicodeScalars.count < Self.promptLimit && !scalar.isControl:
      text.unicodeScalars.append(scalar)
      prompt = text
    default: break
    }
    return nil
  }

  /// Takes what was typed as the filter; one that cannot be read stays in the prompt's place until it can.
  private mutating func accept(_ text: String) -> LiveRequest? {
    let text = text.drop { $0 == " " }.isEmpty ? "" : text
    do {
      let parsed = text.isEmpty ? nil : try ExchangeFilter(parsing: text)
      if parsed?.needsFindings == true, !judges {
        message = "findings are only known with --lint"
        return nil
      }
      prompt = nil
      filter = text
      frozen?.apply(parsed)
      return .filter(parsed)
    } catch {
      message = "column \(error.column): \(error.message)"
      return nil
    }
  }

  private mutating func pause(_ feed: LiveFeed, _ now: Timestamp?) {
    frozenNow = frozen == nil ? now : nil
    frozen = frozen == nil ? feed : nil
  }

  private mutating func sort(_ change: (inout Sorting) -> Void) {
    switch screen {
    case .newest: change(&exchangeSorting)
    case .routes: change(&routeSorting)
    }
  }

  private mutating func move(by distance: Int, _ feed: LiveFeed, _ now: Timestamp?) {
    switch screen {
    case .newest: exchangeCursor.move(by: distance, exchanges(feed).map(\.key), height: tableHeight)
    case .routes: routeCursor.move(by: distance, routes(feed, now).map(\.key), height: tableHeight)
    }
  }

  private mutating func open(_ feed: LiveFeed, _ now: Timestamp?) {
    switch screen {
    case .newest:
      let rows = exchanges(feed)
      exchangeCursor.settle(rows.map(\.key), height: tableHeight)
      if exchangeCursor.index < rows.count { page = page(of: rows[exchangeCursor.index]) }
    case .routes:
      let rows = routes(feed, now)
      routeCursor.settle(rows.map(\.key), height: tableHeight)
      guard routeCursor.index < rows.count else { return }
      let row = rows[routeCursor.index].route
      if row.isOther {
        message = "(other) is many routes: a filter tells them apart"
      } else {
        route = row
        screen = .newest
        exchangeCursor = LiveCursor()
      }
    }
  }

  private func page(of entry: LiveFeed.Entry) -> LivePage {
    var text = TextBuffer()
    var line = TraceLine(zone: zone)
    line.render(entry.exchange, hasFindings: !entry.findings.isEmpty, to: &text)
    tree.render(entry.exchange, entry.findings, link: entry.link, to: &text)
    return LivePage(title: "exchange \(entry.number)", text: text.text)
  }

  // MARK: Rows

  func exchanges(_ feed: LiveFeed) -> [LiveFeed.Entry] {
    LiveRows.exchanges(
      frozen ?? feed, of: route, exchangeSorting.order, isReversed: exchangeSorting.isReversed)
  }

  func routes(_ feed: LiveFeed, _ now: Timestamp?) -> [LiveRoute] {
    LiveRows.routes(
      frozen ?? feed, routeSorting.order, isReversed: routeSorting.isReversed,
      now: frozen == nil ? now : frozenNow)
  }
}

extension LiveFeed.Entry {
  var key: LiveRowKey { .exchange(number) }
}
