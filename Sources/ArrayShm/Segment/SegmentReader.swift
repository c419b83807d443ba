import Glibc
import Synchronization

/// A segment of any kind, opened for reading: needs and has no write access.
///
/// ``FrameReader``, ``LogReader`` and ``ArrayReader`` read through it. In a forked child it opens
/// itself anew at the first use.
public final class SegmentReader: Sendable {
  public let description: SegmentDescription
  let memory: SegmentMemory
  private let directory: SegmentDirectory
  private let connection: ForkSafeLock<Connection>

  /// What belongs to one process: the descriptor that holds its locks.
  private struct Connection {
    var descriptor: Descriptor
    /// The byte of the wanted range that this reader holds.
    var wanted: Int64?
    /// Leases on each slot; the kernel's lock is held while there are any. Counts in place: a fork
    /// in the middle of a change of one leaves the child nothing half made.
    var leases: [Int]
  }

  /// Waits look this often whether the writer still lives: a killed one wakes nobody.
  static let slice: UInt64 = 250_000_000

  /// Opens the newest generation of a name, and validates it before any other use.
  /// - Throws: `.notFound`, `.corrupt`, `.dtype`, `.permission`, `.tooManyFiles`, `.invalid` for
  ///   the name.
  public init(directory: SegmentDirectory, name: String) throws(SegmentError) {
    let opened = try OpenedSegment(directory: directory, name: name)
    description = opened.description
    memory = opened.memory
    self.directory = directory
    connection = ForkSafeLock(
      Connection(
        descriptor: opened.descriptor, leases: [Int](repeating: 0, count: opened.description.slots))
    )
  }

  // MARK: How it is

  /// Number of the newest commit, 0 before the first. One atomic load.
  public var sequence: UInt64 {
    memory.sequence(inHead: memory.load(.head, ordering: .acquiring))
  }

  /// CLOCK_MONOTONIC nanoseconds of the newest commit (of creation, before the first). One atomic load.
  public var heartbeat: UInt64 { memory.load(.heartbeat, ordering: .relaxed) }

  /// How its writer is. About 1 us.
  public var state: SegmentState {
    // Acquiring: after an end was seen, every commit before it is seen.
    let written = SegmentState(rawValue: memory.load(.state, ordering: .acquiring)) ?? .closed
    guard written == .live else { return written }
    do throws(SegmentError) {
      let isHeld = try withDescriptor { descriptor throws(SegmentError) in
        try SegmentError.wrapping("look for the writer of \(description.name)") {
          () throws(Errno) in
          try descriptor.isHeldByOthers(LockByte.writer)
        }
      }
      if isHeld { return .live }
    } catch {
      // In a forked child the segment may be gone before it could be opened anew. Any other failure
      // says nothing.
      switch error.code {
      case .closed: break
      case .superseded: return .superseded
      default: return .live
      }
    }
    // It may have closed, or been taken over, between the two looks.
    let now = SegmentState(rawValue: memory.load(.state, ordering: .acquiring)) ?? .closed
    return now == .live ? .gone : now
  }

  public func status() throws(SegmentError) -> SegmentStatus {
    let readers = try withDescriptor { descriptor throws(SegmentError) in
      try SegmentError.wrapping("count the readers of \(description.name)") { () throws(Errno) in
        try descriptor.countHeldByOthers(LockByte.wanted, count: LockByte.wantedCount)
      }
    }
    return memory.status(state: state, readers: readers)
  }

  /// Bytes of memory that the file takes now: of a sparse array, what was written so far.
  public func residentBytes() throws(SegmentError) -> Int {
    try withDescriptor { descriptor throws(SegmentError) in
      try SegmentError.wrapping("look at segment \(description.name)") { () throws(Errno) in
        // POSIX counts blocks of 512 bytes, whatever the file system's are.
        try Int(SystemCalls.status(descriptor.number).st_blocks) * 512
      }
    }
  }

  // MARK: Asking for data

  /// Makes this reader one of those for whom `wanted` is true, or no longer. Idempotent.
  public func subscribe(_ wanted: Bool) throws(SegmentError) {
    if wanted {
      try withConnection { connection throws(SegmentError) in
        if connection.wanted == nil { try subscribe(&connection) }
      }
    } else {
      connection.withLock { connection in
        if let byte = connection.wanted { connection.descriptor.unlock(byte) }
        connection.wanted = nil
      }
    }
  }

  private func subscribe(_ connection: inout Connection) throws(SegmentError) {
    let descriptor = connection.descriptor
    let byte = LockByte.wanted + Int64.random(in: 0..<LockByte.wantedCount)
    _ = try SegmentError.wrapping("subscribe to \(description.name)") { () throws(Errno) in
      try descriptor.tryShared(byte)
    }
    connection.wanted = byte
  }

  public var isSubscribed: Bool {
    (try? withConnection { connection throws(SegmentError) in connection.wanted != nil }) ?? false
  }

  // MARK: Waiting

  /// Returns when there is a commit newer than number `after`.
  /// - Parameter timeout: nil waits for ever; zero only looks.
  /// - Throws: `.timeout`; `.closed` or `.superseded` if its writer ended and nothing newer will
  ///   come.
  public func wait(after: UInt64, timeout: Duration?) throws(SegmentError) {
    let deadline = Deadline(timeout)
    while true {
      // Acquiring: what the caller reads next is at least as new as this.
      let head = memory.load(.head, ordering: .acquiring)
      if memory.sequence(inHead: head) > after { return }
      if let end = endError, sequence <= after { throw end }
      if deadline.hasPassed {
        throw SegmentError(
          .timeout, "segment \(description.name): nothing newer than number \(after) came in time")
      }
      unsafe Futex.wait(
        on: memory.word(.head), whileLowHalfOf: head,
        nanoseconds: deadline.remaining(atMost: Self.slice))
    }
  }

  /// Why nothing more will come, if so.
  var endError: SegmentError? {
    switch state {
    case .live: nil
    case .closed: SegmentError(.closed, "segment \(description.name): its writer closed it")
    case .gone:
      SegmentError(
        .closed,
        "segment \(description.name): its writer (process \(memory.load(.writer, ordering: .relaxed))) is gone without closing it"
      )
    case .superseded:
      SegmentError(
        .superseded, "segment \(description.name): a newer generation took its name; open it again")
    }
  }

  /// What a read says that found nothing newer than `after`: that nothing is there yet, or that
  /// nothing will come. nil if there is something after all: a last commit between the read and the
  /// end.
  func nothing(after: UInt64, _ what: String) -> SegmentError? {
    let end = endError
    if sequence > after { return nil }
    return end ?? SegmentError(.none, "segment \(description.name): \(what)")
  }

  // MARK: Leases

  /// Takes a share in the slot's lease; false while the writer fills it.
  func tryLease(_ slot: Int) throws(SegmentError) -> Bool {
    try withConnection { connection throws(SegmentError) in
      if connection.leases[slot] > 0 {
        connection.leases[slot] += 1
        return true
      }
      let descriptor = connection.descriptor
      let isOurs = try SegmentError.wrapping("lease a slot of \(description.name)") {
        () throws(Errno) in
        try descriptor.tryShared(LockByte.slot(slot))
      }
      if isOurs { connection.leases[slot] = 1 }
      return isOurs
    }
  }

  func endLease(_ slot: Int) {
    connection.withLock { connection in
      // A lease that a child inherited is its parent's.
      guard connection.descriptor.isOurs, connection.leases[slot] > 0 else { return }
      connection.leases[slot] -= 1
      if connection.leases[slot] == 0 { connection.descriptor.unlock(LockByte.slot(slot)) }
    }
  }

  /// Slots on which this reader holds leases now.
  public var leasedSlots: Int {
    (try? withConnection { connection throws(SegmentError) in connection.leases.count { $0 > 0 } })
      ?? 0
  }

  // MARK: The process's own descriptor

  /// To read the file through; it stays open as long as it is held.
  func openDescriptor() throws(SegmentError) -> Descriptor {
    try withDescriptor { descriptor throws(SegmentError) in descriptor }
  }

  private func withDescriptor<R>(
    _ body: (Descriptor) throws(SegmentError) -> R
  ) throws(SegmentError) -> R {
    try body(withConnection { connection throws(SegmentError) in connection.descriptor })
  }

  private func withConnection<R: Sendable>(
    _ body: (inout Connection) throws(SegmentError) -> R
  ) throws(SegmentError) -> R {
    try connection.withLock { connection throws(SegmentError) in
      if !connection.descriptor.isOurs { try reopen(&connection) }
      return try body(&connection)
    }
  }

  /// In a forked child: a descriptor of its own on the same generation, without the parent's locks.
  private func reopen(_ connection: inout Connection) throws(SegmentError) {
    let opened: OpenedSegment
    do throws(SegmentError) {
      opened = try OpenedSegment(directory: directory, name: description.name, populate: false)
    } catch  where error.code == .notFound {
      throw SegmentError(
        .closed,
        "segment \(description.name): was removed before this forked process could open it anew")
    }
    guard opened.description.generation == description.generation else {
      throw SegmentError(
        .superseded, "segment \(description.name): a newer generation took its name; open it again")
    }
    let wasWanted = connection.wanted != nil
    connection = Connection(
      descriptor: opened.descriptor, leases: [Int](repeating: 0, count: description.slots))
    if wasWanted { try subscribe(&connection) }
  }
}
