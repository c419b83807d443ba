/// What a session sends next.
package enum Transmission {
  /// A text message.
  case control([UInt8])
  /// A binary message.
  case data(OutgoingMessage)
  /// The end, with a WebSocket close code. Nothing comes after it.
  case close(code: UInt16, reason: String)
  /// Nothing now.
  case nothing
}
