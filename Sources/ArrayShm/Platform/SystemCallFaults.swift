import Glibc
import Synchronization

/// Lets a test make the nth call of a name fail in its own thread, so that every error path is run.
///
/// With nothing armed this costs one relaxed load a call.
enum SystemCallFaults {
  struct Fault: Sendable {
    let call: String
    /// How many calls of this name still succeed first.
    var after: Int
    let errno: Int32
    let thread: UInt
  }

  private static let armed = Atomic<Int>(0)
  private static let faults = Mutex<[Fault]>([])

  /// Runs `body` with call number `after` (from 0) of `call` failing once with `errno`, in this
  /// thread only.
  static func failing<R, E: Error>(
    _ call: String, after: Int = 0, with errno: Int32, _ body: () throws(E) -> R
  ) throws(E) -> R {
    let thread = UInt(pthread_self())
    faults.withLock {
      $0.append(Fault(call: call, after: after, errno: errno, thread: thread))
    }
    // Relaxed: the same thread reads it again.
    armed.add(1, ordering: .relaxed)
    defer {
      armed.subtract(1, ordering: .relaxed)
      faults.withLock { $0.removeAll { $0.thread == thread && $0.call == call } }
    }
    return try body()
  }

  @inline(__always)
  static func next(_ call: String) -> Int32? {
    armed.load(ordering: .relaxed) == 0 ? nil : take(call)
  }

  @inline(never)
  private static func take(_ call: String) -> Int32? {
    let thread = UInt(pthread_self())
    return faults.withLock { faults in
      for index in faults.indices where faults[index].thread == thread && faults[index].call == call
      {
        if faults[index].after == 0 { return faults.remove(at: index).errno }
        faults[index].after -= 1
        return nil
      }
      return nil
    }
  }
}
