import Glibc
import Synchronization

/// Waits on many segments at once, in one thread.
public final class SegmentWaiter: Sendable {
  /// Segments a wait can take: the kernel allows 128 words, and one is for ``kick()``.
  public static let capacity = 127

  private let kicks: KickWord

  /// A word of our own that the kernel can compare: its address must not change, which a stored
  /// property does not promise. `@unchecked Sendable`: the pointer is never changed, and what it
  /// points to is atomic.
  @safe
  private final class KickWord: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
      unsafe pointer = .allocate(capacity: 1)
      unsafe pointer.initialize(to: Atomic(0))
    }

    deinit {
      unsafe pointer.deinitialize(count: 1)
      unsafe pointer.deallocate()
    }
  }

  public init() { kicks = KickWord() }

  /// Makes the present wait, or else the next one, return. From any thread.
  public func kick() {
    // Releasing: what was prepared before the kick is seen after the wait.
    unsafe kicks.pointer.pointee.add(1, ordering: .releasing)
    unsafe Futex.wakeAll(UnsafePointer(kicks.pointer))
  }

  /// Kicks so far. Take it before looking at what a kick may announce, and give it to `wait`, so
  /// that no kick is missed.
  public var kickCount: UInt64 { unsafe kicks.pointer.pointee.load(ordering: .acquiring) }

  /// Returns when some of the segments have a commit newer than number `after`, or have ended.
  /// - Parameters:
  ///   - segments: at most ``capacity``.
  ///   - timeout: nil waits for ever; zero only looks.
  ///   - kicksSeen: returns at once if there were more kicks than these; nil: those up to now.
  /// - Returns: their indexes; none after the time limit or a kick.
  public func wait(
    for segments: [(segment: SegmentReader, after: UInt64)], timeout: Duration?,
    kicksSeen: UInt64? = nil
  ) throws(SegmentError) -> [Int] {
    guard segments.count <= Self.capacity else {
      throw SegmentError(
        .invalid,
        "wait: \(segments.count) segments; at most \(Self.capacity) are allowed (use several threads)"
      )
    }
    let deadline = Deadline(timeout)
    let kicksSeen = kicksSeen ?? kickCount
    while true {
      // Acquiring: what the caller reads next is at least as new as these.
      let heads = segments.map { $0.segment.memory.load(.head, ordering: .acquiring) }
      let ready = segments.indices.filter { index in
        let (segment, after) = segments[index]
        return segment.memory.sequence(inHead: heads[index]) > after || segment.state != .live
      }
      if !ready.isEmpty || deadline.hasPassed || kickCount != kicksSeen { return ready }

      var words: [UnsafePointer<UInt32>?] = unsafe [unsafe low(UnsafePointer(kicks.pointer))]
      for (segment, _) in segments { unsafe words.append(low(segment.memory.word(.head))) }
      let expected = ([kicksSeen] + heads).map { UInt32(truncatingIfNeeded: $0) }
      let end = Clock.monotonic + deadline.remaining(atMost: SegmentReader.slice)
      try SegmentError.wrapping("wait for \(segments.count) segments") { () throws(Errno) in
        unsafe try Futex.wait(onAny: words, expected: expected, until: end)
      }
    }
  }

  /// The low four bytes of a little-endian word are at its address.
  private func low(_ word: UnsafePointer<Atomic<UInt64>>) -> UnsafePointer<UInt32> {
    unsafe UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self)
  }
}
