// The name of a relay's Unix socket, and what becomes of it: given back to the server whose it was, or removed.
//
// Both are system calls on names in one folder that is held open; no link is followed.

internal import Glibc

/// A name in a folder that a relay's socket has.
package struct RelayName: Sendable {
  private let folder: SocketFolder
  private let name: String
  private let ours: SocketNode
  /// The server's socket, which has another name meanwhile; nil where nobody had the name before.
  private let theirs: SocketNode?

  /// What is appended to the name of a server's socket while it is aside.
  static let asideSuffix = ".gatespec-aside"
  /// What is appended to it for a moment, while the server's socket is about to get its first name back.
  private static let preparedSuffix = ".gatespec-new"

  init(_ name: String, in folder: SocketFolder, ours: SocketNode, theirs: SocketNode?) {
    (self.name, self.folder, self.ours, self.theirs) = (name, folder, ours, theirs)
  }

  /// Whether the name is still ours: a server that is started again makes itself a new socket there.
  package var isHeld: Bool { unsafe folder.socket(name) == ours }

  /// Puts the server's socket back in its place, and leaves it its second name for whoever is still on the way through
  /// the relay; ``giveBack()`` ends that.
  ///
  /// Nothing happens where the name is not ours any more, or was nobody's. Where the system allows no link, there is
  /// one name only.
  package func restore() {
    guard let theirs, isHeld else { return }
    let (aside, prepared) = (name + Self.asideSuffix, name + Self.preparedSuffix)
    if unsafe folder.socket(prepared) != nil { unsafe folder.remove(prepared) }
    guard unsafe folder.socket(aside) == theirs, unsafe folder.link(aside, as: prepared) else { return giveBack() }
    let isRenamed = unsafe folder.rename(prepared, to: name)
    if !isRenamed { unsafe folder.remove(prepared) }
  }

  /// Puts the server's socket back in its place, and takes away its second name; removes the name where it was nobody's.
  ///
  /// Where the server has made itself a new socket meanwhile, that one stays, and the old one is removed. May be
  /// called twice.
  package func giveBack() {
    guard let theirs else {
      if isHeld { unsafe folder.remove(name) }
      return
    }
    let aside = name + Self.asideSuffix
    guard unsafe folder.socket(aside) == theirs else { return }
    let isGone = unsafe folder.facts(name) == nil
    if isHeld || isGone {
      unsafe _ = folder.rename(aside, to: name)
    } else {
      unsafe folder.remove(aside)
    }
  }

  // MARK: For another process

  /// The folder's descriptor, which another process gets with ``words``.
  var folderDescriptor: CInt { folder.descriptor }

  /// What tells another process the name: it, and the two files.
  var words: [String] { [name, ours.text, theirs?.text ?? "-"] }

  /// The name that another process has told of.
  init?(_ words: [String], folderDescriptor: CInt) {
    guard words.count == 3, !words[0].isEmpty, !words[0].contains("/"), let ours = SocketNode(words[1]) else {
      return nil
    }
    self.init(
      words[0], in: SocketFolder(descriptor: folderDescriptor), ours: ours, theirs: SocketNode(words[2]))
  }
}

extension SocketNode {
  fileprivate var text: String { "\(device):\(number)" }

  fileprivate init?(_ text: String) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let device = dev_t(parts[0]), let number = ino_t(parts[1]) else { return nil }
    (self.device, self.number) = (device, number)
  }
}
