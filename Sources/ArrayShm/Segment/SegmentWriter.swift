import Glibc
import Synchronization

/// The one writer of a segment: creates it, holds its writer lock for life, and ends it.
///
/// What all kinds share; ``FrameWriter``, ``LogWriter`` and ``ArrayWriter`` write through it.
public final class SegmentWriter: Sendable {
  static let temporaryPrefix = ".tmp-"

  public let description: SegmentDescription
  let memory: SegmentMemory
  private let directory: SegmentDirectory
  /// nil once closed: dropping the descriptor drops the writer lock.
  private let descriptor: ForkSafeLock<Descriptor?>
  private let epoch = ForkGuard.epoch

  /// Creates a segment, taking its name over from a writer that is gone.
  ///
  /// All memory is allocated and touched here: O(bytes), and never again; but for the payload of
  /// a sparse array.
  /// - Parameter resume: go on with a segment of equal kind, dtype, shape, slots and tiles whose
  ///   writer is gone, if there is one; its content and numbers stay, and so does its metadata.
  /// - Throws: `.busy` if the name has a live writer; `.invalid`, `.noSpace`, `.permission`,
  ///   `.notFound`, `.tooManyFiles`.
  public convenience init(
    directory: SegmentDirectory, _ specification: SegmentSpecification, resume: Bool = false
  ) throws(SegmentError) {
    try SegmentName.check(specification.name)
    try directory.create()
    if resume, let opened = try Self.reopen(directory, specification) {
      self.init(opened, directory: directory)
    } else {
      self.init(try Self.create(directory, specification), directory: directory)
    }
  }

  private init(_ opened: OpenedSegment, directory: SegmentDirectory) {
    description = opened.description
    memory = opened.memory
    self.directory = directory
    descriptor = ForkSafeLock(opened.descriptor)
  }

  deinit { close() }

  // MARK: Use

  /// Runs `body` with the descriptor, if the segment is open and this process made it.
  func withDescriptor<R>(
    _ body: (Descriptor) throws(SegmentError) -> R
  ) throws(SegmentError) -> R {
    try checkProcess()
    // The lock keeps the descriptor from being closed, and its number reused, in the middle.
    return try descriptor.withLock { descriptor throws(SegmentError) in
      guard let descriptor else { throw closedError }
      return try body(descriptor)
    }
  }

  func checkProcess() throws(SegmentError) {
    guard epoch == ForkGuard.epoch else {
      throw SegmentError(
        .forked,
        "segment \(description.name): its writer belongs to the parent process; create one under another name after fork"
      )
    }
  }

  private var closedError: SegmentError {
    SegmentError(.closed, "segment \(description.name): this writer was closed")
  }

  public var isClosed: Bool { descriptor.withLock { $0 == nil } }

  /// Whether a reader asks for data. About 1 us.
  public func wanted() throws(SegmentError) -> Bool {
    try withDescriptor { descriptor throws(SegmentError) in
      try SegmentError.wrapping("ask who reads \(description.name)") { () throws(Errno) in
        try descriptor.isHeldByOthers(LockByte.wanted, count: LockByte.wantedCount)
      }
    }
  }

  public func status() throws(SegmentError) -> SegmentStatus {
    let readers = try withDescriptor { descriptor throws(SegmentError) in
      try SegmentError.wrapping("count the readers of \(description.name)") { () throws(Errno) in
        try descriptor.countHeldByOthers(LockByte.wanted, count: LockByte.wantedCount)
      }
    }
    return memory.status(state: .live, readers: readers)
  }

  // MARK: End

  /// Marks the segment as ended, wakes its readers, removes its file unless it persists, and lets
  /// its name go. Memory that was handed out stays valid. Does nothing the second time, or in a
  /// forked child.
  public func close() {
    guard epoch == ForkGuard.epoch else { return }
    descriptor.withLock { descriptor in
      guard let open = descriptor else { return }
      // Releasing: whoever sees the end sees every commit before it.
      memory.storeReleasing(SegmentState.closed.rawValue, .state)
      memory.wakeAll()
      if !description.persist { removeFile(open) }
      descriptor = nil
    }
  }

  /// What the kernel does when a process is killed: the locks go, and nothing else is done.
  func dieForTesting() { descriptor.withLock { $0 = nil } }

  /// Removes the file if the name still stands for it. Best effort: a segment that cannot be
  /// removed now is a leftover for `gc`.
  private func removeFile(_ open: Descriptor) {
    try? directory.withLock {
      if let mine = try? SystemCalls.status(open.number),
        let named = try? SystemCalls.status(path: description.path),
        mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
      {
        try? SystemCalls.unlink(description.path)
      }
    }
  }
}

extension SegmentMemory {
  func status(state: SegmentState, readers: Int) -> SegmentStatus {
    SegmentStatus(
      state: state, readers: readers, sequence: sequence(inHead: load(.head, ordering: .acquiring)),
      heartbeat: load(.heartbeat, ordering: .relaxed), dropped: load(.dropped, ordering: .relaxed),
      writerPID: Int32(truncatingIfNeeded: load(.writer, ordering: .relaxed)))
  }

  /// The number of the newest commit that a value of `head` names.
  func sequence(inHead head: UInt64) -> UInt64 {
    layout.kind == .frames ? head / UInt64(SegmentLayout.maximumSlots) : head
  }
}
