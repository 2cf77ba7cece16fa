// What the one conversation of SCGI and uwsgi needs of their decoders, and where each of the two has it.
//
// Names and lengths only; what they mean for an exchange is VariableBlockConversation's.

import SCGIWire
import UWSGIWire
import WireBytes

/// A decoder of requests that are a block of variables and a body, one on each connection.
protocol VariableBlockDecoder: WireDecoder where Event: VariableBlockEvent {
  static var wireProtocol: WireProtocol { get }
  /// Whether a stream that begins with `prefix` is one of such requests.
  static func looksLikeRequest(_ prefix: RawSpan) -> PrefixVerdict
  /// Whether a request can begin with `byte`.
  static func mayBegin(with byte: UInt8) -> Bool
  /// A decoder of a request that begins at `offset`.
  init(offset: StreamOffset)
}

/// An event of such a decoder.
protocol VariableBlockEvent: DecodedEvent {
  /// The event as it concerns an exchange.
  var inBlock: VariableBlockRequestEvent { get }
}

/// What a conversation needs to know of an event, the same for SCGI and uwsgi.
enum VariableBlockRequestEvent {
  case began(modifiers: (first: UInt8, second: UInt8)?)
  case pair
  case name
  case value
  case pairEnd
  case headersEnd(contentLength: UInt64?)
  case content
  case requestEnd(OneRequestEnd)
  case surplus(StreamOffset)
  case anomaly(Anomaly)
  /// Nothing that becomes part of an exchange.
  case other
}

extension SCGIDecoder: VariableBlockDecoder {
  static var wireProtocol: WireProtocol { .scgi }

  static func mayBegin(with byte: UInt8) -> Bool { ASCII.isDigit(byte) }
}

extension SCGIEvent: VariableBlockEvent {
  var inBlock: VariableBlockRequestEvent {
    switch self {
    case .began: .began(modifiers: nil)
    case .header: .pair
    case .name: .name
    case .value: .value
    case .headerEnd: .pairEnd
    case .headersEnd(let head): .headersEnd(contentLength: head.contentLength)
    case .content: .content
    case .requestEnd(let end): .requestEnd(end)
    case .surplus(let offset): .surplus(offset)
    case .anomaly(let anomaly): .anomaly(anomaly)
    case .undecoded: .other
    }
  }
}

extension UWSGIDecoder: VariableBlockDecoder {
  static var wireProtocol: WireProtocol { .uwsgi }

  static func mayBegin(with byte: UInt8) -> Bool { UWSGIModifier(rawValue: byte).isRequest }
}

extension UWSGIEvent: VariableBlockEvent {
  var inBlock: VariableBlockRequestEvent {
    switch self {
    case .began(let header, _): .began(modifiers: (header.modifier.rawValue, header.secondModifier))
    case .variable: .pair
    case .name: .name
    case .value: .value
    case .variableEnd: .pairEnd
    case .headersEnd(let head): .headersEnd(contentLength: head.contentLength)
    case .content: .content
    case .requestEnd(let end): .requestEnd(end)
    case .surplus(let offset): .surplus(offset)
    case .anomaly(let anomaly): .anomaly(anomaly)
    case .data, .undecoded: .other
    }
  }
}
