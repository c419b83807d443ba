import ArrayShm

/// A part of one frame, cut out and reduced.
package struct FrameCut: Sendable {
  package let info: FrameInfo
  package let geometry: ViewGeometry
  /// In pixels of the level.
  package let pixels: PixelRegion
  package let payload: CopiedBytes
  package let isSampled: Bool

  /// What is cut out of frames.
  package struct Order: Sendable, Hashable {
    package var geometry: ViewGeometry
    package var plane: Int
    package var level: Int
    /// Of level 0.
    package var region: PixelRegion
    /// The oldest frame after this one; nil: the newest.
    package var after: UInt64?
  }

  /// Leases the frame now, so that an order that waits holds none and gets the newest.
  /// - Throws: `.torn` if the writer took the frame back.
  init(_ order: Order, from frames: FrameReader) throws(SegmentError) {
    let lease =
      if let after = order.after { try frames.next(after: after).lease } else {
        try frames.latest()
      }
    try self.init(order, of: lease, description: frames.segment.description)
  }

  init(_ order: Order, of lease: Lease, description: SegmentDescription) throws(SegmentError) {
    info = lease.info
    geometry = Self.geometry(order.geometry, description, validBytes: info.validBytes)
    let hasPlane = geometry.has(plane: order.plane, of: order.geometry)
    let size = geometry.size(level: order.level)
    pixels =
      hasPlane
      ? order.region.clamped(height: geometry.rows, width: geometry.columns).atLevel(order.level)
        .clamped(height: size.height, width: size.width) : PixelRegion(0, 0, 0, 0)
    // By the whole level: a cut that moves must not change how it is sampled.
    let whole = order.geometry.size(level: order.level)
    let sampling = Sampling(
      order.geometry, level: order.level, pixels: whole.height * whole.width,
      limit: Limits.cutElements)
    isSampled = sampling.isPartial
    let cut = PlaneCut(geometry, description.dtype, sampling, level: order.level)
    let (geometry, pixels) = (geometry, pixels)
    let result = unsafe lease.withUnsafeBytes { bytes in
      var source = unsafe MappedPixels(bytes, geometry, plane: hasPlane ? order.plane : 0)
      return Result { () throws(SegmentError) in try cut.run(pixels, from: &source) }
    }
    payload = CopiedBytes(try result.get().bytes)
    guard lease.isIntact else {
      throw SegmentError(.torn, "\(description.name): the writer took back a frame that was cut")
    }
  }

  /// A frame whose writer filled less has fewer of its first axis.
  private static func geometry(
    _ full: ViewGeometry, _ description: SegmentDescription, validBytes: Int
  ) -> ViewGeometry {
    let row = description.shape.dropFirst().reduce(description.dtype.itemsize, *)
    return validBytes < description.stride ? full.limited(first: validBytes / row) : full
  }
}
