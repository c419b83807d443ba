import Glibc
import Synchronization

/// Reads frames: the newest, or every one; in place under a lease, or as a copy that was checked
/// for tearing.
public final class FrameReader: Sendable {
  public let segment: SegmentReader

  /// A writer flat out can pass a reader by, and each time the reader looks again; this often means
  /// that something is wrong.
  private static let attempts = 100_000
  /// Before this many, an attempt costs about as much as a frame of the fastest writer; from then
  /// on the processor is offered to it, and in `next` any newer frame is taken rather than the
  /// oldest, which it overwrites first.
  private static let eagerAttempts = 32
  /// A copy that was torn so often is taken under a lease instead.
  private static let copies = 4

  /// - Throws: `.invalid` if the segment is of another kind.
  public init(_ segment: SegmentReader) throws(SegmentError) {
    try segment.description.require(.frames)
    self.segment = segment
  }

  /// Leases the newest frame.
  /// - Throws: `.none` before the first frame; `.closed` or `.superseded` if none will come.
  public func latest() throws(SegmentError) -> Lease {
    let held = try holdLatest()
    return Lease(segment, held)
  }

  /// Leases the oldest frame with a number over `after` that is still there.
  /// - Returns: the lease, and how many frames between `after` and it were overwritten.
  /// - Throws: `.none` if there is no newer frame yet; `.closed` or `.superseded` if none will
  ///   come.
  public func next(after: UInt64) throws(SegmentError) -> (lease: Lease, missed: UInt64) {
    let held = try holdNext(after: after)
    return (Lease(segment, held), held.info.sequence - after - 1)
  }

  /// Reads the newest frame in place. Like ``latest()``, without an object a frame: nothing is
  /// allocated.
  /// - Throws: also `.torn` if a writer with an overwrite bound took the slot back meanwhile.
  public func withLatest<R>(
    _ body: (UnsafeRawBufferPointer, FrameInfo) -> R
  ) throws(SegmentError) -> R {
    try unsafe use(try holdLatest(), body)
  }

  /// Reads the oldest frame with a number over `after` in place, likewise.
  public func withNext<R>(
    after: UInt64, _ body: (UnsafeRawBufferPointer, FrameInfo) -> R
  ) throws(SegmentError) -> R {
    try unsafe use(try holdNext(after: after), body)
  }

  /// Copies the newest frame, and checks that it did not change meanwhile.
  /// - Parameter buffer: of exactly one slot's bytes.
  public func copyLatest(into buffer: UnsafeMutableRawBufferPointer) throws(SegmentError)
    -> FrameInfo
  {
    try unsafe checkSize(buffer)
    for _ in 0..<Self.copies {
      guard let (sequence, slot) = newest() else { break }
      if let info = unsafe copy(slot: slot, sequence: sequence, into: buffer) { return info }
    }
    while true {
      let held = try holdLatest()
      if unsafe copy(held, into: buffer) { return held.info }
    }
  }

  /// Copies the oldest frame with a number over `after`, likewise.
  public func copyNext(
    after: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) -> (info: FrameInfo, missed: UInt64) {
    try unsafe checkSize(buffer)
    // For a reader that keeps up it is the newest, which is copied without a lease, too: to lock and
    // unlock the slot of a small one takes longer than the copy. An older one is what the writer
    // overwrites next; its copy would too often be in vain.
    if let (sequence, slot) = newest(), sequence > after, sequence - after == 1,
      let info = unsafe copy(slot: slot, sequence: sequence, into: buffer)
    {
      return (info, 0)
    }
    while true {
      let held = try holdNext(after: after)
      if unsafe copy(held, into: buffer) { return (held.info, held.info.sequence - after - 1) }
    }
  }

  // MARK: Pieces

  /// A share in the newest frame's slot, to be given back with `segment.endLease`.
  private func holdLatest() throws(SegmentError) -> HeldFrame {
    for attempt in 0..<Self.attempts {
      guard let (sequence, slot) = newest() else {
        if let nothing = segment.nothing(after: 0, "no frame was published yet") { throw nothing }
        continue
      }
      // A newer frame in the same slot will do as well: a writer flat out may have come round the
      // ring since the look at head.
      if let held = try segment.hold(slot: slot, holding: sequence ... .max) { return held }
      // The writer is filling that slot right now, so there is a newer frame in another.
      if attempt > Self.eagerAttempts { sched_yield() }
    }
    throw passedBy()
  }

  private func holdNext(after: UInt64) throws(SegmentError) -> HeldFrame {
    for attempt in 0..<Self.attempts {
      guard let newest = newest(), newest.sequence > after else {
        if let nothing = segment.nothing(after: after, "no frame is newer than number \(after)") {
          throw nothing
        }
        continue
      }
      if let (sequence, slot) = oldest(after: after, upTo: newest),
        let held = try segment.hold(
          slot: slot, holding: sequence...(attempt < Self.eagerAttempts ? sequence : .max))
      {
        return held
      }
      if attempt > Self.eagerAttempts { sched_yield() }
    }
    throw passedBy()
  }

  private func use<R>(
    _ held: HeldFrame, _ body: (UnsafeRawBufferPointer, FrameInfo) -> R
  ) throws(SegmentError) -> R {
    defer { segment.endLease(held.slot) }
    let bytes = unsafe UnsafeRawBufferPointer(segment.memory.slot(held.slot))
    let result = unsafe body(
      UnsafeRawBufferPointer(rebasing: bytes[..<held.info.validBytes]), held.info)
    guard segment.isIntact(held) else {
      throw SegmentError(
        .torn, "segment \(segment.description.name): the writer took a slot back while it was read"
      )
    }
    return result
  }

  /// Copies the whole slot and gives it back; false if the writer took it back meanwhile.
  private func copy(_ held: HeldFrame, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    defer { segment.endLease(held.slot) }
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(segment.memory.slot(held.slot)))
    return segment.isIntact(held)
  }

  private func newest() -> (sequence: UInt64, slot: Int)? {
    // Acquiring: the slot's word is at least as new as this head.
    let head = segment.memory.load(.head, ordering: .acquiring)
    let slots = UInt64(SegmentLayout.maximumSlots)
    // A slot outside of the ring can only be damage: nothing is there.
    guard head != 0, head % slots < UInt64(segment.description.slots) else { return nil }
    return (head / slots, Int(head % slots))
  }

  /// - Parameter newest: looked up before: without it, frames that are published during the look at
  ///   the slots could be taken for the oldest ones.
  private func oldest(
    after: UInt64, upTo newest: (sequence: UInt64, slot: Int)
  ) -> (sequence: UInt64, slot: Int)? {
    // The next one, for a reader that keeps up: no look at the others, whose words are in another
    // processor's cache.
    if newest.sequence == after + 1 { return newest }
    var best: (sequence: UInt64, slot: Int)?
    for slot in 0..<segment.description.slots {
      let word = unsafe segment.memory.sequenceWord(slot).pointee.load(ordering: .acquiring)
      let sequence = word / 2
      guard word % 2 == 0, sequence > after else { continue }
      if let found = best, found.sequence < sequence { continue }
      best = (sequence, slot)
    }
    return best
  }

  /// The seqlock's read side: word, bytes, fence, the same word.
  private func copy(
    slot: Int, sequence: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) -> FrameInfo? {
    let memory = segment.memory
    let word = unsafe memory.sequenceWord(slot)
    // Acquiring: the bytes read below are not older than this word.
    guard unsafe word.pointee.load(ordering: .acquiring) == 2 * sequence else { return nil }
    let info = memory.frameInfo(slot, sequence: sequence)
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(memory.slot(slot)))
    // The bytes were read before the second look; with the writer's release fence behind its odd
    // word this makes a change seen.
    atomicMemoryFence(ordering: .acquiring)
    return unsafe word.pointee.load(ordering: .relaxed) == 2 * sequence ? info : nil
  }

  private func checkSize(_ buffer: UnsafeMutableRawBufferPointer) throws(SegmentError) {
    guard buffer.count == segment.description.stride else {
      throw SegmentError(
        .invalid,
        "buffer for a frame of \(segment.description.name): has \(buffer.count) bytes; exactly \(segment.description.stride) are needed"
      )
    }
  }

  private func passedBy() -> SegmentError {
    SegmentError(
      .torn,
      "segment \(segment.description.name): the writer passed this reader by \(Self.attempts) times; more slots would help"
    )
  }
}
