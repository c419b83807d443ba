/// Whose pages may show this server's pages in a frame: notebooks, as a rule.
///
/// Nobody's but its own, unless some were named. Whoever frames a page cannot read it, but can lay something over it and make a person
/// click what they do not see; commands are what that could reach.
public struct EmbedOrigins: Sendable, Equatable {
  /// As the content security policy writes them: `http://localhost:8888`, `http://localhost:*`.
  public let sources: [String]

  public static let none = EmbedOrigins(sources: [])

  private init(sources: [String]) { self.sources = sources }

  /// - Parameter texts: each an origin, with a port, `*` for any, or none for that of its scheme; or the word `loopback` for every port of
  ///   this machine, as its own browser names it.
  /// - Throws: `ServerError` for what is none of these.
  public init(_ texts: [String]) throws(ServerError) {
    var sources: [String] = []
    for text in texts {
      let named = text == "loopback" ? Self.loopback : [try Self.origin(text)]
      for source in named where !sources.contains(source) { sources.append(source) }
    }
    self.sources = sources
  }

  private static let loopback = ["http", "https"].flatMap { scheme in
    ["localhost", "127.0.0.1"].map { "\(scheme)://\($0):*" }
  }

  private static func origin(_ text: String) throws(ServerError) -> String {
    let source = text.lowercased()
    // What the policy's own syntax would read otherwise never gets into the header.
    guard let match = source.wholeMatch(of: /https?:\/\/([a-z0-9.\-]+)(:([0-9]{1,5}|\*))?\/?/),
      match.output.1.first != ".", match.output.1.first != "-"
    else {
      throw ServerError(
        "\(ElementValue.quoted(text)) is no origin that pages can be embedded by; one like http://localhost:8888 or "
          + "https://hub.example.org is, http://localhost:* for any port, or the word loopback")
    }
    return source.hasSuffix("/") ? String(source.dropLast()) : source
  }
}
