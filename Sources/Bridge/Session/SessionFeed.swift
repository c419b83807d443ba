/// The messages of one subscription of a session, for the body that its page fetches. The session keeps the account.
package final class SessionFeed: BodyFeed {
  private let session: Session
  private let number: UInt64
  package let name: String

  package init(_ session: Session, id: UInt32, stream: String) throws(Session.BodyRefusal) {
    number = try session.takeBody(for: id, of: stream)
    self.session = session
    name = stream
  }

  package var counters: SessionCounters {
    get { session.counters }
    set { session.counters = newValue }
  }

  package var isOver: Bool { !session.hasBody(number) }

  package func readiness(now: UInt64) -> Readiness { session.bodyReadiness(now: now) }

  package func next(now: UInt64) -> OutgoingMessage? {
    let message = session.nextOfBody(now: now)
    if message == nil { session.settle() }
    return message
  }

  package func follows(_ keys: Set<StreamKey>) -> Bool { session.follows(keys) }

  package func finish(_ message: OutgoingMessage, isSent: Bool) {
    session.finish(message, isSent: isSent)
  }

  /// The session hears it itself.
  package func hear(_ change: CatalogChange, now: UInt64) {}

  package func end(_ reason: String) {
    if !isOver { session.leaveBody(reason) }
  }
}
