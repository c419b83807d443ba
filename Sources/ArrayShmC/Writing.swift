import ArrayShm
import CArrayShm

// The part of arrayshm.h that writes.

@c @implementation
public func arrayshm_create(_ options: UnsafePointer<arrayshm_options>!) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    let options = unsafe try required(options, "options").pointee
    guard let kind = unsafe SegmentKind(rawValue: options.kind) else {
      throw unsafe SegmentError(
        .invalid, "argument kind: is \(options.kind); allowed are 1 (frames), 2 (log), 3 (array)")
    }
    let count = unsafe Int(options.ndim)
    guard count <= Int(ARRAYSHM_MAX_DIMENSIONS) else {
      throw SegmentError(
        .invalid, "argument ndim: is \(count); at most \(ARRAYSHM_MAX_DIMENSIONS) are allowed")
    }
    let shape = try unsafe indexes(options.shape, count: count, "shape")
    if count > 0 && shape == nil {
      throw SegmentError(.invalid, "argument shape: is NULL; ndim is \(count)")
    }
    let slots = unsafe options.slots
    let flags = unsafe options.flags
    let specification = SegmentSpecification(
      kind: kind, name: try unsafe string(options.name, "name"),
      dtype: try unsafe DType(descr: string(options.descr, "descr")),
      shape: kind == .log ? [] : shape ?? [],
      slots: kind == .array ? 1 : Int(clamping: slots),
      tile: try unsafe indexes(options.tile, count: count, "tile"),
      metadata: try unsafe options.metadata == nil ? "{}" : string(options.metadata, "metadata"),
      recarray: flags & UInt32(ARRAYSHM_FLAG_RECARRAY) != 0,
      persist: flags & UInt32(ARRAYSHM_FLAG_PERSIST) != 0,
      sparse: flags & UInt32(ARRAYSHM_FLAG_SPARSE) != 0,
      overwriteAfter: unsafe options.overwrite_after)
    let segment = try unsafe SegmentWriter(
      directory: directory(options.directory), specification, resume: options.resume != 0)
    return unsafe Handle.make(try WriterHandle(segment))
  }
}

private func writer(_ pointer: OpaquePointer?) throws(SegmentError) -> WriterHandle {
  try unsafe Handle.get(pointer, as: WriterHandle.self, "writer")
}

@c @implementation
public func arrayshm_writer_describe(
  _ pointer: OpaquePointer!, _ out: UnsafeMutablePointer<arrayshm_description>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let handle = try unsafe writer(pointer)
    try unsafe describe(handle.segment.description, handle.texts, out)
  }
}

@c @implementation
public func arrayshm_writer_status(
  _ pointer: OpaquePointer!, _ out: UnsafeMutablePointer<arrayshm_status_info>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    unsafe try required(out, "out").pointee = try writer(pointer).segment.status().c
  }
}

@c @implementation
public func arrayshm_writer_memory(
  _ pointer: OpaquePointer!, _ base: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    let segment = try unsafe writer(pointer).segment
    let base = unsafe try required(base, "base")
    let share = segment.shareMemory()
    unsafe base.pointee = share.base
    return unsafe Handle.make(MemoryHandle(owner: share.owner))
  }
}

@c @implementation
public func arrayshm_wanted(_ pointer: OpaquePointer!) -> Int32 {
  result({ $0 }) { () throws(SegmentError) in try unsafe writer(pointer).segment.wanted() ? 1 : 0 }
}

@c @implementation
public func arrayshm_loan(_ pointer: OpaquePointer!) -> Int32 {
  result({ $0 }) { () throws(SegmentError) in unsafe Int32(try writer(pointer).frames().loanSlot())
  }
}

@c @implementation
public func arrayshm_commit(
  _ pointer: OpaquePointer!, _ slot: UInt32, _ info: UnsafePointer<arrayshm_frame_info>!,
  _ sequence: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let number = try unsafe writer(pointer).frames().commit(slot: Int(slot), FrameInfo(info))
    unsafe sequence?.pointee = number
  }
}

@c @implementation
public func arrayshm_abandon(_ pointer: OpaquePointer!, _ slot: UInt32) -> arrayshm_status {
  status { () throws(SegmentError) in try unsafe writer(pointer).frames().abandon(slot: Int(slot)) }
}

@c @implementation
public func arrayshm_put(
  _ pointer: OpaquePointer!, _ frame: UnsafeRawPointer!, _ nbytes: Int,
  _ info: UnsafePointer<arrayshm_frame_info>!, _ sequence: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let bytes = unsafe UnsafeRawBufferPointer(start: try required(frame, "frame"), count: nbytes)
    let number = try unsafe writer(pointer).frames().put(bytes, info: FrameInfo(info))
    unsafe sequence?.pointee = number
  }
}

@c @implementation
public func arrayshm_append(
  _ pointer: OpaquePointer!, _ records: UnsafeRawPointer!, _ count: UInt64,
  _ sequence: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let log = try unsafe writer(pointer).log()
    let (nbytes, overflow) = Int(clamping: count).multipliedReportingOverflow(
      by: log.segment.description.stride)
    guard !overflow else {
      throw SegmentError(.invalid, "argument count: \(count) records are more than memory holds")
    }
    let start = unsafe count == 0 ? nil : try required(records, "records")
    let number = try unsafe log.append(UnsafeRawBufferPointer(start: start, count: nbytes))
    unsafe sequence?.pointee = number
  }
}

@c @implementation
public func arrayshm_edit_begin(
  _ pointer: OpaquePointer!, _ start: UnsafePointer<UInt64>!, _ stop: UnsafePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let array = try unsafe writer(pointer).array()
    let count = array.segment.description.shape.count
    try unsafe array.begin(
      start: indexes(start, count: count, "start"), stop: indexes(stop, count: count, "stop"))
  }
}

@c @implementation
public func arrayshm_edit_end(
  _ pointer: OpaquePointer!, _ version: UnsafeMutablePointer<UInt64>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let number = try unsafe writer(pointer).array().end()
    unsafe version?.pointee = number
  }
}

@c @implementation
public func arrayshm_writer_close(_ pointer: OpaquePointer!) -> arrayshm_status {
  status { () throws(SegmentError) in try unsafe writer(pointer).segment.close() }
}

@c @implementation
public func arrayshm_writer_free(_ pointer: OpaquePointer!) {
  if let handle = try? unsafe writer(pointer) { handle.segment.close() }
  unsafe Handle.free(pointer)
}
