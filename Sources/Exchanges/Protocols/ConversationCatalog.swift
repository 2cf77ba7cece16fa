// The conversations that there are: the one list in which a protocol that is read from connections has to stand.

/// The protocols that are read from connections.
enum ConversationCatalog {
  /// One conversation for each, in the order in which they are looked for: the first that knows a stream has it.
  static let all: [any Conversation.Type] = [
    FastCGIConversation.self, HTTP1Conversation.self, SCGIConversation.self, UWSGIConversation.self,
    WSGIConversation.self,
  ]

  /// The conversation of a protocol; nil for one that is not read from connections.
  static func conversation(of wireProtocol: WireProtocol) -> (any Conversation.Type)? {
    all.first { $0.wireProtocol == wireProtocol }
  }
}
