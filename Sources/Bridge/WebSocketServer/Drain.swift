/// The end of the server: what is on its way may arrive, within bounds.
struct Drain {
  private var began: UInt64?
  private var isHurried = false
  /// Since when nothing is on its way.
  private var quiet: UInt64?

  /// Pages have so long to answer the close.
  private static let farewell: UInt64 = 500_000_000

  var hasBegun: Bool { began != nil }

  /// The server is told to stop, so many times. From the second time on it does not wait for anything.
  ///
  /// - Returns: whether this was the first time.
  mutating func ask(_ times: Int, now: UInt64) -> Bool {
    guard times > 0 else { return false }
    if began != nil || times > 1 { isHurried = true }
    guard began == nil else { return false }
    began = now
    return true
  }

  /// Whether the server may end now.
  ///
  /// - Parameters:
  ///   - isSending: bytes are on their way to somebody who was not told of the end.
  ///   - isConnected: pages are there.
  mutating func isOver(isSending: Bool, isConnected: Bool, now: UInt64) -> Bool {
    guard let began else { return false }
    if isHurried || now > began + UInt64(Limits.drainSeconds) * 1_000_000_000 { return true }
    if isSending { return false }
    if !isConnected { return true }
    let since = quiet ?? now
    quiet = since
    return now > since + Self.farewell
  }
}
