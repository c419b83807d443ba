import Synchronization

/// Appends records to a ring. Never waits for a reader.
public final class LogWriter: Sendable {
  public let segment: SegmentWriter
  /// Number of the next record; the lock puts appends in line.
  private let next: ForkSafeLock<UInt64>

  /// - Parameter specification: of kind log.
  public convenience init(
    directory: SegmentDirectory, _ specification: SegmentSpecification, resume: Bool = false
  ) throws(SegmentError) {
    try self.init(SegmentWriter(directory: directory, specification, resume: resume))
  }

  package init(_ segment: SegmentWriter) throws(SegmentError) {
    try segment.description.require(.log)
    self.segment = segment
    next = ForkSafeLock(segment.memory.load(.head, ordering: .relaxed) &+ 1)
  }

  /// Appends records, made visible in batches of at most the ring's length.
  /// - Parameter records: a whole number of records, in the log's own dtype.
  /// - Returns: the number of the last record (of the newest one, if there are none to append).
  @discardableResult
  public func append(_ records: UnsafeRawBufferPointer) throws(SegmentError) -> UInt64 {
    let itemsize = segment.description.stride
    guard records.count % itemsize == 0 else {
      throw SegmentError(
        .invalid,
        "records for \(segment.description.name): \(records.count) bytes are no whole number of records of \(itemsize)"
      )
    }
    try segment.checkProcess()
    return try next.withLock { next throws(SegmentError) in
      try segment.withDescriptor { _ throws(SegmentError) in
        let batch = segment.description.slots * itemsize
        var start = 0
        while start < records.count {
          let end = min(start + batch, records.count)
          unsafe write(UnsafeRawBufferPointer(rebasing: records[start..<end]), from: next)
          next += UInt64((end - start) / itemsize)
          start = end
        }
        return next - 1
      }
    }
  }

  /// One batch, at most once around the ring.
  private func write(_ records: UnsafeRawBufferPointer, from first: UInt64) {
    let memory = segment.memory
    let slots = UInt64(segment.description.slots)
    let itemsize = segment.description.stride
    let count = UInt64(records.count / itemsize)
    for number in first..<first + count {
      unsafe memory.sequenceWord(Int((number - 1) % slots)).pointee.store(
        2 * number - 1, ordering: .relaxed)
    }
    // The odd words come before any new byte, for readers that are copying the old records (see
    // FrameWriter.loanSlot).
    atomicMemoryFence(ordering: .releasing)
    let slot = Int((first - 1) % slots)
    let untilEnd = min(records.count, (Int(slots) - slot) * itemsize)
    let payload = unsafe memory.payload
    unsafe UnsafeMutableRawBufferPointer(rebasing: payload[(slot * itemsize)...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: records[..<untilEnd]))
    unsafe payload.copyMemory(from: UnsafeRawBufferPointer(rebasing: records[untilEnd...]))
    for number in first..<first + count {
      // Releasing: an even word vouches for its record's bytes.
      unsafe memory.sequenceWord(Int((number - 1) % slots)).pointee.store(
        2 * number, ordering: .releasing)
    }
    memory.storeRelaxed(Clock.monotonic, .heartbeat)
    // Releasing, once for the batch: whoever loads this head with acquire finds all its words even,
    // or later.
    memory.storeReleasing(first + count - 1, .head)
    memory.wakeAll()
  }
}
