import Synchronization

/// One frame, held in place: its slot is not written again until the last reference to the lease
/// goes.
public final class Lease: Sendable {
  public var info: FrameInfo { held.info }
  private let segment: SegmentReader
  private let held: HeldFrame
  private let epoch = ForkGuard.epoch

  /// Takes over a share in the slot's lease.
  init(_ segment: SegmentReader, _ held: HeldFrame) {
    self.segment = segment
    self.held = held
  }

  deinit {
    if epoch == ForkGuard.epoch { segment.endLease(held.slot) }
  }

  /// False if a writer with an overwrite bound has taken the slot back. Look after use.
  public var isIntact: Bool { segment.isIntact(held) }

  /// The frame's `info.validBytes` bytes, read-only. The address stays the same for the lease's
  /// life.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let bytes = unsafe UnsafeRawBufferPointer(segment.memory.slot(held.slot))
    return try unsafe body(UnsafeRawBufferPointer(rebasing: bytes[..<info.validBytes]))
  }
}

/// A frame whose slot is leased: whoever has it gives the share back once (`SegmentReader.endLease`).
struct HeldFrame: Sendable {
  let slot: Int
  let info: FrameInfo
}

extension SegmentReader {
  /// Leases a slot that holds a frame with one of these numbers. nil if the writer is filling it,
  /// or it holds another frame.
  func hold(slot: Int, holding sequences: ClosedRange<UInt64>) throws(SegmentError) -> HeldFrame? {
    guard try tryLease(slot) else { return nil }
    // Acquiring: with the even word come the frame's bytes and its entry. From here on the lock
    // keeps the writer off, so whatever even word is found stays (unless the writer has an
    // overwrite bound: then `isIntact` tells).
    let word = unsafe memory.sequenceWord(slot).pointee.load(ordering: .acquiring)
    guard word % 2 == 0, sequences.contains(word / 2) else {
      endLease(slot)
      return nil
    }
    return HeldFrame(slot: slot, info: memory.frameInfo(slot, sequence: word / 2))
  }

  /// False if a writer with an overwrite bound has taken the slot back.
  func isIntact(_ held: HeldFrame) -> Bool {
    // What was read before this comes before the look at the word.
    atomicMemoryFence(ordering: .acquiring)
    return unsafe memory.sequenceWord(held.slot).pointee.load(ordering: .relaxed) == 2
      * held.info.sequence
  }
}
