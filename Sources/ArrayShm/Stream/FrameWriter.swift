import Glibc
import Synchronization

/// Publishes frames into a ring of slots. Never waits for a reader.
public final class FrameWriter: Sendable {
  public let segment: SegmentWriter
  private let state: ForkSafeLock<State>

  private struct State {
    /// Slots handed out and not yet committed or abandoned.
    var loaned: [Bool]
    var next: UInt64
    var droppedInARow: UInt32 = 0
  }

  /// - Parameter specification: of kind frames.
  public convenience init(
    directory: SegmentDirectory, _ specification: SegmentSpecification, resume: Bool = false
  ) throws(SegmentError) {
    try self.init(SegmentWriter(directory: directory, specification, resume: resume))
  }

  package init(_ segment: SegmentWriter) throws(SegmentError) {
    try segment.description.require(.frames)
    self.segment = segment
    let head = segment.memory.load(.head, ordering: .relaxed)
    state = ForkSafeLock(
      State(
        loaned: [Bool](repeating: false, count: segment.description.slots),
        next: segment.memory.sequence(inHead: head) + 1))
  }

  /// Lends the oldest slot that nobody uses, to be filled in place.
  /// - Throws: `.dropped` if every slot is leased or lent: the frame is counted as dropped.
  public func loan() throws(SegmentError) -> FrameLoan {
    FrameLoan(writer: self, slot: try loanSlot())
  }

  /// Copies one frame in and publishes it.
  /// - Parameter frame: exactly one slot's bytes.
  /// - Returns: the frame's number.
  @discardableResult
  public func put(_ frame: UnsafeRawBufferPointer, info: FrameInfo = FrameInfo())
    throws(SegmentError) -> UInt64
  {
    guard frame.count == segment.description.stride else {
      throw SegmentError(
        .invalid,
        "frame for \(segment.description.name): has \(frame.count) bytes; a slot takes exactly \(segment.description.stride)"
      )
    }
    let loan = try loan()
    unsafe loan.withUnsafeMutableBytes { unsafe $0.copyMemory(from: frame) }
    return try loan.commit(info)
  }

  // MARK: By slot number

  package func loanSlot() throws(SegmentError) -> Int {
    let memory = segment.memory
    try segment.checkProcess()
    return try state.withLock { state throws(SegmentError) in
      try segment.withDescriptor { descriptor throws(SegmentError) in
        let head = memory.load(.head, ordering: .relaxed)
        let newest = head == 0 ? nil : Int(head % UInt64(SegmentLayout.maximumSlots))
        guard let slot = try freeSlot(descriptor, notUsing: newest, &state) else {
          state.droppedInARow &+= 1
          memory.storeRelaxed(memory.load(.dropped, ordering: .relaxed) &+ 1, .dropped)
          throw SegmentError(
            .dropped,
            "segment \(segment.description.name): all \(state.loaned.count) slots are in use by readers; the frame was dropped. More slots, or readers that let go sooner, would help"
          )
        }
        state.droppedInARow = 0
        state.loaned[slot] = true
        // The odd word comes before any byte of the new frame: the fence keeps later stores from
        // moving up past it, so a reader that copies without a lease and meets a new byte finds,
        // after its acquire fence, that the word is not what it was.
        unsafe memory.sequenceWord(slot).pointee.store(2 * state.next - 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        memory.store(begun: Clock.monotonic, slot: slot)
        return slot
      }
    }
  }

  /// The slot with the smallest sequence word whose exclusive lock is granted at once.
  private func freeSlot(
    _ descriptor: Descriptor, notUsing newest: Int?, _ state: inout State
  ) throws(SegmentError) -> Int? {
    var oldest: Candidate?
    var tried: Candidate?
    while let candidate = nextCandidate(after: tried, notUsing: newest, state) {
      let free = try SegmentError.wrapping("lock a slot of \(segment.description.name)") {
        () throws(Errno) in
        try descriptor.tryExclusive(LockByte.slot(candidate.slot))
      }
      if free { return candidate.slot }
      tried = candidate
      if oldest == nil { oldest = candidate }
    }
    // A reader that never lets go must not stop the writer for ever: past the bound, its slot is
    // taken all the same.
    let bound = segment.description.overwriteAfter
    return bound > 0 && state.droppedInARow >= bound ? oldest?.slot : nil
  }

  private struct Candidate: Comparable {
    let word: UInt64
    let slot: Int

    static func < (a: Candidate, b: Candidate) -> Bool { (a.word, a.slot) < (b.word, b.slot) }
  }

  /// The oldest slot that may be filled and is younger than `tried`. Allocates nothing: it runs
  /// once a frame.
  private func nextCandidate(
    after tried: Candidate?, notUsing newest: Int?, _ state: borrowing State
  ) -> Candidate? {
    var best: Candidate?
    for slot in 0..<state.loaned.count where slot != newest && !state.loaned[slot] {
      // Relaxed: only this process writes these words.
      let word = unsafe segment.memory.sequenceWord(slot).pointee.load(ordering: .relaxed)
      let candidate = Candidate(word: word, slot: slot)
      if let tried, candidate <= tried { continue }
      if let found = best, found <= candidate { continue }
      best = candidate
    }
    return best
  }

  @discardableResult
  package func commit(slot: Int, _ info: FrameInfo) throws(SegmentError) -> UInt64 {
    let memory = segment.memory
    try segment.checkProcess()
    return try state.withLock { state throws(SegmentError) in
      try checkLoan(slot, state)
      guard info.validBytes >= 0, info.validBytes <= segment.description.stride else {
        throw SegmentError(
          .invalid,
          "valid bytes of a frame of \(segment.description.name): \(info.validBytes); at most \(segment.description.stride) are allowed"
        )
      }
      return try segment.withDescriptor { descriptor throws(SegmentError) in
        let sequence = state.next
        var info = info
        let now = Clock.monotonic
        if info.published == 0 { info.published = now }
        if info.validBytes == 0 { info.validBytes = segment.description.stride }
        memory.store(info, slot: slot)
        // Releasing: whoever loads this even word with acquire sees the whole frame and its entry.
        unsafe memory.sequenceWord(slot).pointee.store(2 * sequence, ordering: .releasing)
        memory.storeRelaxed(now, .heartbeat)
        // Releasing, and after the word: whoever loads this head with acquire finds that word, or a
        // later one.
        memory.storeReleasing(sequence * UInt64(SegmentLayout.maximumSlots) + UInt64(slot), .head)
        // Before the wake-up: a reader that runs at once, perhaps instead of this thread, would find
        // the slot locked, and have to wait for this thread to go on.
        descriptor.unlock(LockByte.slot(slot))
        memory.wakeAll()
        state.loaned[slot] = false
        state.next = sequence + 1
        return sequence
      }
    }
  }

  package func abandon(slot: Int) throws(SegmentError) {
    try segment.checkProcess()
    try state.withLock { state throws(SegmentError) in
      try checkLoan(slot, state)
      try segment.withDescriptor { descriptor throws(SegmentError) in
        // Whatever was half written never was: 0 means never used.
        unsafe segment.memory.sequenceWord(slot).pointee.store(0, ordering: .releasing)
        descriptor.unlock(LockByte.slot(slot))
        state.loaned[slot] = false
      }
    }
  }

  private func checkLoan(_ slot: Int, _ state: borrowing State) throws(SegmentError) {
    guard slot >= 0, slot < state.loaned.count, state.loaned[slot] else {
      throw SegmentError(
        .invalid, "segment \(segment.description.name): slot \(slot) is not on loan")
    }
  }
}

/// One slot, lent to be filled. Committing publishes it; letting it go unpublished gives it back.
public struct FrameLoan: ~Copyable {
  private let writer: FrameWriter
  private let slot: Int
  private var isPending = true

  fileprivate init(writer: FrameWriter, slot: Int) {
    self.writer = writer
    self.slot = slot
  }

  /// The slot's bytes. They hold an old frame, or zeros.
  public func withUnsafeMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try unsafe body(writer.segment.memory.slot(slot))
  }

  /// Makes it the newest frame, and returns its number.
  @discardableResult
  public consuming func commit(_ info: FrameInfo = FrameInfo()) throws(SegmentError) -> UInt64 {
    let sequence = try writer.commit(slot: slot, info)
    isPending = false
    return sequence
  }

  deinit {
    if isPending { try? writer.abandon(slot: slot) }
  }
}

extension SegmentDescription {
  func require(_ expected: SegmentKind) throws(SegmentError) {
    guard kind == expected else {
      throw SegmentError(
        .invalid, "segment \(name): is of kind \(kind.name); this needs kind \(expected.name)")
    }
  }
}
