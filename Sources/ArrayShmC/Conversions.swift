import ArrayShm
import CArrayShm
import Glibc

// Values of the C interface from Swift's, and back.

func string(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(SegmentError) -> String {
  let start = unsafe try required(pointer, name)
  guard let text = unsafe String(validatingCString: start) else {
    throw SegmentError(.invalid, "argument \(name): is not UTF-8")
  }
  return text
}

func directory(_ path: UnsafePointer<CChar>?) throws(SegmentError) -> SegmentDirectory {
  guard unsafe path != nil else { return try SegmentDirectory() }
  return try unsafe SegmentDirectory(string(path, "directory"))
}

/// Negative waits for ever.
func duration(_ nanoseconds: Int64) -> Duration? {
  nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
}

/// `count` extents or indexes; nil for NULL.
func indexes(
  _ pointer: UnsafePointer<UInt64>?, count: Int, _ name: String
) throws(SegmentError) -> [Int]? {
  guard let start = unsafe pointer else { return nil }
  var values: [Int] = []
  for axis in 0..<count {
    let value = unsafe start[axis]
    guard value <= UInt64(Int.max) else {
      throw SegmentError(
        .invalid, "argument \(name): axis \(axis) is \(value); at most \(Int.max) is allowed")
    }
    values.append(Int(value))
  }
  return values
}

/// Names, each ended by a newline, then NUL, if they fit. Returns the bytes needed.
func write(
  _ lines: [String], _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> Int64 {
  unsafe write(text: lines.map { $0 + "\n" }.joined(), buffer, capacity)
}

/// A text and NUL, likewise.
func write(text: String, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int64 {
  let bytes = text.utf8CString
  if let buffer = unsafe buffer, bytes.count <= capacity {
    for (index, byte) in bytes.enumerated() { unsafe buffer[index] = byte }
  }
  return Int64(bytes.count)
}

extension FrameInfo {
  init(_ info: UnsafePointer<arrayshm_frame_info>?) {
    guard let info = unsafe info?.pointee else {
      self.init()
      return
    }
    self.init(
      published: info.published_ns, validBytes: Int(clamping: info.valid_bytes), level: info.level,
      plane: info.plane, y: info.y, x: info.x, h: info.h, w: info.w, user: info.user)
  }

  var c: arrayshm_frame_info {
    arrayshm_frame_info(
      sequence: sequence, published_ns: published, valid_bytes: UInt64(validBytes), level: level,
      plane: plane, y: y, x: x, h: h, w: w, user: user)
  }
}

extension SegmentStatus {
  var c: arrayshm_status_info {
    arrayshm_status_info(
      state: UInt32(state.rawValue), readers: UInt32(clamping: readers), sequence: sequence,
      heartbeat_ns: heartbeat, dropped: dropped, writer_pid: UInt64(max(writerPID, 0)))
  }
}

/// Fills a description; its strings belong to the handle.
func describe(
  _ segment: SegmentDescription, _ texts: DescriptionTexts,
  _ out: UnsafeMutablePointer<arrayshm_description>?
) throws(SegmentError) {
  let out = unsafe try required(out, "out")
  var c = unsafe arrayshm_description()
  unsafe c.kind = segment.kind.rawValue
  if segment.recarray { unsafe c.flags |= UInt32(ARRAYSHM_FLAG_RECARRAY) }
  if segment.persist { unsafe c.flags |= UInt32(ARRAYSHM_FLAG_PERSIST) }
  if segment.sparse { unsafe c.flags |= UInt32(ARRAYSHM_FLAG_SPARSE) }
  unsafe c.generation = segment.generation
  unsafe texts.point(&c)
  unsafe c.ndim = UInt32(segment.shape.count)
  unsafe c.tile_ndim = UInt32(segment.grid?.tile.count ?? 0)
  unsafe withUnsafeMutableBytes(of: &c.shape) { unsafe store(segment.shape, $0) }
  unsafe withUnsafeMutableBytes(of: &c.tile) { unsafe store(segment.grid?.tile ?? [], $0) }
  unsafe c.itemsize = UInt64(segment.dtype.itemsize)
  unsafe c.slots = UInt64(segment.slots)
  unsafe c.stride = UInt64(segment.stride)
  unsafe c.nbytes = UInt64(segment.payloadBytes)
  unsafe c.tiles = UInt64(segment.grid?.count ?? 0)
  unsafe c.created_monotonic_ns = segment.createdMonotonic
  unsafe c.created_realtime_ns = segment.createdRealtime
  unsafe out.pointee = c
}

/// Into one of C's fixed arrays of 64 numbers, which Swift sees as a tuple.
private func store(_ values: [Int], _ bytes: UnsafeMutableRawBufferPointer) {
  for (index, value) in values.enumerated() {
    unsafe bytes.storeBytes(of: UInt64(value), toByteOffset: index * 8, as: UInt64.self)
  }
}
