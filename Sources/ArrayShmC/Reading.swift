import ArrayShm
import CArrayShm

// The part of arrayshm.h that reads.

@c @implementation
public func arrayshm_open(
  _ path: UnsafePointer<CChar>!, _ name: UnsafePointer<CChar>!
) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    let segment = try unsafe SegmentReader(directory: directory(path), name: string(name, "name"))
    return unsafe Handle.make(ReaderHandle(segment))
  }
}

private func reader(_ pointer: OpaquePointer?) throws(SegmentError) -> ReaderHandle {
  try unsafe Handle.get(pointer, as: ReaderHandle.self, "reader")
}

@c @implementation
public func arrayshm_describe(
  _ pointer: OpaquePointer!, _ out: UnsafeMutablePointer<arrayshm_description>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let handle = try unsafe reader(pointer)
    try unsafe describe(handle.segment.description, handle.texts, out)
  }
}

@c @implementation
public func arrayshm_reader_status(
  _ pointer: OpaquePointer!, _ out: UnsafeMutablePointer<arrayshm_status_info>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    unsafe try required(out, "out").pointee = try reader(pointer).segment.status().c
  }
}

@c @implementation
public func arrayshm_sequence(_ pointer: OpaquePointer!) -> UInt64 {
  let handle = try? unsafe reader(pointer)
  return handle?.segment.sequence ?? 0
}

@c @implementation
public func arrayshm_reader_memory(
  _ pointer: OpaquePointer!, _ base: UnsafeMutablePointer<UnsafeRawPointer?>!
) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    let segment = try unsafe reader(pointer).segment
    let base = unsafe try required(base, "base")
    let share = segment.shareMemory()
    unsafe base.pointee = UnsafeRawPointer(share.base)
    return unsafe Handle.make(MemoryHandle(owner: share.owner))
  }
}

@c @implementation
public func arrayshm_subscribe(_ pointer: OpaquePointer!, _ wanted: Bool) -> arrayshm_status {
  status { () throws(SegmentError) in try unsafe reader(pointer).segment.subscribe(wanted) }
}

// MARK: Frames

/// Hands a lease out: the frame's address and entry to the caller, the lease into the handle.
private func handOut(
  _ lease: Lease, _ frame: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ info: UnsafeMutablePointer<arrayshm_frame_info>?
) throws(SegmentError) -> OpaquePointer {
  let frame = unsafe try required(frame, "frame")
  unsafe frame.pointee = unsafe lease.withUnsafeBytes { $0.baseAddress }
  unsafe info?.pointee = lease.info.c
  return unsafe Handle.make(MemoryHandle(owner: lease, lease: lease))
}

@c @implementation
public func arrayshm_lease_latest(
  _ pointer: OpaquePointer!, _ frame: UnsafeMutablePointer<UnsafeRawPointer?>!,
  _ info: UnsafeMutablePointer<arrayshm_frame_info>!
) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    unsafe try handOut(try reader(pointer).frames().latest(), frame, info)
  }
}

@c @implementation
public func arrayshm_lease_next(
  _ pointer: OpaquePointer!, _ after: UInt64,
  _ frame: UnsafeMutablePointer<UnsafeRawPointer?>!,
  _ info: UnsafeMutablePointer<arrayshm_frame_info>!, _ missed: UnsafeMutablePointer<UInt64>!
) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    let next = try unsafe reader(pointer).frames().next(after: after)
    unsafe missed?.pointee = next.missed
    return unsafe try handOut(next.lease, frame, info)
  }
}

@c @implementation
public func arrayshm_lease_intact(_ memory: OpaquePointer!) -> Bool {
  let handle = try? unsafe Handle.get(memory, as: MemoryHandle.self, "memory")
  return handle?.lease?.isIntact ?? false
}

@c @implementation
public func arrayshm_leases(_ pointer: OpaquePointer!) -> UInt32 {
  let handle = try? unsafe reader(pointer)
  return UInt32(handle?.segment.leasedSlots ?? 0)
}

@c @implementation
public func arrayshm_memory_release(_ memory: OpaquePointer!) { unsafe Handle.free(memory) }

@c @implementation
public func arrayshm_copy_latest(
  _ pointer: OpaquePointer!, _ frame: UnsafeMutableRawPointer!, _ nbytes: Int,
  _ info: UnsafeMutablePointer<arrayshm_frame_info>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let buffer = unsafe UnsafeMutableRawBufferPointer(
      start: try required(frame, "frame"), count: nbytes)
    let copied = try unsafe reader(pointer).frames().copyLatest(into: buffer)
    unsafe info?.pointee = copied.c
  }
}

@c @implementation
public func arrayshm_copy_next(
  _ pointer: OpaquePointer!, _ after: UInt64, _ frame: UnsafeMutableRawPointer!, _ nbytes: Int,
  _ info: UnsafeMutablePointer<arrayshm_frame_info>!, _ missed: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let buffer = unsafe UnsafeMutableRawBufferPointer(
      start: try required(frame, "frame"), count: nbytes)
    let copied = try unsafe reader(pointer).frames().copyNext(after: after, into: buffer)
    unsafe info?.pointee = copied.info.c
    unsafe missed?.pointee = copied.missed
  }
}

// MARK: Logs

@c @implementation
public func arrayshm_since(
  _ pointer: OpaquePointer!, _ after: UInt64, _ records: UnsafeMutableRawPointer!,
  _ capacity: UInt64, _ count: UnsafeMutablePointer<UInt64>!,
  _ sequence: UnsafeMutablePointer<UInt64>!, _ lost: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let log = try unsafe reader(pointer).log()
    // A ring's length is as much as there can be, so a larger buffer is not looked at.
    let limit = min(Int(clamping: capacity), log.segment.description.slots)
    let start = unsafe limit == 0 ? nil : try required(records, "records")
    let buffer = unsafe UnsafeMutableRawBufferPointer(
      start: start, count: limit * log.segment.description.stride)
    let read = unsafe log.copy(after: after, into: buffer, limit: limit)
    unsafe count?.pointee = UInt64(read.count)
    unsafe sequence?.pointee = read.sequence
    unsafe lost?.pointee = read.lost
  }
}

// MARK: Arrays

@c @implementation
public func arrayshm_changed(
  _ pointer: OpaquePointer!, _ version: UInt64, _ tiles: UnsafeMutablePointer<UInt64>!,
  _ capacity: UInt64, _ count: UnsafeMutablePointer<UInt64>!,
  _ newest: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let changed = try unsafe reader(pointer).array().changed(since: version)
    if let tiles = unsafe tiles {
      for (index, tile) in changed.tiles.prefix(Int(clamping: capacity)).enumerated() {
        unsafe tiles[index] = UInt64(tile)
      }
    }
    unsafe count?.pointee = UInt64(changed.tiles.count)
    unsafe newest?.pointee = changed.version
  }
}

@c @implementation
public func arrayshm_copy_region(
  _ pointer: OpaquePointer!, _ start: UnsafePointer<UInt64>!, _ stop: UnsafePointer<UInt64>!,
  _ data: UnsafeMutableRawPointer!, _ nbytes: Int, _ version: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let array = try unsafe reader(pointer).array()
    let count = array.grid.shape.count
    let base = unsafe nbytes == 0 ? nil : try required(data, "data")
    let copied = try unsafe array.copy(
      start: indexes(start, count: count, "start"), stop: indexes(stop, count: count, "stop"),
      into: UnsafeMutableRawBufferPointer(start: base, count: nbytes))
    unsafe version?.pointee = copied
  }
}

// MARK: Waiting

@c @implementation
public func arrayshm_wait(
  _ pointer: OpaquePointer!, _ after: UInt64, _ timeout: Int64
) -> arrayshm_status {
  status { () throws(SegmentError) in
    try unsafe reader(pointer).segment.wait(after: after, timeout: duration(timeout))
  }
}

@c @implementation
public func arrayshm_wait_many(
  _ readers: UnsafePointer<OpaquePointer?>!, _ after: UnsafePointer<UInt64>!, _ count: UInt32,
  _ ready: UnsafeMutablePointer<Bool>!, _ timeout: Int64
) -> Int32 {
  result({ $0 }) { () throws(SegmentError) in
    let readers = unsafe try required(readers, "readers")
    let after = unsafe try required(after, "after")
    let ready = unsafe try required(ready, "ready")
    var waits: [(segment: SegmentReader, after: UInt64)] = []
    for index in 0..<Int(count) {
      waits.append((try unsafe reader(readers[index]).segment, unsafe after[index]))
      unsafe ready[index] = false
    }
    let indexes = try SegmentWaiter().wait(for: waits, timeout: duration(timeout))
    for index in indexes { unsafe ready[index] = true }
    return Int32(indexes.count)
  }
}

@c @implementation
public func arrayshm_reader_free(_ pointer: OpaquePointer!) {
  // A lease that is still out keeps the segment open, but nobody asks for data any more.
  try? unsafe reader(pointer).segment.subscribe(false)
  unsafe Handle.free(pointer)
}
