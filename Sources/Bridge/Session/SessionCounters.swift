/// What one session has cost so far; sent to its page with every `status`.
package struct SessionCounters: Sendable, Equatable, Encodable {
  /// Bytes that the kernel took, WebSocket headers included.
  package var sentBytes: UInt64 = 0
  /// Payload bytes that were copied in user space on their way. Frames are not.
  package var copiedBytes: UInt64 = 0
  /// Calls that sent something.
  package var sends: UInt64 = 0
  /// Of these, calls of which the kernel took only a part.
  package var partialSends: UInt64 = 0
  /// Messages, control and data.
  package var messages: UInt64 = 0

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case sends, messages
    case sentBytes = "sent_bytes"
    case copiedBytes = "copied_bytes"
    case partialSends = "partial_sends"
  }
}
