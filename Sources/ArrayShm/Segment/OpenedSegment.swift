import Glibc

/// A segment's file, opened and validated: descriptor, mapping and description. Readers, and
/// writers that resume, begin with it.
struct OpenedSegment {
  let descriptor: Descriptor
  let memory: SegmentMemory
  let description: SegmentDescription

  /// Reading back this much of a frame ring's page table at once spares a reader its first page
  /// faults.
  private static let populateLimit = 1 << 28

  /// A writer counts on from `head`; no real one gets here.
  private static let headLimit: UInt64 = 1 << 62

  /// Checks everything that `docs/segment-format.md` names before anything else is used.
  init(directory: SegmentDirectory, name: String, writable: Bool = false, populate: Bool = true)
    throws(SegmentError)
  {
    try SegmentName.check(name)
    let path = directory.file(name)
    let descriptor: Descriptor
    let size: Int
    do throws(Errno) {
      descriptor = try Descriptor(opening: path, writable ? O_RDWR : O_RDONLY)
      let status = try SystemCalls.status(descriptor.number)
      size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : -1
    } catch {
      throw SegmentError(
        error, "open segment \(path)",
        hint: error.rawValue == ENOENT ? "see the names that there are with webmon ls" : nil)
    }
    let fail = FormatFailure(path: path)
    try fail.unless(size >= 0, "file type", "not a regular file", "a regular file")
    try fail.unless(
      size >= 2 * SegmentLayout.pageSize && size % SegmentLayout.pageSize == 0, "file size", size,
      "a multiple of 4096, at least 8192 (is this a plain .npy file, or cut short?)")

    // By reads until all is known to be right: a hole in a file on a full file system would be a
    // SIGBUS in a mapping.
    func bytes(_ range: Range<Int>) throws(SegmentError) -> [UInt8] {
      let bytes = try SegmentError.wrapping("read segment \(path)") { () throws(Errno) in
        try SystemCalls.read(descriptor.number, range)
      }
      try fail.unless(bytes.count == range.count, "file size", range.lowerBound + bytes.count, size)
      return bytes
    }
    let trailer = try Trailer(
      parsing: bytes(size - SegmentLayout.trailerSize..<size), fileSize: size, fail)
    let control = Int(trailer.controlOffset)
    let constantBytes = try bytes(control..<control + SegmentLayout.constantsSize)
    let outline = try ControlConstants.outline(constantBytes, trailer: trailer, fail)
    try fail.unless(
      outline.payloadOffset <= control, "payload offset", outline.payloadOffset,
      "at most that of the control block, \(control)")
    let headerBytes = try bytes(0..<outline.payloadOffset)
    let header: NpyHeader
    do throws(SegmentError) {
      header = try NpyHeader(parsing: headerBytes)
    } catch {
      throw SegmentError(error.code, "\(path): .npy header: \(error.message)")
    }
    try fail.unless(
      header.encodedLength == outline.payloadOffset, "length of the .npy header",
      header.encodedLength,
      "the payload offset, \(outline.payloadOffset)")
    try fail.unless(!header.fortranOrder, "fortran_order", "True", "False")
    let layout = try Self.layout(header, outline, fail)
    try fail.unless(
      layout.controlOffset == control, "control block offset", control,
      "\(layout.controlOffset), as the .npy header gives")
    try fail.unless(
      layout.fileSize == size, "file size", size, "\(layout.fileSize), as the .npy header gives")
    let constants = try ControlConstants(parsing: constantBytes, layout: layout, fail)
    let headerCRC = CRC32C.checksum(headerBytes)
    try fail.unless(
      constants.headerCRC == headerCRC, "CRC of the .npy header", headerCRC, constants.headerCRC)
    let metadataStart = control + layout.metadataOffset
    let metadataBytes = try bytes(metadataStart..<metadataStart + layout.metadataLength)
    let metadataCRC = CRC32C.checksum(metadataBytes)
    try fail.unless(
      constants.metadataCRC == metadataCRC, "CRC of the metadata", metadataCRC,
      constants.metadataCRC)
    guard let metadata = String(validating: metadataBytes, as: UTF8.self) else {
      throw SegmentError(.corrupt, "\(path): metadata is not UTF-8")
    }

    let memory = try SegmentError.wrapping("map segment \(path)") { () throws(Errno) in
      SegmentMemory(
        try Mapping(
          descriptor, count: size, writable: writable,
          // Of a sparse array this would take memory for all that was never written.
          populate: populate && size <= Self.populateLimit && !constants.isSparse),
        layout: layout)
    }
    let state = memory.load(.state, ordering: .relaxed)
    try fail.unless((1...3).contains(state), "state", state, "1, 2 or 3")
    let head = memory.load(.head, ordering: .relaxed)
    try fail.unless(head < Self.headLimit, "head", head, "below \(Self.headLimit)")
    if layout.kind == .frames {
      let slot = head % UInt64(SegmentLayout.maximumSlots)
      try fail.unless(slot < UInt64(layout.slots), "slot in head", slot, "below \(layout.slots)")
    }
    self.descriptor = descriptor
    self.memory = memory
    description = SegmentDescription(
      name: name, path: path, layout: layout, constants: constants, dtype: header.dtype,
      descr: header.descr, metadata: metadata)
  }

  /// A file that this process has just made.
  init(descriptor: Descriptor, memory: SegmentMemory, description: SegmentDescription) {
    self.descriptor = descriptor
    self.memory = memory
    self.description = description
  }

  private static func layout(
    _ header: NpyHeader, _ outline: ControlConstants.Outline, _ fail: FormatFailure
  ) throws(SegmentError) -> SegmentLayout {
    var shape = header.shape
    switch outline.kind {
    case .frames, .log:
      try fail.unless(
        shape.first == outline.slots, "slots", outline.slots,
        "the first axis of the .npy shape \(header.shape)")
      shape.removeFirst()
    case .array: break
    }
    do throws(SegmentError) {
      return try SegmentLayout(
        kind: outline.kind, itemsize: header.dtype.itemsize, shape: shape, slots: outline.slots,
        tile: outline.kind == .array ? outline.tile : nil, headerLength: outline.payloadOffset,
        metadataLength: outline.metadataLength)
    } catch {
      throw SegmentError(.corrupt, "\(fail.path): \(error.message)")
    }
  }
}
