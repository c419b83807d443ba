import Clibwebsockets

/// Reads a request's headers while libwebsockets still has them.
struct RequestHeaders {
  private let connection: Connection

  /// A header that is longer than this is as good as wrong: no host or origin is.
  private static let longest = 512

  init(_ connection: Connection) { self.connection = connection }

  var request: HTTPRequest? {
    guard let (method, path) = connection.methodAndPath else { return nil }
    return HTTPRequest(
      method: Self.method(method), path: path,
      arguments: connection.headerParts(WSI_TOKEN_HTTP_URI_ARGS), host: text(WSI_TOKEN_HOST),
      origin: text(WSI_TOKEN_ORIGIN), authorization: text(WSI_TOKEN_HTTP_AUTHORIZATION),
      cookies: cookies, wantsHTML: text(WSI_TOKEN_HTTP_ACCEPT)?.contains("text/html") ?? false,
      hasBody: hasBody, peer: connection.peer)
  }

  /// libwebsockets joins the repetitions of this header without anything in between.
  private var cookies: [String] {
    connection.headerParts(WSI_TOKEN_HTTP_COOKIE).flatMap { part in
      String(decoding: part, as: UTF8.self).split(separator: ";").map(String.init)
    }
  }

  /// The subprotocols that are offered.
  var protocols: String? { text(WSI_TOKEN_PROTOCOL) }

  /// Read anew from the headers, not from what the callback is given: after a refused upgrade on a connection that is kept alive
  /// that points into freed memory.
  var isWebSocketUpgrade: Bool { text(WSI_TOKEN_UPGRADE)?.lowercased() == "websocket" }

  var webSocketVersion: String? { text(WSI_TOKEN_VERSION) }

  private var hasBody: Bool {
    connection.headerLength(WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0
      || (connection.headerLength(WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0
        && text(WSI_TOKEN_HTTP_CONTENT_LENGTH) != "0")
  }

  /// A header's text, nil if it is not there; of one that is too long a text that matches nothing.
  private func text(_ token: lws_token_indexes) -> String? {
    let length = connection.headerLength(token)
    guard length > 0 else { return nil }
    guard length <= Self.longest else { return "(\(length) bytes)" }
    return String(decoding: connection.header(token), as: UTF8.self)
  }

  private static func method(_ index: Int32) -> HTTPRequest.Method {
    switch Int(index) {
    case Int(LWSHUMETH_GET): .get
    case Int(LWSHUMETH_HEAD): .head
    default: .other
    }
  }
}
