// What a reference server of SCGI or uwsgi asks itself where a fault, or a style, may want another answer.
//
// As it stands every answer is right. A fault changes one of them; the responder knows none by name.

/// The answers that a ``VariableBlockResponder`` gives, and what is done to what it reads and sends.
package struct VariableBlockPolicy: Sendable {
  /// What becomes of a connection.
  enum Reaction: Sendable {
    case closes, resets
    /// It is answered by status 400, and closed.
    case answers
    /// Nothing happens, for good.
    case hangs
    /// The request is served as far as it came, what is missing of its body being zeros.
    case serves
  }

  /// What may end the process.
  enum Trial: Hashable, Sendable {
    /// A connection without a byte.
    case emptyConnection
    /// Bytes that are no request; a request whose body has no length that can be read.
    case malformed, malformedLength
    /// A connection that ends in the middle of a request's head, or of its body.
    case cutHead, cutBody
    /// A client that leaves before its answer is whole.
    case desertion
  }

  /// What of one request is still there in the next.
  enum Leak: Hashable, Sendable {
    case variables, body, status, cookies, variablesOfCutRequests, bodyOfCutRequests
    /// The end of a longer value behind a shorter one of the same name.
    case tails
    /// The body of a request that is being answered on another connection.
    case bodyOfOthers
  }

  // MARK: The request

  var scgi = SCGIReading()
  var uwsgi = UWSGIReading()
  /// Changes what one read brought; reads count from 0.
  var alters: @Sendable (Int, inout [UInt8]) -> Void = { _, _ in }
  /// A head that comes in more than one read is no request.
  var needsWholeHead = false
  /// Only what came with the head's last byte is taken of a body, and the rest not waited for.
  var bodyIsOneRead = false
  /// Changes the variables as they were read.
  var collects: @Sendable (inout [ProbeVariable]) -> Void = { _ in }
  /// Changes how long the body is.
  var measures: @Sendable ([ProbeVariable], inout Int?) -> Void = { _, _ in }
  /// Whether the answer waits for the client's end.
  var awaitsEnd: @Sendable ([ProbeVariable]) -> Bool = { _ in false }
  /// What came after the body belongs to it.
  var takesSurplus = false
  /// Changes the body.
  var takes: @Sendable (inout [UInt8]) -> Void = { _ in }
  var malformed = Reaction.closes
  var cut = Reaction.closes
  /// The client's end closes the connection, whatever is still to be sent.
  var endsWithInput = false
  var diesOf: Set<Trial> = []
  var leaks: Set<Leak> = []
  /// What another connection must not be in, so that a request is answered.
  var waitsFor: Set<Trial> = []
  /// How many requests are answered.
  var answerLimit = Int.max

  // MARK: The answer

  /// Changes the variables before the application sees them.
  var receives: @Sendable (inout [ProbeVariable]) -> Void = { _ in }
  /// Changes the steps of the answer.
  var answers: @Sendable ([ProbeVariable], inout [ProbeStep]) -> Void = { _, _ in }
  /// Changes the head of the answer.
  var heads: @Sendable ([ProbeVariable], inout ProbeHead) -> Void = { _, _ in }
  /// Changes the bytes of the head.
  var writes: @Sendable ([ProbeVariable], inout [UInt8]) -> Void = { _, _ in }
  /// Changes a piece of output.
  var emits: @Sendable (inout [UInt8]) -> Void = { _ in }
  /// The most bytes of output.
  var outputByteLimit = Int.max
  /// So many bytes of output are sent one by one.
  var singleByteCount = 0
  /// How long it waits before it answers.
  var pauseMilliseconds: UInt64 = 0

  // MARK: The end

  /// What becomes of the connection after the answer.
  var ending: @Sendable ([ProbeVariable]) -> Reaction = { _ in .closes }
  /// What follows the request is another one, and is served.
  var servesNextRequest = false
  /// How many connections are served at once.
  var connectionLimit = Int.max
}

/// How SCGI's requests are read.
struct SCGIReading: Sendable {
  /// The most bytes of a head.
  var headByteLimit = 1 << 20
  /// The most digits of its length.
  var digitLimit = 7
  var takesLeadingZeros = false
  var takesSignsAndSpaces = false
  /// Any byte will do in the place of the comma.
  var takesAnyEnd = false
  /// The comma is taken for the first byte of the body.
  var leavesComma = false
  /// CONTENT_LENGTH need not be there, not be the first, may be empty.
  var takesNoLength = false
  var takesLateLength = false
  var takesEmptyLength = false
  /// SCGI need not be there, nor be 1.
  var takesAnyVersion = false
  var takesSameNames = false
  var takesEmptyNames = false
  /// `0:,` is a request.
  var servesEmptyBlock = false
  /// The NULs around the empty value of a field are taken for one.
  var skipsEmptyValues = false
  /// The last value needs no NUL.
  var takesUnterminated = false
  /// A name without a value is left out, instead of the request refused.
  var dropsLoneName = false
}

/// How uwsgi's packets are read.
struct UWSGIReading: Sendable {
  /// The most bytes of a block of variables.
  var blockByteLimit = 65_535
  /// A larger block is cut there instead of being refused.
  var cutsLargeBlocks = false
  /// The bits of a block's size that count.
  var sizeMask = 0xFFFF
  /// The bits of a name's and of a value's size that count.
  var nameSizeMask = 0xFFFF
  var valueSizeMask = 0xFFFF
  var isBigEndian = false
  /// A size that reaches past the block takes what there is.
  var readsPastEnd = false
  var takesEmptyNames = false
  /// Modifiers of applications that are not there run the one that is.
  var ignoresModifiers = false
  /// The modifiers of requests that other languages' plugins serve are taken as well.
  var ignoresSecondModifier = true
  /// With modifier 30 the script's name stays in PATH_INFO.
  var keepsScriptName = false
  /// It answers pings and echoes.
  var answersPings = true
  var pongModifier: UInt8 = 1
  var changesEchoes = false
  /// An empty block is waited on.
  var hangsOnEmptyBlock = false
}
