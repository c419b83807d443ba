/// What one session has cost so far; sent to its page with every `status`.
package struct SessionCounters: SendCounters, Sendable, Equatable, Encodable {
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
  /// Data messages among them.
  package var dataMessages: UInt64 = 0
  /// Commits that were told as gaps.
  package var lost: UInt64 = 0
  /// Frames that are held for the session right now.
  package var leases: UInt64 = 0

  package init() {}

  /// A data message was taken to be sent; so many bytes were copied for it.
  mutating func begin(_ message: OutgoingMessage, copied: Int) {
    copiedBytes += UInt64(copied)
    leases += message.payload is SharedLease ? 1 : 0
    message.source.counters.copiedBytes += UInt64(copied)
  }

  /// It has gone wholly, or will not.
  mutating func finish(_ message: OutgoingMessage, isSent: Bool) {
    leases -= message.payload is SharedLease ? 1 : 0
    guard isSent else { return }
    messages += 1
    dataMessages += 1
    message.source.counters.messages += 1
  }

  private enum CodingKeys: String, CodingKey {
    case sends, messages, lost, leases
    case sentBytes = "sent_bytes"
    case copiedBytes = "copied_bytes"
    case partialSends = "partial_sends"
    case dataMessages = "data_messages"
  }
}
