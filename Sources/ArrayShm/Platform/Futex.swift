import CLinux
import Glibc
import Synchronization

/// Sleeping on, and waking, the low half of a 64-bit word in memory that processes share.
///
/// `FUTEX_WAIT` compares the word and goes to sleep in one step of the kernel, so that a commit
/// between a reader's look and its sleep is never missed. It works on a read-only mapping.
enum Futex {
  /// Sleeps while the low half of `word` is that of `seen`, for at most so long. May return early
  /// for no reason.
  static func wait(
    on word: UnsafePointer<Atomic<UInt64>>, whileLowHalfOf seen: UInt64, nanoseconds: UInt64
  ) {
    if nanoseconds == 0 { return }
    var time = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    unsafe word.withMemoryRebound(to: UInt32.self, capacity: 1) { low in
      _ = unsafe linux_futex_wait(low, UInt32(truncatingIfNeeded: seen), &time)
    }
  }

  /// Wakes every process and thread that sleeps on the low half of `word`.
  static func wakeAll(_ word: UnsafePointer<Atomic<UInt64>>) {
    unsafe word.withMemoryRebound(to: UInt32.self, capacity: 1) { low in
      _ = unsafe linux_futex_wake_all(low)
    }
  }

  /// Sleeps on several words at once until an absolute time. At most 128.
  static func wait(
    onAny words: [UnsafePointer<UInt32>?], expected: [UInt32], until deadline: UInt64
  ) throws(Errno) {
    var time = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    let result = unsafe words.withUnsafeBufferPointer { words in
      unsafe expected.withUnsafeBufferPointer { expected in
        unsafe linux_futex_wait_many(
          words.baseAddress, expected.baseAddress, UInt32(words.count), &time)
      }
    }
    switch -result {
    case ...0, ETIMEDOUT, EAGAIN, EINTR: return
    default: throw Errno(rawValue: -result, call: "futex_waitv")
    }
  }
}
