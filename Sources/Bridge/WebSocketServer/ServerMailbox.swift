import Clibwebsockets
import Synchronization

/// What other threads tell the thread that runs the server. The only thing that they share with it.
final class ServerMailbox: Sendable {
  struct Letters: Sendable {
    var events: [CatalogEvent] = []
    var news: Set<StreamKey> = []
    /// A worker has finished something.
    var hasWork = false
    /// Producers that replied to calls, or that ended.
    var replies: Set<StreamKey> = []
    /// Errands that are done.
    var errands: [SegmentErrands.Outcome] = []
    /// The memory of measurements.
    var measurements: [MeasurementHost.Delivery] = []
    /// How often the server was told to stop.
    var stops = 0
  }

  /// `lws_cancel_service` is the one call that libwebsockets allows from other threads.
  /// `@unchecked Sendable`: an opaque pointer that only that call is given.
  @safe
  private struct WakeTarget: @unchecked Sendable {
    let context: OpaquePointer

    init(_ context: OpaquePointer) { unsafe self.context = unsafe context }
  }

  private struct State {
    var letters = Letters()
    var target: WakeTarget?
    /// A wake is on its way: another one would only cost.
    var isAwake = false
  }

  private let state = Mutex(State())

  /// Wakes this context from now on.
  func wakes(_ context: OpaquePointer) {
    let target = unsafe WakeTarget(context)
    state.withLock { state in
      state.target = target
      state.isAwake = false
    }
    // For what was posted before.
    post { _ in }
  }

  /// To be called before the context goes.
  func wakesNobody() { state.withLock { $0.target = nil } }

  func post(_ write: (inout Letters) -> Void) {
    state.withLock { state in
      write(&state.letters)
      guard !state.isAwake, let target = state.target else { return }
      state.isAwake = true
      // Under the lock: the context cannot go meanwhile.
      unsafe lws_cancel_service(target.context)
    }
  }

  func take() -> Letters {
    state.withLock { state in
      state.isAwake = false
      defer { state.letters = Letters() }
      return state.letters
    }
  }
}
