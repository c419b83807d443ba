import ArrayShm
import Logging

/// Waits on all streams that somebody is subscribed to: as many threads as their number needs.
///
/// Used from the thread that runs the sessions; only the waiter threads are others.
final class WaiterPool {
  private let logger: Logger
  private let onNews: @Sendable ([StreamKey]) -> Void
  private var threads: [WaiterThread] = []
  private var places: [StreamKey: WaiterThread] = [:]

  init(logger: Logger, onNews: @escaping @Sendable ([StreamKey]) -> Void) {
    self.logger = logger
    self.onNews = onNews
  }

  deinit { stop() }

  /// Begins to wait for commits of this stream.
  ///
  /// - Parameter onDemand: tells of commits that somebody has asked for (`NewsDemand`); else of every one.
  func watch(_ source: StreamSource, onDemand: Bool) {
    let thread = places[source.key] ?? threadWithRoom()
    places[source.key] = thread
    source.demand = thread.add(
      source.key, source.reader, counting: source.hops?.notice, onDemand: onDemand)
  }

  func unwatch(_ key: StreamKey) { places.removeValue(forKey: key)?.remove(key) }

  /// Waits again for streams that had ended, if they have a writer again.
  func revive() {
    for thread in threads { thread.revive() }
  }

  func stop() {
    for thread in threads { thread.stop() }
    threads = []
    places = [:]
  }

  private func threadWithRoom() -> WaiterThread {
    if let thread = threads.first(where: { $0.count < SegmentWaiter.capacity }) { return thread }
    let thread = WaiterThread(logger: logger, onNews: onNews)
    threads.append(thread)
    return thread
  }
}
