// XML and HTML, written byte by byte: every text and every attribute value is escaped on its way in.
//
// Only literals of our own source can be written as they are; so nothing that a target sent becomes markup.

/// Writes elements, nested by closures so that each is closed.
struct MarkupWriter {
  typealias Attribute = (name: StaticString, value: String)

  /// What was written.
  private(set) var output = TextBuffer()

  init() {}

  /// A literal as it is.
  mutating func literal(_ markup: StaticString) { output.append(markup) }

  /// An element with content.
  mutating func element(
    _ name: StaticString, _ attributes: [Attribute] = [], _ content: (inout MarkupWriter) -> Void
  ) {
    begin(name, attributes)
    output.append(byte: 0x3E)
    content(&self)
    output.append("</")
    output.append(name)
    output.append(byte: 0x3E)
  }

  /// An element that holds a text only.
  mutating func element(_ name: StaticString, _ attributes: [Attribute] = [], text: String) {
    element(name, attributes) { $0.text(text) }
  }

  /// An element without content, in XML's form.
  mutating func empty(_ name: StaticString, _ attributes: [Attribute] = []) {
    begin(name, attributes)
    output.append("/>")
  }

  /// Text, escaped.
  mutating func text(_ text: String) { append(text, isAttribute: false) }

  private mutating func begin(_ name: StaticString, _ attributes: [Attribute]) {
    output.append(byte: 0x3C)
    output.append(name)
    for attribute in attributes {
      output.append(byte: 0x20)
      output.append(attribute.name)
      output.append("=\"")
      append(attribute.value, isAttribute: true)
      output.append(byte: 0x22)
    }
  }

  private mutating func append(_ text: String, isAttribute: Bool) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": output.append("&lt;")
      case ">": output.append("&gt;")
      case "&": output.append("&amp;")
      case "\"": output.append("&quot;")
      case "'": output.append("&#39;")
      // A parser would turn a line end in an attribute into a space, and a carriage return into a line end.
      case "\n" where !isAttribute, "\t" where !isAttribute: output.append(byte: UInt8(scalar.value))
      case "\n", "\t", "\r":
        output.append("&#")
        output.append(decimal: UInt64(scalar.value))
        output.append(";")
      default:
        if scalar.isForbiddenInXML { append(escapeOf: scalar) } else { output.append(String(scalar)) }
      }
    }
  }

  /// As `WireText` writes what cannot be shown: `\xHH` for every byte.
  private mutating func append(escapeOf scalar: Unicode.Scalar) {
    for byte in String(scalar).utf8 {
      output.append("\\x")
      output.append(hex: byte)
    }
  }
}

extension Unicode.Scalar {
  /// Characters that XML 1.0 has no way to write, and those that it advises against: controls.
  fileprivate var isForbiddenInXML: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0xFFFE, 0xFFFF: true
    default: false
    }
  }
}
