import Glibc

/// Making a segment's file, and putting it in place of an older one (`docs/segment-format.md`,
/// "Creating and taking over").
extension SegmentWriter {
  static func create(
    _ directory: SegmentDirectory, _ specification: SegmentSpecification
  ) throws(SegmentError) -> OpenedSegment {
    let metadata = try checkedMetadata(specification.metadata)
    let plan = try FilePlan(specification, metadata: metadata)
    let path = directory.file(specification.name)

    let temporary =
      "\(directory.path)/\(temporaryPrefix)\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    let descriptor = try directory.withLock { () throws(SegmentError) in
      _ = try leftover(directory, specification.name)
      return try SegmentError.wrapping("create segment \(path)") { () throws(Errno) in
        let descriptor = try Descriptor(opening: temporary, O_RDWR | O_CREAT | O_EXCL)
        do throws(Errno) {
          guard try descriptor.tryExclusive(LockByte.writer) else {
            throw Errno(rawValue: EAGAIN, call: "fcntl(F_OFD_SETLK)")
          }
        } catch {
          try? SystemCalls.unlink(temporary)
          throw error
        }
        return descriptor
      }
    }
    // Filling may take seconds; others need not wait for it. Our writer lock keeps `gc` away from
    // the file.
    do throws(SegmentError) {
      let memory = try fill(descriptor, plan, path: path)
      try directory.withLock { () throws(SegmentError) in
        let old = try leftover(directory, specification.name)
        try SegmentError.wrapping("put segment \(path) in place") { () throws(Errno) in
          try SystemCalls.rename(temporary, path)
        }
        // Releasing: whoever sees the end sees every commit before it.
        old?.memory.storeReleasing(SegmentState.superseded.rawValue, .state)
        old?.memory.wakeAll()
      }
      return OpenedSegment(
        descriptor: descriptor, memory: memory,
        description: SegmentDescription(
          name: specification.name, path: path, layout: plan.layout, constants: plan.constants,
          dtype: specification.dtype, descr: specification.dtype.descr,
          metadata: specification.metadata))
    } catch {
      try? SystemCalls.unlink(temporary)
      throw error
    }
  }

  /// The segment that a dead or finished writer left under this name, if it is a valid one.
  /// - Throws: `.busy` if a live writer holds it.
  private static func leftover(
    _ directory: SegmentDirectory, _ name: String
  ) throws(SegmentError) -> OpenedSegment? {
    let path = directory.file(name)
    // Whoever's file it is, valid or not: a lock on its writer byte means that somebody lives.
    let descriptor: Descriptor
    do throws(Errno) {
      descriptor = try Descriptor(opening: path, O_RDWR)
      guard try !descriptor.isHeldByOthers(LockByte.writer) else {
        throw Errno(rawValue: EBUSY, call: "fcntl(F_OFD_GETLK)")
      }
    } catch  where error.rawValue == ENOENT {
      return nil
    } catch {
      if error.rawValue == EBUSY {
        let pid = (try? OpenedSegment(directory: directory, name: name, populate: false))?.memory
          .load(.writer, ordering: .relaxed)
        let who = pid.map { " (process \($0))" } ?? ""
        throw SegmentError(
          .busy,
          "segment \(path): a live writer holds this name\(who); close it, or take another name")
      }
      throw SegmentError(error, "look at segment \(path)")
    }
    do throws(SegmentError) {
      return try OpenedSegment(directory: directory, name: name, writable: true, populate: false)
    } catch  where error.code == .corrupt || error.code == .dtype {
      // Somebody's data, perhaps: never replaced without being asked.
      throw SegmentError(
        .invalid,
        "segment \(path): there is a file of this name that is not a valid segment, and it is not overwritten; remove it, or take another name (\(error.message))"
      )
    }
  }

  private static func checkedMetadata(_ text: String) throws(SegmentError) -> [UInt8] {
    let spaces: Set<Character> = [" ", "\n", "\t", "\r", "\r\n"]
    let first = text.first { !spaces.contains($0) }
    let last = text.last { !spaces.contains($0) }
    guard first == "{", last == "}" else {
      throw SegmentError(
        .invalid, "metadata: not a JSON object; it must begin with { and end with }")
    }
    return [UInt8](text.utf8)
  }

  /// Everything that goes into a new file.
  private struct FilePlan {
    let header: [UInt8]
    let metadata: [UInt8]
    let layout: SegmentLayout
    let constants: ControlConstants

    init(_ specification: SegmentSpecification, metadata: [UInt8]) throws(SegmentError) {
      func layout(_ headerLength: Int) throws(SegmentError) -> SegmentLayout {
        try SegmentLayout(
          kind: specification.kind, itemsize: specification.dtype.itemsize,
          shape: specification.shape, slots: specification.slots, tile: specification.tile,
          headerLength: headerLength, metadataLength: metadata.count)
      }
      // The shape for the header is known only after the arguments were checked, and the offsets
      // only after the header.
      let npyShape = try layout(SegmentLayout.pageSize).npyShape
      let dtype = specification.dtype
      header = try NpyHeader(dtype: dtype, descr: dtype.descr, shape: npyShape).encoded()
      self.layout = try layout(header.count)
      self.metadata = metadata
      var flags: UInt32 = 0
      if specification.recarray { flags |= ControlConstants.Flags.recarray }
      if specification.persist { flags |= ControlConstants.Flags.persist }
      if specification.sparse {
        guard specification.kind == .array else {
          throw SegmentError(
            .invalid, "sparse: this is of kind \(specification.kind.name); only an array can be")
        }
        flags |= ControlConstants.Flags.sparse
      }
      constants = ControlConstants(
        generation: UInt64.random(in: 1 ... .max), flags: flags,
        overwriteAfter: specification.overwriteAfter, header: header, metadata: metadata)
    }
  }

  private static func fill(
    _ descriptor: Descriptor, _ plan: FilePlan, path: String
  ) throws(SegmentError) -> SegmentMemory {
    let layout = plan.layout
    let isSparse = plan.constants.isSparse
    // What is not payload is allocated in any case: no store of the library meets a full file system.
    let allocated =
      isSparse
      ? [0..<layout.payloadOffset, layout.controlOffset..<layout.fileSize] : [0..<layout.fileSize]
    let memory = try SegmentError.wrapping(
      "allocate \(allocated.reduce(0) { $0 + $1.count }) bytes for segment \(path)"
    ) { () throws(Errno) in
      if isSparse { try SystemCalls.truncate(descriptor.number, layout.fileSize) }
      try SystemCalls.allocate(descriptor.number, allocated)
      return SegmentMemory(
        try Mapping(descriptor, count: layout.fileSize, writable: true, populate: !isSparse),
        layout: layout)
    }
    let constants = plan.constants.encoded(layout)
    memory.store(plan.header, at: 0)
    memory.store(constants, at: layout.controlOffset)
    memory.store(plan.metadata, at: layout.controlOffset + layout.metadataOffset)
    memory.store(
      Trailer(layout: layout, generation: plan.constants.generation, constants: constants)
        .encoded(),
      at: layout.trailerOffset)
    // Relaxed: the file becomes visible to others by `rename`, a system call.
    memory.storeRelaxed(SegmentState.live.rawValue, .state)
    memory.storeRelaxed(plan.constants.createdMonotonic, .heartbeat)
    memory.storeRelaxed(UInt64(getpid()), .writer)
    return memory
  }

  // MARK: Going on with an old file

  /// An equal segment whose writer is gone, made whole and with its writer lock taken; nil if there
  /// is none equal.
  static func reopen(
    _ directory: SegmentDirectory, _ specification: SegmentSpecification
  ) throws(SegmentError) -> OpenedSegment? {
    try directory.withLock { () throws(SegmentError) in
      guard let old = try leftover(directory, specification.name),
        try isEqual(old.description, specification)
      else { return nil }
      try SegmentError.wrapping("resume segment \(old.description.path)") { () throws(Errno) in
        guard try old.descriptor.tryExclusive(LockByte.writer) else {
          throw Errno(rawValue: EAGAIN, call: "fcntl(F_OFD_SETLK)")
        }
      }
      old.memory.repair()
      old.memory.storeRelaxed(UInt64(getpid()), .writer)
      // Releasing: whoever sees it live again sees it repaired.
      old.memory.storeReleasing(SegmentState.live.rawValue, .state)
      return old
    }
  }

  private static func isEqual(
    _ old: SegmentDescription, _ new: SegmentSpecification
  ) throws(SegmentError) -> Bool {
    let shape = new.kind == .log ? [new.slots] : new.shape
    guard old.kind == new.kind, old.dtype == new.dtype, old.shape == shape, old.slots == new.slots
    else { return false }
    guard let grid = old.grid else { return true }
    return try grid == TileGrid(shape: shape, tile: new.tile ?? TileGrid.defaultTile(for: shape))
  }
}

extension SegmentMemory {
  /// Ends what a dead writer left half done: such frames and records never were, such tiles count
  /// as changed.
  fileprivate func repair() {
    let newest = sequence(inHead: load(.head, ordering: .relaxed))
    let next = newest &+ 1
    var changed = false
    for index in 0..<layout.entries {
      let word = unsafe sequenceWord(index)
      let value = unsafe word.pointee.load(ordering: .relaxed)
      // Odd: in the middle of being written. Beyond head: written, but its writer died before it
      // said so.
      if value % 2 == 1 || value / 2 > newest {
        unsafe word.pointee.store(layout.kind == .array ? 2 &* next : 0, ordering: .relaxed)
        changed = true
      }
    }
    if changed && layout.kind == .array {
      storeReleasing(next, .head)
      wakeAll()
    }
  }
}
