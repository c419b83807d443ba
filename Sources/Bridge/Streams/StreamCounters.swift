/// What one generation of a stream has cost so far, over all sessions and bodies.
package struct StreamCounters: SendCounters, Sendable, Equatable {
  /// Data messages that went wholly.
  package var messages: UInt64 = 0
  /// Bytes of data messages that the kernel took: headers, payloads, and what frames them.
  package var sentBytes: UInt64 = 0
  /// Payload bytes that were copied in user space on their way: those of logs and arrays, and of downloads. Frames in messages are not.
  package var copiedBytes: UInt64 = 0
  /// Calls that sent something of a data message.
  package var sends: UInt64 = 0
  /// Of these, calls of which the kernel took only a part.
  package var partialSends: UInt64 = 0
  /// Frames that were leased; once each, however many sessions sent them.
  package var leased: UInt64 = 0
  /// Commits that were told as gaps, once for each subscription that they were told.
  package var lost: UInt64 = 0

  package init() {}
}
