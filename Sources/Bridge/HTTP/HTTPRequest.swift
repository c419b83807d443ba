/// A request as far as the server looks at it.
package struct HTTPRequest: Sendable, Equatable {
  package enum Method: Sendable, Equatable {
    case get
    case head
    case other
  }

  package var method: Method
  /// The path, percent-decoded once, without the query.
  package var path: [UInt8]
  package var host: String?
  package var origin: String?
  /// A body is announced: a length that is not 0, or a transfer encoding.
  package var hasBody: Bool

  package init(
    method: Method = .get, path: [UInt8], host: String?, origin: String? = nil,
    hasBody: Bool = false
  ) {
    self.method = method
    self.path = path
    self.host = host
    self.origin = origin
    self.hasBody = hasBody
  }
}
