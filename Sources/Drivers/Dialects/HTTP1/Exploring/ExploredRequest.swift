// A request in the parts that the grammar knows, and changes to them.
//
// Values and a seed in, bytes out: the same seed gives the same requests.

import WireBytes

/// A request as a list of parts, so that a change has a place with a name.
struct ExploredRequest: Hashable, Sendable {
  /// Where in a request bytes stand.
  enum Place: String, Sendable {
    case method, separator, target, version
    case lineEnd = "line end"
    case fieldName = "field name"
    case colon, value
    case lengthName = "name of Content-Length"
    case length = "value of Content-Length"
    case codingName = "name of Transfer-Encoding"
    case coding = "value of Transfer-Encoding"
    case headEnd = "end of the head"
    case content
    case chunkSize = "chunk size"
    case chunkExtension = "chunk extension"
    case chunkEnd = "end of a chunk"
    case lastChunk = "last chunk"
    case trailer
  }

  struct Part: Hashable, Sendable {
    var place: Place
    var bytes: [UInt8]
    /// The field line that it belongs to where the request makes sense without that line; 0 for none.
    var line = 0
  }

  var parts: [Part]
  /// Whether the content looks like a request.
  var carriesRequest: Bool

  var bytes: [UInt8] { parts.flatMap(\.bytes) }

  /// The path of the request that stands in a content: nobody asks for it.
  static let smuggledPath = "/gatespec-smuggled"

  // MARK: Sound requests

  /// The sound requests that changes begin from.
  ///
  /// - Parameters:
  ///   - target: The request target.
  ///   - host: The value of Host.
  static func sound(target: String, host: String) -> [ExploredRequest] {
    let inner = "GET \(smuggledPath) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    return [
      Builder("GET", target, host).field("X-One", "1", line: 1).field("X-Two", "a, b", line: 2).end(),
      Builder("HEAD", target, host).field("Accept", "*/*", line: 1).end(),
      Builder("OPTIONS", target, host).field("X-One", "1", line: 1).end(),
      Builder("GET", target, host).field("X-One", "1", line: 1).content(inner),
      Builder("POST", target, host).field("X-One", "1", line: 1).field("X-Two", "b", line: 2).content(inner),
      Builder("POST", target, host).field("X-One", "1", line: 1).content("hello"),
      Builder("POST", target, host).field("X-One", "1", line: 1).chunks([inner]),
      Builder("POST", target, host).chunks(["hello", inner], extension: ";a=b"),
      Builder("POST", target, host).field("Trailer", "X-After", line: 1).chunks(["hello"], trailer: "X-After: 1"),
    ]
  }

  /// Puts a request together part by part.
  private struct Builder {
    var parts: [Part]

    init(_ method: String, _ target: String, _ host: String) {
      parts = []
      add(.method, method)
      add(.separator, " ")
      add(.target, target)
      add(.separator, " ")
      add(.version, "HTTP/1.1")
      add(.lineEnd, "\r\n")
      self = field("Host", host)
    }

    private mutating func add(_ place: Place, _ text: String, line: Int = 0) {
      parts.append(Part(place: place, bytes: Array(text.utf8), line: line))
    }

    func field(
      _ name: String, _ value: String, line: Int = 0, at places: (name: Place, value: Place) = (.fieldName, .value)
    ) -> Builder {
      var copy = self
      copy.add(places.name, name, line: line)
      copy.add(.colon, ": ", line: line)
      copy.add(places.value, value, line: line)
      copy.add(.lineEnd, "\r\n", line: line)
      return copy
    }

    func end(carriesRequest: Bool = false) -> ExploredRequest {
      var copy = self
      copy.add(.headEnd, "\r\n")
      return ExploredRequest(parts: copy.parts, carriesRequest: carriesRequest)
    }

    func content(_ text: String) -> ExploredRequest {
      var request = field("Content-Length", "\(text.utf8.count)", at: (.lengthName, .length))
        .end(carriesRequest: text.contains(smuggledPath))
      request.parts.append(Part(place: .content, bytes: Array(text.utf8)))
      return request
    }

    func chunks(_ texts: [String], extension words: String = "", trailer: String? = nil) -> ExploredRequest {
      var copy = field("Transfer-Encoding", "chunked", at: (.codingName, .coding))
      copy.add(.headEnd, "\r\n")
      for text in texts {
        copy.add(.chunkSize, String(text.utf8.count, radix: 16))
        copy.add(.chunkExtension, words)
        copy.add(.lineEnd, "\r\n")
        copy.add(.content, text)
        copy.add(.chunkEnd, "\r\n")
      }
      copy.add(.lastChunk, "0")
      copy.add(.lineEnd, "\r\n")
      if let trailer { copy.add(.trailer, trailer + "\r\n") }
      copy.add(.headEnd, "\r\n")
      return ExploredRequest(parts: copy.parts, carriesRequest: texts.contains { $0.contains(smuggledPath) })
    }
  }
}
