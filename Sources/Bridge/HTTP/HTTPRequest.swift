/// A request as far as the server looks at it.
package struct HTTPRequest: Sendable {
  package enum Method: Sendable, Equatable {
    case get
    case head
    case other
  }

  package var method: Method
  /// The path, percent-decoded once, without the query.
  package var path: [UInt8]
  /// The parts of the query, between its ampersands, percent-decoded once.
  package var arguments: [[UInt8]]
  package var host: String?
  package var origin: String?
  package var authorization: String?
  /// The parts of the cookies, between their semicolons: `name=value`.
  package var cookies: [String]
  /// A person looks at the answer.
  package var wantsHTML: Bool
  /// A body is announced: a length that is not 0, or a transfer encoding.
  package var hasBody: Bool
  package var peer: PeerAddress

  package init(
    method: Method = .get, path: [UInt8], arguments: [[UInt8]] = [], host: String?,
    origin: String? = nil, authorization: String? = nil, cookies: [String] = [],
    wantsHTML: Bool = false, hasBody: Bool = false, peer: PeerAddress = .local
  ) {
    self.method = method
    self.path = path
    self.arguments = arguments
    self.host = host
    self.origin = origin
    self.authorization = authorization
    self.cookies = cookies
    self.wantsHTML = wantsHTML
    self.hasBody = hasBody
    self.peer = peer
  }

  /// The parameters of the query, in their order.
  package var query: [(name: String, value: String)] {
    arguments.map { argument in
      let text = String(decoding: argument, as: UTF8.self)
      let end = text.firstIndex(of: "=") ?? text.endIndex
      return (String(text[..<end]), String(text[end...].dropFirst()))
    }
  }
}
