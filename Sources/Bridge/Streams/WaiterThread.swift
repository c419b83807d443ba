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
    /// It ended: waiting for it would return at once, for ever.
    var hasEnded = false
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

  func add(_ key: StreamKey, _ reader: SegmentReader, counting notices: NoticeLatency?) {
    state.withLock { state in
      guard state.entries[key] == nil else { return }
      // What is there already needs no news: a session looks before it waits.
      state.entries[key] = Entry(reader: reader, after: reader.sequence, notices: notices)
    }
    waiter.kick()
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
        (state.isStopped, state.entries.filter { !$0.value.hasEnded }.map { ($0.key, $0.value) })
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
    state.withLock { state in
      for key in keys {
        guard var entry = state.entries[key] else { continue }
        // The state first: commits made before the end was seen are then all in the sequence number.
        entry.hasEnded = entry.reader.state != .live
        let newest = entry.reader.sequence
        if newest > entry.after { entry.notices?.record(entry.reader.heartbeat, noticed: now) }
        entry.after = max(entry.after, newest)
        state.entries[key] = entry
      }
    }
    onNews(keys)
  }
}
