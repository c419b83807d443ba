import Glibc
import Synchronization

/// Knows which process this is, and keeps a forked child from holding its parent's locks.
///
/// A child shares its parent's open file descriptions, and so would keep the parent's locks alive
/// after the parent's death. Right after `fork` the child therefore closes every descriptor that
/// was registered here (`close` of its copy leaves the parent's lock alone) and moves to a new
/// epoch, by which handles see that they came from another process. Only async-signal-safe calls
/// are made there. Programs that are started afresh do not inherit the descriptors (O_CLOEXEC).
enum ForkGuard {
  /// Descriptors up to this number can be closed in a child; for higher ones the epoch alone
  /// guards.
  private static let capacity = 1 << 16

  private static let current = Atomic<UInt64>(1)

  /// One bit a descriptor. Allocated once and never freed: the child's handler reads it without a
  /// lock.
  nonisolated(unsafe) private static let registered: UnsafeMutablePointer<Atomic<UInt64>> = {
    let words = capacity / 64
    let bits = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: words)
    for index in 0..<words { unsafe (bits + index).initialize(to: Atomic(0)) }
    pthread_atfork(
      { ForkGuard.gate.lock() }, { ForkGuard.gate.unlock() }, { ForkGuard.becomeChild() })
    return unsafe bits
  }()

  /// Changes in a child process. Relaxed: fork itself orders it.
  static var epoch: UInt64 { current.load(ordering: .relaxed) }

  /// Held while a descriptor is opened and registered, or forgotten and closed: a fork in between
  /// would give the child a copy that nobody closes. In the child it is open, by its epoch.
  private static let gate = ForkSafeLock(())

  /// Runs `body`, which registers what it opens or closes what it forgets, with no fork in the
  /// middle.
  static func withoutFork<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    _ = unsafe registered
    return try gate.withLock { (_: inout Void) throws(E) in try body() }
  }

  static func register(_ descriptor: Int32) {
    guard descriptor >= 0, descriptor < capacity else { return }
    let index = Int(descriptor)
    // Relaxed: one bit a descriptor, whose number the kernel hands out once at a time.
    unsafe registered[index / 64].bitwiseOr(1 << UInt64(index % 64), ordering: .relaxed)
  }

  static func forget(_ descriptor: Int32) {
    guard descriptor >= 0, descriptor < capacity else { return }
    let index = Int(descriptor)
    unsafe registered[index / 64].bitwiseAnd(~(1 << UInt64(index % 64)), ordering: .relaxed)
  }

  private static func becomeChild() {
    current.add(1, ordering: .relaxed)
    for word in 0..<(capacity / 64) {
      var bits = unsafe registered[word].exchange(0, ordering: .relaxed)
      while bits != 0 {
        SystemCalls.close(Int32(word * 64 + bits.trailingZeroBitCount))
        bits &= bits - 1
      }
    }
  }
}
