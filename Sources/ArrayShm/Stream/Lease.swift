import Synchronization

/// One frame, held in place: its slot is not written again until the last reference to the lease
/// goes.
public final class Lease: Sendable {
  public let info: FrameInfo
  private let segment: SegmentReader
  private let slot: Int
  private let epoch = ForkGuard.epoch

  /// Takes over a share in the slot's lease.
  fileprivate init(_ segment: SegmentReader, slot: Int, info: FrameInfo) {
    self.segment = segment
    self.slot = slot
    self.info = info
  }

  deinit {
    if epoch == ForkGuard.epoch { segment.endLease(slot) }
  }

  /// False if a writer with an overwrite bound has taken the slot back. Look after use.
  public var isIntact: Bool {
    // What was read before this comes before the look at the word.
    atomicMemoryFence(ordering: .acquiring)
    return unsafe segment.memory.sequenceWord(slot).pointee.load(ordering: .relaxed) == 2
      * info.sequence
  }

  /// The frame's `info.validBytes` bytes, read-only. The address stays the same for the lease's
  /// life.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let bytes = unsafe UnsafeRawBufferPointer(segment.memory.slot(slot))
    return try unsafe body(UnsafeRawBufferPointer(rebasing: bytes[..<info.validBytes]))
  }
}

extension Lease {
  /// Copies the whole slot; false if the writer took it back meanwhile.
  func copySlot(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(segment.memory.slot(slot)))
    return isIntact
  }
}

extension SegmentReader {
  /// Leases a slot that holds a frame with one of these numbers. nil if the writer is filling it,
  /// or it holds another frame.
  func lease(slot: Int, holding sequences: ClosedRange<UInt64>) throws(SegmentError) -> Lease? {
    guard try tryLease(slot) else { return nil }
    // Acquiring: with the even word come the frame's bytes and its entry. From here on the lock
    // keeps the writer off, so whatever even word is found stays (unless the writer has an
    // overwrite bound: then `isIntact` tells).
    let word = unsafe memory.sequenceWord(slot).pointee.load(ordering: .acquiring)
    guard word % 2 == 0, sequences.contains(word / 2) else {
      endLease(slot)
      return nil
    }
    return Lease(self, slot: slot, info: memory.frameInfo(slot, sequence: word / 2))
  }
}
