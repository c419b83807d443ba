import ArrayShm

/// Pixels in memory: of a leased frame, or of an array that has all its memory.
///
/// To be used within the closure that lends the bytes.
@safe
struct MappedPixels: PixelSource {
  private let bytes: UnsafeRawBufferPointer
  private let geometry: ViewGeometry
  private let start: Int

  init(_ bytes: UnsafeRawBufferPointer, _ geometry: ViewGeometry, plane: Int) {
    unsafe self.bytes = unsafe bytes
    self.geometry = geometry
    start = geometry.offset(ofPlane: plane)
  }

  mutating func gather(
    y: Int, x: Int, count: Int, step: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) -> Bool {
    let first = start + y * geometry.yStride + x * geometry.xStride
    let every = step * geometry.xStride
    if geometry.channelStride == geometry.itemsize {
      unsafe ElementCopy.strided(
        from: bytes, at: first, every: every, into: buffer, at: 0, every: geometry.pixelBytes,
        unit: geometry.pixelBytes, count: count)
    } else {
      for channel in 0..<geometry.channels {
        unsafe ElementCopy.strided(
          from: bytes, at: first + channel * geometry.channelStride, every: every, into: buffer,
          at: channel * geometry.itemsize, every: geometry.pixelBytes, unit: geometry.itemsize,
          count: count)
      }
    }
    return true
  }
}
