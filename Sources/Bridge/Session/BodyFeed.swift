/// Where the messages of an endless HTTP body come from.
///
/// Confined to the thread that runs the sessions.
package protocol BodyFeed: AnyObject {
  /// For the log.
  var name: String { get }
  var counters: SessionCounters { get set }
  /// Nothing will come any more: the body ends when its last message has gone.
  var isOver: Bool { get }
  func readiness(now: UInt64) -> Readiness
  func next(now: UInt64) -> OutgoingMessage?
  /// A message has gone wholly, or will not.
  func finish(_ message: OutgoingMessage, isSent: Bool)
  /// Whether it reads from one of these streams.
  func follows(_ keys: Set<StreamKey>) -> Bool
  /// Hears of a change in the catalogue.
  func hear(_ change: CatalogChange, now: UInt64)
  /// The body is gone: what was held for it is let go.
  func end(_ reason: String)
}
