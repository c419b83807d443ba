import Synchronization

/// Records read from a log, oldest first.
public struct LogBatch: Sendable {
  /// `count` records in the log's dtype.
  public let bytes: [UInt8]
  public let count: Int
  /// Number of the last record, or `after` plus what was lost if there are none: ask with it next
  /// time.
  public let sequence: UInt64
  /// Records after `after` that were overwritten before they could be read.
  public let lost: UInt64
}

/// Reads every record since a number; what was overwritten is counted.
public final class LogReader: Sendable {
  public let segment: SegmentReader

  /// - Throws: `.invalid` if the segment is of another kind.
  public init(_ segment: SegmentReader) throws(SegmentError) {
    try segment.description.require(.log)
    self.segment = segment
  }

  /// Copies the records with numbers over `after`, at most `limit`. An empty batch if there are
  /// none.
  public func records(after: UInt64, limit: Int) -> LogBatch {
    let itemsize = segment.description.stride
    let room = min(max(limit, 0), segment.description.slots)
    let capacity = min(room, Int(clamping: segment.sequence &- min(after, segment.sequence)))
    var read = Read(count: 0, sequence: after, lost: 0)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity * itemsize) { buffer, used in
      read = unsafe copy(after: after, into: UnsafeMutableRawBufferPointer(buffer), limit: capacity)
      used = read.count * itemsize
    }
    return LogBatch(bytes: bytes, count: read.count, sequence: read.sequence, lost: read.lost)
  }

  package struct Read {
    package var count: Int
    package var sequence: UInt64
    package var lost: UInt64
  }

  /// The same into memory of the caller, with room for `limit` records.
  package func copy(
    after: UInt64, into buffer: UnsafeMutableRawBufferPointer, limit: Int
  ) -> Read {
    let memory = segment.memory
    let slots = UInt64(segment.description.slots)
    let itemsize = segment.description.stride
    var read = Read(count: 0, sequence: after, lost: 0)
    while true {
      // Numbers from shared memory may be anything if a file was damaged, so their arithmetic
      // wraps. Acquiring: the words of all records up to this one are even, or later.
      let head = memory.load(.head, ordering: .acquiring)
      guard head > read.sequence, limit > 0 else { return read }
      let first = max(read.sequence &+ 1, head >= slots ? head - slots &+ 1 : 1)
      let count = Int(min(UInt64(limit), head - first &+ 1))
      unsafe copyRing(from: Int((first - 1) % slots), count: count, into: buffer)
      // The bytes were read before the words below: a record whose word is still its own was not
      // written meanwhile.
      atomicMemoryFence(ordering: .acquiring)
      // Records are overwritten oldest first, so those that are whole are the last ones.
      var intact = 0
      while intact < count {
        let number = first &+ UInt64(count - intact) &- 1
        let word = unsafe memory.sequenceWord(Int((number - 1) % slots))
        guard unsafe word.pointee.load(ordering: .relaxed) == 2 &* number else { break }
        intact += 1
      }
      let torn = count - intact
      read.lost &+= first &- read.sequence &- 1 &+ UInt64(torn)
      read.sequence = first &+ UInt64(count) &- 1
      read.count = intact
      if intact > 0 {
        if torn > 0, let base = buffer.baseAddress {
          unsafe base.copyMemory(from: base + torn * itemsize, byteCount: intact * itemsize)
        }
        return read
      }
      // All of it was overwritten while it was copied: what is there now is newer.
    }
  }

  private func copyRing(from slot: Int, count: Int, into buffer: UnsafeMutableRawBufferPointer) {
    let itemsize = segment.description.stride
    let payload = unsafe UnsafeRawBufferPointer(segment.memory.payload)
    let untilEnd = min(count, segment.description.slots - slot)
    unsafe buffer.copyMemory(
      from: UnsafeRawBufferPointer(
        rebasing: payload[slot * itemsize..<(slot + untilEnd) * itemsize]))
    if untilEnd < count {
      unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[(untilEnd * itemsize)...]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: payload[..<((count - untilEnd) * itemsize)]))
    }
  }
}
