/// What a page wants of compression.
package enum Compression: String, Sendable {
  /// Where the link is measured to be slow, and never on this machine.
  case auto
  case none
  /// Always, if it makes the message smaller.
  case deflate

  /// Messages that are smaller cost more than they save.
  private static let least = 1024
  private static let leastOfAuto = 64 * 1024
  /// Larger ones would take too much memory and time at once.
  private static let most = 64 * 1024 * 1024

  package func isWanted(bytes: Int, on link: Link) -> Bool {
    switch self {
    case .none: false
    case .auto: link.isSlow && (Self.leastOfAuto...Self.most).contains(bytes)
    case .deflate: (Self.least...Self.most).contains(bytes)
    }
  }
}
