/// What a request must know to be answered, when the server can be reached from other machines.
public struct AccessToken: Sendable {
  /// Characters that an address and a header take as they are.
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let lengths = 16...256

  public let text: String

  /// - Throws: `ServerError` if the text could be guessed, or does not fit into an address.
  public init(_ text: String) throws(ServerError) {
    guard Self.lengths.contains(text.utf8.count) else {
      throw ServerError(
        "the token has \(text.utf8.count) characters; \(Self.lengths.lowerBound) to "
          + "\(Self.lengths.upperBound) are allowed. The word new makes a random one")
    }
    guard text.utf8.allSatisfy(Self.alphabet.contains) else {
      throw ServerError(
        "the token has characters that do not go into an address; letters, digits, - and _ do")
    }
    self.text = text
  }

  private init(unchecked text: String) { self.text = text }

  /// 192 random bits of the kernel.
  public static func random() -> AccessToken {
    var generator = SystemRandomNumberGenerator()
    let characters = (0..<32).map { _ in
      alphabet[Int(generator.next(upperBound: UInt(alphabet.count)))]
    }
    return AccessToken(unchecked: String(decoding: characters, as: UTF8.self))
  }

  /// Whether a text is the token. Takes as long for one that is nearly right as for one that is all wrong.
  func matches(_ other: String) -> Bool {
    let mine = Array(text.utf8)
    let theirs = Array(other.utf8)
    guard mine.count == theirs.count else { return false }
    var difference: UInt8 = 0
    for index in mine.indices { difference |= mine[index] ^ theirs[index] }
    return difference == 0
  }
}
