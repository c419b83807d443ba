import Glibc
import Synchronization

/// A mutual exclusion lock that a forked child finds open, whatever the parent's other threads were
/// doing.
///
/// The standard library's `Mutex` is a priority-inheriting futex that knows its holder by thread
/// id: in a forked child it stays locked for ever if another thread of the parent held it, and
/// aborts when it is contended, because the child's thread has a new id. This one keeps the
/// process's epoch (``ForkGuard``) in its word: a word of another epoch counts as open.
///
/// Source of the algorithm: U. Drepper, "Futexes Are Tricky", mutex 2.
/// `@unchecked Sendable`: `state` is touched by the holder of the lock only.
@safe
final class ForkSafeLock<State>: @unchecked Sendable {
  /// Low half: epoch * 4 + (0 open, 1 held, 2 held and waited for). The high half is not used.
  private let word: UnsafeMutablePointer<Atomic<UInt64>>
  private var state: State

  init(_ state: State) {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: Atomic(0))
    self.state = state
  }

  deinit {
    unsafe word.deinitialize(count: 1)
    unsafe word.deallocate()
  }

  func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    lock()
    defer { unlock() }
    return try body(&state)
  }

  private var open: UInt64 { (ForkGuard.epoch & 0x3FFF_FFFF) << 2 }

  /// Acquiring: what the last holder did is seen.
  private func take(from seen: UInt64, as held: UInt64) -> Bool {
    unsafe word.pointee.compareExchange(
      expected: seen, desired: held, successOrdering: .acquiring, failureOrdering: .relaxed
    ).exchanged
  }

  func lock() {
    let open = open
    var mark = open | 1
    while true {
      let seen = unsafe word.pointee.load(ordering: .relaxed)
      if seen & 3 == 0 || seen & ~3 != open {
        if take(from: seen, as: mark) { return }
      } else if seen == open | 2 || take(from: seen, as: open | 2) {
        unsafe Futex.wait(
          on: UnsafePointer(word), whileLowHalfOf: open | 2, nanoseconds: 1_000_000_000)
        // Others may wait, too: whoever takes it after a sleep must wake one of them.
        mark = open | 2
      }
    }
  }

  func unlock() {
    // Releasing: the next holder sees what this one did.
    if unsafe word.pointee.exchange(open, ordering: .releasing) & 3 == 2 {
      unsafe Futex.wakeAll(UnsafePointer(word))
    }
  }
}
