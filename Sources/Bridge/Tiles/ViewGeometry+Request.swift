import ArrayShm

extension ViewGeometry {
  /// What a page asked for, held against the stream.
  /// - Throws: `bad-field`, with what was found and what is allowed.
  package init(
    _ request: ViewRequest, of description: SegmentDescription, labels: Bool
  ) throws(ControlError) {
    let shape = description.shape
    let name = description.name
    func bad(_ field: String, _ found: String, _ allowed: String) -> ControlError {
      ControlError(
        .badField, "\(field) is \(found) for \(name), of shape \(shape); \(allowed) is needed")
    }
    guard description.kind != .log else {
      throw ControlError(
        .badField,
        "a view (region, level, ...) of \(name) is asked for, which is a log; "
          + "subscribe to it without")
    }
    guard let last = shape.indices.last else {
      throw bad("view", "asked for", "at least one axis")
    }
    var free = shape.indices.filter { $0 != request.channels }
    if let channels = request.channels, channels > last {
      throw bad("channels", "\(channels)", "an axis from 0 to \(last)")
    }
    guard !free.isEmpty else {
      throw bad("channels", "the only axis", "another axis to show")
    }
    if let axes = request.axes {
      guard Set(axes).count == axes.count, axes.allSatisfy({ free.contains($0) }) else {
        throw bad("axes", "\(axes)", "different axes among \(free)")
      }
      free = axes
    }
    let shown = free.suffix(2)
    let dtype = description.dtype
    let reduction = request.reduction ?? .usual(for: dtype, labels: labels)
    guard reduction.works(on: dtype) else {
      let works = Reduction.allCases.filter { $0.works(on: dtype) }.map(\.rawValue)
      throw ControlError(
        .badField,
        "reduce is \"\(reduction.rawValue)\" for \(name), of dtype \(description.descr); "
          + "one of \(works) is needed")
    }
    self.init(
      shape: shape, itemsize: dtype.itemsize, yAxis: shown.count == 2 ? shown.first : nil,
      xAxis: shown.last ?? last, channelAxis: request.channels, reduction: reduction,
      tileHeight: request.tileHeight, tileWidth: request.tileWidth)

    let index = request.index ?? others.map { _ in 0 }
    guard index.count == others.count, zip(others, index).allSatisfy({ $1 < max(1, shape[$0]) })
    else {
      throw bad("index", "\(index)", "one index within the shape for each of the axes \(others)")
    }
    // What does not fit into the header's fields of 32 bits.
    let (_, overflow) = others.reduce((UInt32(1), false)) { product, axis in
      let (next, overflow) = product.0.multipliedReportingOverflow(
        by: UInt32(clamping: shape[axis]))
      return (next, product.1 || overflow)
    }
    guard !overflow else { throw bad("axes", "[y, x]", "2^32 planes at most") }
    let size = size(level: request.level)
    guard size.height <= Int(UInt32.max), size.width <= Int(UInt32.max),
      channels <= Int(UInt32.max)
    else { throw bad("level", "\(request.level)", "one of at most 2^32 - 1 pixels an axis") }
    try checkSize(request, description, bad)
  }

  /// Nothing larger than what may be copied at once, and no more tiles than a page is remembered
  /// to have.
  private func checkSize(
    _ request: ViewRequest, _ description: SegmentDescription,
    _ bad: (String, String, String) -> ControlError
  ) throws(ControlError) {
    let region = (request.region ?? whole).clamped(height: rows, width: columns)
    if description.kind == .array {
      let (height, width) = (min(tileHeight, rows), min(tileWidth, columns))
      guard pixelBytes <= Limits.tileBytes / max(1, height * width) else {
        throw bad(
          "tile", "[\(tileHeight), \(tileWidth)]",
          "one of at most \(Limits.tileBytes) bytes (a pixel has \(pixelBytes))")
      }
      let tiles = tiles(region, level: request.level)
      let (count, overflow) = tiles.rows.count.multipliedReportingOverflow(by: tiles.columns.count)
      guard !overflow, count <= Limits.viewTiles else {
        throw bad(
          "region", "\(region.list) at level \(request.level)",
          "a higher level, a smaller region or larger tiles, so that there are at most "
            + "\(Limits.viewTiles) of them,")
      }
    } else {
      let pixels = region.atLevel(request.level)
      guard pixels.isEmpty || pixelBytes <= Limits.copiedBytes / pixels.height / pixels.width else {
        throw bad(
          "region", "\(region.list) at level \(request.level)",
          "a higher level or a smaller region, of at most \(Limits.copiedBytes) bytes,")
      }
    }
  }

  /// The plane that a page asked for.
  package func plane(of request: ViewRequest) -> Int {
    plane(request.index ?? others.map { _ in 0 })
  }

  /// The region that a page asked for.
  package func region(of request: ViewRequest) -> PixelRegion {
    (request.region ?? whole).clamped(height: rows, width: columns)
  }
}
