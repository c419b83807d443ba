import ArrayShm
import Glibc
import Logging
import Synchronization

/// Threads that make payloads, so that the one that serves the pages never waits for it. They start
/// with the first job.
///
/// Jobs are done in the order in which they were asked for; those that nobody holds any more (the
/// view moved, the page went) are passed over.
package final class PayloadWorker: Sendable {
  private struct WeakWork { weak var work: (any QueuedWork)? }

  private struct State {
    var queue: [WeakWork] = []
    var threads = 0
    var isStopped = false
  }

  /// A long job must not hold up all others.
  private static let threadCount = 2

  private let state = Mutex(State())
  private let bell = SegmentWaiter()
  private let logger: Logger
  private let onFinished: @Sendable () -> Void

  /// - Parameter onFinished: called on a worker's thread after each job.
  package init(logger: Logger, onFinished: @escaping @Sendable () -> Void) {
    self.logger = logger
    self.onFinished = onFinished
  }

  package func add(_ work: any QueuedWork) {
    let isFirst = state.withLock { state in
      state.queue.append(WeakWork(work: work))
      let isFirst = state.threads == 0
      if isFirst { state.threads = Self.threadCount }
      return isFirst
    }
    if isFirst {
      for _ in 0..<Self.threadCount { NamedThread.start("webmon-worker") { self.run() } }
    }
    bell.kick()
  }

  package func stop() {
    state.withLock { state in
      state.isStopped = true
      state.queue = []
    }
    bell.kick()
  }

  private enum Next {
    case work(any QueuedWork)
    case nothing
    case stop
  }

  private func next() -> Next {
    state.withLock { state in
      if state.isStopped { return .stop }
      while !state.queue.isEmpty {
        if let work = state.queue.removeFirst().work { return .work(work) }
      }
      return .nothing
    }
  }

  private func run() {
    while true {
      // Before the look at the queue: what is added after it ends the wait at once.
      let kicks = bell.kickCount
      switch next() {
      case .stop: return
      case .work(let work):
        work.perform()
        onFinished()
      case .nothing:
        do {
          _ = try bell.wait(for: [], timeout: nil, kicksSeen: kicks)
        } catch {
          logger.error("waiting for work failed, trying again: \(error)")
          usleep(100_000)
        }
      }
    }
  }
}
