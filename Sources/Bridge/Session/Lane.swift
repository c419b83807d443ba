/// The way by which the data of a subscription goes to its page.
package enum Lane: String, Sendable, Encodable, CaseIterable {
  /// The session's WebSocket, which carries all control messages too.
  case webSocket = "websocket"
  /// The endless HTTP body that the page reads with `fetch`.
  case body = "fetch"
}
