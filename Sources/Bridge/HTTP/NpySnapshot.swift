import ArrayShm

/// What a stream holds at one moment, as a .npy file: the newest frame, a log's records oldest first, or the whole array.
package struct NpySnapshot {
  package let header: [UInt8]
  package let payload: any Payload
  package let payloadBytes: Int
  /// The newest commit in it.
  package let sequence: UInt64

  /// - Parameter limit: bytes that may be copied; a frame is not copied but held by a lease.
  /// - Throws: `.none` before the first frame, `.invalid` over the limit.
  package init(of source: StreamSource, limit: Int = .max) throws(SegmentError) {
    let description = source.description
    let itemsize = description.dtype.itemsize
    let shape: [Int]
    switch description.kind {
    case .frames:
      let lease = try source.leaseNewest()
      (shape, payloadBytes) = PayloadShape.of(
        frame: description.shape, itemsize: itemsize, stride: description.stride,
        validBytes: lease.info.validBytes)
      payload = lease
      sequence = lease.info.sequence
    case .log:
      try Self.check(description, limit)
      let newest = source.reader.sequence
      let slots = UInt64(description.slots)
      let batch = try source.records(
        after: newest > slots ? newest - slots : 0, limit: description.slots)
      shape = [batch.count]
      source.counters.copiedBytes += UInt64(batch.bytes.count)
      payload = CopiedRecords(batch)
      payloadBytes = batch.bytes.count
      sequence = batch.sequence
    case .array:
      try Self.check(description, limit)
      let (copy, isNew) = try source.copyArray()
      source.counters.copiedBytes += isNew ? UInt64(copy.count) : 0
      shape = description.shape
      payload = copy
      payloadBytes = copy.count
      sequence = copy.version
    }
    header = try NpyHeader(dtype: description.dtype, descr: description.descr, shape: shape)
      .encoded(alignment: 64)
  }

  private static func check(_ description: SegmentDescription, _ limit: Int) throws(SegmentError) {
    guard description.payloadBytes <= limit else {
      // What was never written of a sparse array takes memory where it is touched in a mapping.
      let instead =
        description.sparse
        ? "copy a part of it with webmon.open(\"\(description.name)\").copy(region)"
        : "open the segment itself with numpy.load(\"\(description.path)\", mmap_mode=\"r\")"
      throw SegmentError(
        .invalid,
        "\(description.name) has \(description.payloadBytes) bytes, and a copy may have \(limit); "
          + instead)
    }
  }
}
