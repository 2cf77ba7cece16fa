// The kinds of conditions: each is one entry, with everything that is to be known of it in one place.
//
// Key, what stands at the key, help, words and judgement. The entries stand in Kinds/, a file for each subject;
// docs/fixture-format.md says the same as their `takes` and `holdsWhen`, and a test compares them.

/// A kind of condition, whatever its argument: what a reader of fixtures and the documentation need of it.
package protocol ConditionEntry<Subject>: Sendable {
  associatedtype Subject
  /// The word that stands for it in a fixture.
  var key: String { get }
  /// The key behind that of the map in which it stands, such as `echo.role`: no two entries have the same.
  var path: String { get }
  /// What stands at the key, as in the tables of docs/fixture-format.md.
  var takes: String { get }
  /// When it holds, in one line, as there.
  var holdsWhen: String { get }
  /// Whether it makes sense of an exchange over every interface, so that neutral cases may state it.
  var isNeutral: Bool { get }

  /// The conditions that a value in a fixture states; none where it is wrong, which the reader has then reported.
  func conditions<Reader: ArgumentReader>(_ node: Reader.Node, by reader: inout Reader) -> [StatedCondition<Subject>]
}

/// An entry: a kind of condition with an argument of one form.
package struct ConditionKind<Subject, Form: ArgumentForm>: ConditionEntry {
  package let key: String
  package let path: String
  package let takes: String
  package let holdsWhen: String
  package let isNeutral: Bool
  private let holdsOfNothing: Bool
  private let form: Form
  private let words: @Sendable (Form.Argument, ConditionPlaces) -> String
  private let judgement: @Sendable (Form.Argument, Subject) -> Judgement

  /// - Parameters:
  ///   - map: The key of the map in which the condition stands; nil for an outcome itself.
  ///   - form: How the argument is read.
  ///   - words: The condition as a sentence without a full stop.
  ///   - judgement: Whether it holds of what came.
  init(
    _ key: String, in map: String? = nil, takes: String, holdsWhen: String, isNeutral: Bool = false,
    holdsOfNothing: Bool = false, _ form: Form, words: @escaping @Sendable (Form.Argument, ConditionPlaces) -> String,
    judgement: @escaping @Sendable (Form.Argument, Subject) -> Judgement
  ) {
    self.key = key
    path = map.map { "\($0).\(key)" } ?? key
    self.takes = takes
    self.holdsWhen = holdsWhen
    self.isNeutral = isNeutral
    self.holdsOfNothing = holdsOfNothing
    self.form = form
    self.words = words
    self.judgement = judgement
  }

  package func conditions<Reader: ArgumentReader>(
    _ node: Reader.Node, by reader: inout Reader
  ) -> [StatedCondition<Subject>] {
    form.arguments(node, what: "`\(key)`", by: &reader).map { self($0) }
  }

  /// States the condition with that argument.
  package func callAsFunction(_ argument: Form.Argument) -> StatedCondition<Subject> {
    StatedCondition(
      path: path, argument: argument, holdsOfNothing: holdsOfNothing, wording: { [words] in words(argument, $0) },
      judgement: { [judgement] in judgement(argument, $0) })
  }

  /// The argument of a condition of this kind; nil for one of another.
  package func argument(of condition: StatedCondition<Subject>) -> Form.Argument? {
    condition.path == path ? condition.argument as? Form.Argument : nil
  }
}

extension ConditionKind where Form.Argument == Void {
  /// States the condition, which says all by its key.
  package func callAsFunction() -> StatedCondition<Subject> { self(()) }
}

/// Entries about an exchange.
package typealias ExchangeKind<Form: ArgumentForm> = ConditionKind<ObservedExchange, Form>
/// Entries about a connection.
package typealias ConnectionKind<Form: ArgumentForm> = ConditionKind<ObservedConnection, Form>

/// What an outcome may ask of an exchange.
///
/// Each file of `Kinds` has a list of its entries; `all` joins them in the order of docs/fixture-format.md.
package enum ExchangeConditions {
  package static let all: [any ConditionEntry<ObservedExchange>] =
    response + fastCGI + body + fields + errorStream + program + wsgi
}

/// What an outcome may ask of the probe's echo report, the body of an exchange: the keys below `echo`.
package enum EchoConditions {}

/// What an outcome may ask of a connection: the keys below `connection`.
package enum ConnectionConditions {
  package static let all: [any ConditionEntry<ObservedConnection>] = closing + management
}
