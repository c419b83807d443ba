import ArrayShm
import Synchronization

/// Work that a `PayloadWorker` does.
package protocol QueuedWork: AnyObject, Sendable {
  func perform()
}

/// A payload in the making: cut, reduced, or changed in any other way off the thread that serves
/// the pages.
///
/// The worker's queue does not keep it: when nobody waits for it any more, it is not done.
package final class PayloadJob<Output: Sendable>: QueuedWork {
  private typealias Work = @Sendable () throws(SegmentError) -> Output

  private enum State: Sendable {
    /// What is to be done, which may hold a lease.
    case waiting(Work)
    case running
    case finished(Result<Output, SegmentError>)
  }

  private let state: Mutex<State>

  package init(_ work: @escaping @Sendable () throws(SegmentError) -> Output) {
    state = Mutex(.waiting(work))
  }

  /// nil until it is finished.
  package var result: Result<Output, SegmentError>? {
    state.withLock { if case .finished(let result) = $0 { result } else { nil } }
  }

  package var isFinished: Bool {
    state.withLock { if case .finished = $0 { true } else { false } }
  }

  package func perform() {
    let waiting = state.withLock { state -> Work? in
      guard case .waiting(let work) = state else { return nil }
      state = .running
      return work
    }
    guard let work = waiting else { return }
    let result: Result<Output, SegmentError>
    do throws(SegmentError) {
      result = .success(try work())
    } catch {
      result = .failure(error)
    }
    state.withLock { $0 = .finished(result) }
  }
}
