// What only an SCGI or uwsgi exchange has, as bounded facts: counts, first offsets, flags.
//
// Rules read these instead of bytes. Nothing here judges.

package import WireBytes

/// What only an exchange of SCGI or uwsgi has.
package struct VariableBlockFacts: Hashable, Sendable {
  /// The block of headers or variables came to its end.
  package var headIsWhole = false
  /// CONTENT_LENGTH; nil where it is missing, empty or no number.
  package var contentLength: UInt64?
  /// Head and body came to their end.
  package var requestIsWhole = false
  /// uwsgi's two modifiers.
  package var modifiers: (first: UInt8, second: UInt8)? {
    get { firstModifier.map { ($0, secondModifier) } }
    set {
      firstModifier = newValue?.first
      secondModifier = newValue?.second ?? 0
    }
  }
  private var firstModifier: UInt8?
  private var secondModifier: UInt8 = 0
  /// Where bytes after the request began.
  package var surplus: StreamOffset?
  /// The server sent something before the client did.
  package var serverSpokeFirst = false
  /// The response is an HTTP message, not CGI's.
  package var responseIsHTTP = false
  /// Bytes of the response, head and framing included.
  package var responseByteCount: UInt64 = 0

  package init() {}
}
