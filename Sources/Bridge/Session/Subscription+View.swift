import ArrayShm

/// What a subscription to a part of a stream does: tiles of arrays, cuts of frames.
extension Subscription {
  private static let lookNanoseconds: UInt64 = 1_000_000

  // MARK: What is looked at

  /// Holds the view against a stream.
  package func checkView(of source: StreamSource) throws(ControlError) {
    _ = try geometry(of: source, view)
  }

  private func geometry(
    of source: StreamSource, _ view: ViewRequest?
  ) throws(ControlError) -> ViewGeometry? {
    guard let view else { return nil }
    do throws(ControlError) {
      return try ViewGeometry(view, of: source.description, labels: source.isOfLabels)
    } catch {
      throw ControlError(error.code, error.message, id: id)
    }
  }

  /// - Precondition: the view was held against this source.
  func bindView(to source: StreamSource) {
    (tiles, cuts) = (nil, nil)
    guard let view, let geometry = try? geometry(of: source, view) else { return }
    let (plane, region) = (geometry.plane(of: view), geometry.region(of: view))
    switch source.description.kind {
    case .array:
      tiles = source.pyramid(geometry).map { pyramid in
        TileView(pyramid, source, level: view.level, region: region, plane: plane)
      }
    case .frames:
      cuts = FrameView(geometry, level: view.level, region: region, plane: plane)
    case .log: break
    }
  }

  /// Looks at another part from now on.
  package func move(_ move: ViewMove) throws(ControlError) {
    guard let view else {
      throw ControlError(
        .badField,
        "view.id is \(id), a subscription to all of \(request.stream); one with a view "
          + "(region, level, ...) is needed", id: id)
    }
    let moved = move.applied(to: view)
    if let source, let geometry = try geometry(of: source, moved) {
      let (plane, region) = (geometry.plane(of: moved), geometry.region(of: moved))
      tiles?.move(level: moved.level, region: region, plane: plane, fresh: move.fresh)
      cuts?.move(level: moved.level, region: region, plane: plane)
    }
    self.view = moved
    since = Clock.monotonic
  }

  /// Workers make something for it.
  package var isWaitingForWork: Bool {
    isCompressing || (tiles?.isWaitingForWork ?? (cuts?.job != nil))
  }

  var typicalViewBytes: Int {
    if let tiles {
      let geometry = tiles.geometry
      return geometry.tileHeight * geometry.tileWidth * geometry.pixelBytes
    }
    return (cuts?.sourceBytes ?? 0) >> min(62, 2 * (cuts?.level ?? 0))
  }

  // MARK: Tiles

  func takeTile(_ source: StreamSource, _ now: UInt64) throws(SegmentError) -> Taken {
    guard let tiles else { return .nothing }
    switch try tiles.next(hasCredit: credits > 0, now: now) {
    case .wait: return .nothing
    case .torn: return tryLater(now)
    case .done:
      if let viewed = tiles.takeViewed() { return .viewed(viewed) }
      // Edits beside the view may come faster than one can look.
      notBefore = max(notBefore, now + Self.lookNanoseconds)
      return .nothing
    case .tile(let tile, let key):
      let published = source.reader.heartbeat
      spend(now)
      var header = header(
        .tile, source, sequence: tile.version, published: published,
        bytes: tile.payload.count,
        shape: tiles.geometry.payloadShape(tile.pixels.height, tile.pixels.width))
      header.lie(at: tile.pixels, level: key.level, plane: key.plane)
      header.isSampled = tile.isSampled
      return .tile(
        message(header, source, tile.payload), copied: tile.payload.countOnce(),
        viewed: tiles.takeViewed())
    }
  }

  // MARK: Cuts

  func takeCut(_ source: StreamSource, _ now: UInt64) throws(SegmentError) -> Taken {
    guard let view = cuts else { return .nothing }
    if view.isWhole { return try takeWhole(view, source, now) }
    let order = view.order(after: request.policy == .latest ? nil : previous(view))
    let job: PayloadJob<FrameCut>
    if let waited = view.job {
      job = waited
    } else if view.sourceBytes <= Limits.directBytes {
      return try send(try source.cutNow(order), view, source, now)
    } else {
      job = try source.cut(order)
    }
    guard let result = job.result else {
      view.job = job
      return .nothing
    }
    view.job = nil
    return try send(try result.get(), view, source, now)
  }

  /// After a move, the frame on screen comes again.
  private func previous(_ view: FrameView) -> UInt64 {
    view.hasMoved && cursor > 0 ? cursor - 1 : cursor
  }

  private func send(
    _ cut: FrameCut, _ view: FrameView, _ source: StreamSource, _ now: UInt64
  ) throws(SegmentError) -> Taken {
    guard cut.info.sequence > previous(view) else { return tryLater(now) }
    view.hasMoved = false
    let gap = advance(to: cut.info.sequence, now)
    var header = header(
      .frame, source, sequence: cut.info.sequence, published: cut.info.published,
      bytes: cut.payload.count,
      shape: cut.geometry.payloadShape(cut.pixels.height, cut.pixels.width))
    header.lie(at: cut.pixels, level: view.level, plane: view.plane)
    header.isSampled = cut.isSampled
    return .message(
      message(header, source, cut.payload), gap: gap, copied: cut.payload.countOnce())
  }

  /// All of the frame, from where it lies.
  private func takeWhole(
    _ view: FrameView, _ source: StreamSource, _ now: UInt64
  ) throws(SegmentError) -> Taken {
    let lease =
      switch request.policy {
      case .latest: try source.leaseNewest(now: now)
      case .all: try source.leaseNext(after: previous(view), now: now)
      }
    let info = lease.info
    guard info.sequence > previous(view) else { return tryLater(now) }
    view.hasMoved = false
    let gap = advance(to: info.sequence, now)
    let row = view.geometry.shape.dropFirst().reduce(view.geometry.itemsize, *)
    let geometry = view.geometry.limited(first: info.validBytes / row)
    var header = header(
      .frame, source, sequence: info.sequence, published: info.published,
      bytes: geometry.shape.reduce(geometry.itemsize, *),
      shape: geometry.payloadShape(geometry.rows, geometry.columns))
    header.lie(at: geometry.whole, level: 0, plane: 0)
    return .message(message(header, source, lease), gap: gap, copied: 0)
  }
}
