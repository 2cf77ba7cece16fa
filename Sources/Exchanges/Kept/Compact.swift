// A place in a stream that may be none, in the room of one that is not.
//
// Facts have dozens of them, and every exchange is handed on several times with all of its facts.

package import WireBytes

/// A place in a stream, or nil, in eight bytes instead of sixteen.
///
/// The last offset that there is stands for nil: no stream has a byte there.
@propertyWrapper
package struct Compact: Hashable, Sendable {
  @usableFromInline internal var raw: StreamOffset

  @inlinable package init() { raw = .max }

  @inlinable package init(wrappedValue: StreamOffset?) { raw = wrappedValue ?? .max }

  @inlinable package var wrappedValue: StreamOffset? {
    get { raw == .max ? nil : raw }
    set { raw = newValue ?? .max }
  }
}
