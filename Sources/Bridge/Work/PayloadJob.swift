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
  package enum State: Sendable {
    case waiting
    case running
    case finished(Result<Output, SegmentError>)
  }

  private let work: @Sendable () throws(SegmentError) -> Output
  private let state = Mutex(State.waiting)

  package init(_ work: @escaping @Sendable () throws(SegmentError) -> Output) { self.work = work }

  /// nil until it is finished.
  package var result: Result<Output, SegmentError>? {
    state.withLock { if case .finished(let result) = $0 { result } else { nil } }
  }

  package var isFinished: Bool {
    state.withLock { if case .finished = $0 { true } else { false } }
  }

  package func perform() {
    state.withLock { $0 = .running }
    let result: Result<Output, SegmentError>
    do throws(SegmentError) {
      result = .success(try work())
    } catch {
      result = .failure(error)
    }
    state.withLock { $0 = .finished(result) }
  }
}
