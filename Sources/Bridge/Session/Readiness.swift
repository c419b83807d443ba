/// When a session has something to send.
package enum Readiness: Sendable, Equatable {
  case now
  /// Not before this time.
  case at(UInt64)
  case idle
}
