/// The bounds that keep one page, one message or one segment from taking the server down.
package enum Limits {
  /// WebSocket sessions at a time.
  package static let sessions = 2048
  /// Subscriptions of one session.
  package static let subscriptions = 256
  /// Bytes of one control message from a page.
  package static let controlMessageBytes = 64 * 1024
  /// Bytes of control messages that wait for one page. A page that reads nothing is dropped there.
  package static let queuedControlBytes = 4 * 1024 * 1024
  /// Bytes that are copied at once: arrays and logs over this are refused.
  package static let copiedBytes = 256 * 1024 * 1024
  /// Bytes of records in one data message (one record at least).
  package static let batchBytes = 1024 * 1024
  /// Bytes of one WebSocket fragment, its own header not counted.
  ///
  /// A ping waits for one fragment only: 10 ms instead of 440 ms behind a frame of 64 MB.
  package static let fragmentBytes = 1024 * 1024
  /// Bytes that one session may send before the others have their turn.
  package static let burstBytes = 4 * 1024 * 1024
  /// Bytes of an HTTP body that go out in one write.
  package static let httpChunkBytes = 64 * 1024
  /// A page that takes nothing for so long is dropped, and with it its leases.
  package static let stallSeconds = 10
  /// The slowest page that may hold a lease, in bytes a second, after `stallSeconds`.
  package static let slowestBytesPerSecond = 256 * 1024

  /// Nanoseconds within which a message of this size must be gone: no lease outlives it.
  package static func sendingBound(bytes: Int) -> UInt64 {
    let seconds = Double(stallSeconds) + Double(bytes) / Double(slowestBytesPerSecond)
    return UInt64(seconds * 1e9)
  }
}
