import ArrayShm
import Glibc
import Logging
import Synchronization

/// One thread that sleeps until one of its streams has something new.
final class WaiterThread: Sendable {
  private struct Entry {
    let reader: SegmentReader
    /// The newest commit that was told.
    var after: UInt64
    /// Counts how late commits are noticed.
    let notices: NoticeLatency?
    /// nil: every commit is told.
    let demand: NewsDemand?
    /// A commit was not told, because nobody had asked for it.
    var hasRested = false
    /// It ended: waiting for it would return at once, for ever.
    var hasEnded = false

    var isWaitedFor: Bool { !hasEnded && demand?.isResting != true }
  }

  private struct State {
    var entries: [StreamKey: Entry] = [:]
    var isStopped = false
  }

  private let state = Mutex(State())
  private let waiter = SegmentWaiter()
  private let logger: Logger
  private let onNews: @Sendable ([StreamKey]) -> Void

  init(logger: Logger, onNews: @escaping @Sendable ([StreamKey]) -> Void) {
    self.logger = logger
    self.onNews = onNews
    NamedThread.start("webmon-waiter") { self.run() }
  }

  var count: Int { state.withLock { $0.entries.count } }

  /// - Returns: the stream's demand, by which commits are asked for; nil if every one is told.
  func add(
    _ key: StreamKey, _ reader: SegmentReader, counting notices: NoticeLatency?, onDemand: Bool
  ) -> NewsDemand? {
    let demand = state.withLock { state in
      if let known = state.entries[key] { return known.demand }
      let demand = onDemand ? NewsDemand(waiter: waiter) : nil
      // What is there already needs no news: a session looks before it waits.
      state.entries[key] = Entry(
        reader: reader, after: reader.sequence, notices: notices, demand: demand)
      return demand
    }
    waiter.kick()
    return demand
  }

  func remove(_ key: StreamKey) {
    state.withLock { $0.entries[key] = nil }
    waiter.kick()
  }

  func revive() {
    let isRevived = state.withLock { state in
      var isRevived = false
      for (key, entry) in state.entries where entry.hasEnded && entry.reader.state == .live {
        state.entries[key]?.hasEnded = false
        isRevived = true
      }
      return isRevived
    }
    if isRevived { waiter.kick() }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    waiter.kick()
  }

  private func run() {
    while true {
      // Before the look at the entries: a change after it makes the wait return at once.
      let kicks = waiter.kickCount
      let (isStopped, waited) = state.withLock { state in
        (state.isStopped, state.entries.filter { $0.value.isWaitedFor }.map { ($0.key, $0.value) })
      }
      if isStopped { return }
      do {
        let ready = try waiter.wait(
          for: waited.map { (segment: $0.1.reader, after: $0.1.after) }, timeout: nil,
          kicksSeen: kicks)
        if !ready.isEmpty { tell(ready.map { waited[$0].0 }) }
      } catch {
        logger.error("waiting for \(waited.count) streams failed, trying again: \(error)")
        usleep(100_000)
      }
    }
  }

  private func tell(_ keys: [StreamKey]) {
    let now = Clock.monotonic
    let told = state.withLock { state in
      keys.filter { key in
        guard var entry = state.entries[key] else { return false }
        // The state first: commits made before the end was seen are then all in the sequence number.
        entry.hasEnded = entry.reader.state != .live
        // An end is told to all.
        if !entry.hasEnded, entry.demand?.takeCommit() == false {
          // `after` stays: whoever ends the rest may have looked before this commit.
          state.entries[key]?.hasRested = true
          return false
        }
        let newest = entry.reader.sequence
        // What came in a rest waited for somebody to ask, not for this thread.
        if newest > entry.after, !entry.hasRested {
          entry.notices?.record(entry.reader.heartbeat, noticed: now)
        }
        entry.hasRested = false
        entry.after = max(entry.after, newest)
        state.entries[key] = entry
        return true
      }
    }
    if !told.isEmpty { onNews(told) }
  }
}
