// From libyaml's events to nodes.

internal import CYAML

/// Reads one text, once.
@safe
struct Composer: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// The text's bytes: the parser reads them where they lie.
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let depthLimit: Int

  init(_ text: String, depthLimit: Int) {
    self.depthLimit = depthLimit
    unsafe input = .allocate(capacity: text.utf8.count)
    _ = unsafe input.initialize(from: text.utf8)
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    let isReady = unsafe yaml_parser_initialize(parser) == 1
    precondition(isReady, "out of memory")
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe input.deallocate()
  }

  // MARK: Nodes

  /// The root of the only document; nil where there is none.
  func root() throws(YAMLError) -> Node? {
    _ = try nextEvent()  // The stream's start.
    guard try nextEvent().type == YAML_DOCUMENT_START_EVENT else { return nil }
    let root = try node(from: nextEvent(), depth: 0)
    _ = try nextEvent()  // The document's end.
    let last = try nextEvent()
    guard last.type == YAML_STREAM_END_EVENT else {
      throw YAMLError(.syntax, "a second document begins here", at: last.mark)
    }
    return root
  }

  private func node(from event: Event, depth: Int) throws(YAMLError) -> Node {
    guard depth <= depthLimit else {
      throw YAMLError(.tooDeep, "this nests more than \(depthLimit) deep", at: event.mark)
    }
    guard !event.isAnchored else {
      throw YAMLError(.anchor, "anchors and aliases are refused", at: event.mark)
    }
    switch event.type {
    case YAML_SEQUENCE_START_EVENT: return Node(.sequence(try elements(depth: depth + 1)), at: event.mark)
    case YAML_MAPPING_START_EVENT: return Node(.mapping(try entries(depth: depth + 1)), at: event.mark)
    default: return Node(.scalar(event.text, event.style), at: event.mark)
    }
  }

  private func elements(depth: Int) throws(YAMLError) -> [Node] {
    var elements: [Node] = []
    while true {
      let event = try nextEvent()
      if event.type == YAML_SEQUENCE_END_EVENT { return elements }
      elements.append(try node(from: event, depth: depth))
    }
  }

  private func entries(depth: Int) throws(YAMLError) -> [(key: Node, value: Node)] {
    var entries: [(key: Node, value: Node)] = []
    var firsts: [String: Mark] = [:]
    var repeated: (name: String, mark: Mark)?
    while true {
      let event = try nextEvent()
      if event.type == YAML_MAPPING_END_EVENT { break }
      let key = try node(from: event, depth: depth)
      entries.append((key, try node(from: nextEvent(), depth: depth)))
      guard let name = key.text else { continue }
      if let first = firsts.updateValue(firsts[name] ?? key.mark, forKey: name), repeated == nil {
        repeated = (name, first)
      }
    }
    guard let repeated else { return entries }
    throw YAMLError(
      .duplicateKey(repeated.name), "`\(repeated.name)` stands more than once in this map",
      at: repeated.mark)
  }

  // MARK: Events

  /// What is used of one of libyaml's events.
  private struct Event {
    var type: yaml_event_type_t
    var mark: Mark
    /// Whether it is an alias, or what one could stand for.
    var isAnchored = false
    /// What a scalar holds, and how it was written.
    var text = ""
    var style = Node.Style.plain
  }

  private func nextEvent() throws(YAMLError) -> Event {
    var read = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &read) == 1 else { throw unsafe trouble(parser.pointee) }
    defer { unsafe yaml_event_delete(&read) }
    var event = unsafe Event(type: read.type, mark: Mark(read.start_mark))
    switch event.type {
    case YAML_ALIAS_EVENT: event.isAnchored = true
    case YAML_SEQUENCE_START_EVENT: event.isAnchored = unsafe read.data.sequence_start.anchor != nil
    case YAML_MAPPING_START_EVENT: event.isAnchored = unsafe read.data.mapping_start.anchor != nil
    case YAML_SCALAR_EVENT:
      let scalar = unsafe read.data.scalar
      event.isAnchored = unsafe scalar.anchor != nil
      event.style = unsafe Node.Style(scalar.style)
      unsafe event.text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    default: break
    }
    return event
  }

  // MARK: Troubles

  /// libyaml's words for what stopped it.
  private func trouble(_ state: yaml_parser_t) -> YAMLError {
    let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "out of memory"
    if unsafe state.error == YAML_READER_ERROR {
      return YAMLError(.syntax, problem, at: unsafe mark(ofByte: state.problem_offset))
    }
    var error = unsafe YAMLError(.syntax, problem, at: Mark(state.problem_mark))
    if let context = unsafe state.context {
      error.message = unsafe "\(String(cString: context)): \(problem)"
      error.start = unsafe Mark(state.context_mark)
    }
    return error
  }

  private func mark(ofByte offset: Int) -> Mark {
    let before = unsafe String(decoding: input.prefix(offset), as: UTF8.self).unicodeScalars
    let lineStart = before.lastIndex(of: "\n").map(before.index(after:)) ?? before.startIndex
    return Mark(line: before.count { $0 == "\n" } + 1, column: before[lineStart...].count + 1)
  }
}

extension Mark {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: mark.line + 1, column: mark.column + 1)
  }
}

extension Node.Style {
  fileprivate init(_ style: yaml_scalar_style_t) {
    self =
      switch style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE: .literal
      case YAML_FOLDED_SCALAR_STYLE: .folded
      default: .plain
      }
  }
}
