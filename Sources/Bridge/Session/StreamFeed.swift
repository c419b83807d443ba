import ArrayShm
import Logging

/// The messages of one stream for a body of its own, without a session: the socket taking a message is the credit for the next.
package final class StreamFeed: BodyFeed {
  package var counters = SessionCounters()
  private let catalog: SegmentCatalog
  private let logger: Logger
  private let subscription: Subscription
  /// Goes on with the next generation, and waits for it.
  private let waits: Bool
  private var isEnded = false

  /// - Throws: if the stream is there but cannot be sent.
  package init(_ request: BodyRequest, catalog: SegmentCatalog, logger: Logger) throws(SegmentError)
  {
    self.catalog = catalog
    self.logger = logger
    waits = request.waits
    subscription = Subscription(
      SubscribeRequest(
        id: 0, stream: request.stream, policy: request.policy, maxFPS: request.maxFPS,
        backlog: request.backlog))
    if let source = catalog.source(named: request.stream) {
      try bind(source, isWaitedFor: false)
    } else {
      isEnded = !waits
    }
  }

  package var name: String { subscription.request.stream }

  package var isOver: Bool {
    if isEnded { return true }
    guard !waits, let source = subscription.source else { return false }
    return (!source.isListed || source.reader.state != .live) && !subscription.hasNews
  }

  private func bind(_ source: StreamSource, isWaitedFor: Bool) throws(SegmentError) {
    if let refusal = source.refusal { throw SegmentError(.invalid, refusal) }
    try catalog.subscribe(source)
    subscription.bind(to: source, isWaitedFor: isWaitedFor)
  }

  private func release() {
    guard let source = subscription.source else { return }
    if let gap = subscription.unbind() { counters.lost &+= gap.commits }
    catalog.unsubscribe(source)
  }

  package func follows(_ keys: Set<StreamKey>) -> Bool { subscription.follows(keys) }

  package func readiness(now: UInt64) -> Readiness {
    if isEnded { return .idle }
    let candidate = subscription.candidate(at: 0)
    return FrameScheduler.choose(from: CollectionOfOne(candidate), now: now).readiness
  }

  package func next(now: UInt64) -> OutgoingMessage? {
    // The second time after a gap without data: what follows it may be there.
    for _ in 0..<2 where readiness(now: now) == .now {
      do {
        switch try subscription.take(now: now) {
        case .nothing: return nil
        case .gap(let gap): counters.lost &+= gap.commits
        case .tile, .viewed: preconditionFailure("a body of its own has no view")
        case .message(let message, let gap, let copied):
          counters.lost &+= gap?.commits ?? 0
          counters.begin(message, copied: copied)
          return message
        }
      } catch {
        logger.warning("\(name): \(error)")
        return nil
      }
    }
    letGo()
    return nil
  }

  package func finish(_ message: OutgoingMessage, isSent: Bool) {
    counters.finish(message, isSent: isSent)
    subscription.addCredit()
    letGo()
  }

  /// A generation that is gone is let go once everything in it has been sent.
  private func letGo() {
    guard waits, let source = subscription.source, !source.isListed, !subscription.hasNews else {
      return
    }
    release()
  }

  package func hear(_ change: CatalogChange, now: UInt64) {
    guard waits, !isEnded, case .added(let source) = change, source.key.name == name else { return }
    release()
    do {
      try bind(source, isWaitedFor: true)
    } catch {
      logger.info("the body of \(name) ends: \(error)")
      isEnded = true
    }
  }

  package func end(_ reason: String) {
    isEnded = true
    release()
  }
}
