import ArrayShm
import Synchronization

/// How long it takes from a commit until a waiter thread has noticed it. Counted there, read by the thread that runs the sessions.
package final class NoticeLatency: Sendable {
  private let latency = Mutex(HopLatency())

  package init() {}

  /// Several commits that came together are noticed once: the newest counts.
  func record(_ published: UInt64, noticed: UInt64) {
    latency.withLock {
      $0.record(noticed > published ? noticed - published : 0, at: noticed)
    }
  }

  var snapshot: HopLatency { latency.withLock { $0 } }
}
