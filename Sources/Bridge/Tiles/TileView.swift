import ArrayShm

/// The part of an array that one subscription looks at: which of its tiles the page has, and which
/// have to be sent.
///
/// Confined to the thread that runs the sessions.
final class TileView {
  enum Step {
    case tile(CachedTile, TileKey)
    /// Workers make what is wanted next, or edits have to end first.
    case wait
    /// A tile was torn: nothing should be tried for a moment.
    case torn
    case done
  }

  private let pyramid: TilePyramid
  private let source: StreamSource
  private(set) var level: Int
  private(set) var region: PixelRegion
  private var plane: Int

  /// The versions of the tiles that the page has been sent, those sent last.
  private var sent = RecentValues<TileKey, UInt64>()
  /// What has to be sent, the nearest to the view's centre at the end.
  private var pending: [(tile: TileKey, version: UInt64)] = []
  private var jobs: [PayloadJob<CachedTile>] = []
  /// The array's newest edit when its tiles were looked at.
  private var looked: UInt64 = 0
  private var hasMoved = true
  private var owesViewed = true
  /// A tile in view was being edited, and could not be sent.
  private var isBlocked = false
  private var notBefore: UInt64 = 0

  init(_ pyramid: TilePyramid, _ source: StreamSource, level: Int, region: PixelRegion, plane: Int)
  {
    self.pyramid = pyramid
    self.source = source
    (self.level, self.region, self.plane) = (level, region, plane)
  }

  func move(level: Int, region: PixelRegion, plane: Int, fresh: Bool) {
    (self.level, self.region, self.plane) = (level, region, plane)
    if fresh { sent = RecentValues() }
    // Those that are still wanted are found again.
    jobs = []
    hasMoved = true
    owesViewed = true
  }

  /// Nobody knows which tiles have come: all that are in view go again.
  func forget() {
    sent = RecentValues()
    hasMoved = true
    owesViewed = true
  }

  var geometry: ViewGeometry { pyramid.geometry }

  // MARK: Whether there is something to do

  /// It moved: what is in view has to be looked at even without a credit, because there may be
  /// nothing to send.
  var mustLook: Bool { hasMoved }

  var isWaitingForWork: Bool { !jobs.isEmpty }

  var hasNews: Bool {
    if hasMoved { return true }
    if !jobs.isEmpty { return jobs.contains { $0.isFinished } }
    return !pending.isEmpty || source.reader.sequence != looked
      || (isBlocked && source.state != .live)
  }

  /// Not before this time, if there is nothing but the array's new version to look at.
  var earliest: UInt64 { hasMoved || !pending.isEmpty ? 0 : notBefore }

  // MARK: Doing it

  /// What the next message is, with a credit for it or without.
  func next(hasCredit: Bool, now: UInt64) throws(SegmentError) -> Step {
    if hasMoved || now >= notBefore && (source.reader.sequence != looked || isBlocked) { look(now) }
    let failures = jobs.compactMap { job -> SegmentError? in
      if case .failure(let error) = job.result { error } else { nil }
    }
    jobs.removeAll { $0.isFinished }
    if let serious = failures.first(where: { $0.code != .torn }) { throw serious }
    if !failures.isEmpty { return postponed() }
    guard let (tile, version) = pending.last else { return isBlocked ? .wait : .done }
    guard hasCredit else { return .wait }
    let found: TilePyramid.Found
    do throws(SegmentError) {
      found = try pyramid.find(tile, version: version)
    } catch {
      guard error.code == .torn else { throw error }
      return postponed()
    }
    switch found {
    case .tile(let cached):
      pending.removeLast()
      sent.set(cached.version, for: tile)
      if sent.count > Limits.viewTiles { _ = sent.removeOldest() }
      owesViewed = true
      return .tile(cached, tile)
    case .job(let job):
      jobs = [job]
      try askAhead()
      return .wait
    }
  }

  /// The others need not wait for a tile that was torn.
  private func postponed() -> Step {
    if let last = pending.popLast() { pending.insert(last, at: 0) }
    return .torn
  }

  /// Everything that was to be sent has gone, and the page was not told yet.
  func takeViewed() -> Viewed? {
    guard owesViewed, !hasMoved, !isBlocked, pending.isEmpty else { return nil }
    owesViewed = false
    return Viewed(level: level, region: region, sequence: looked)
  }

  /// Has the workers make what comes after the next one.
  private func askAhead() throws(SegmentError) {
    for (tile, version) in pending.dropLast().suffix(Limits.tilesAhead).reversed() {
      do throws(SegmentError) {
        if case .job(let job) = try pyramid.find(tile, version: version) { jobs.append(job) }
      } catch {
        guard error.code == .torn else { throw error }
      }
    }
  }

  /// Finds the tiles in view that the page does not have as they are.
  private func look(_ now: UInt64) {
    // Before the tiles' words: an edit that ends meanwhile is seen again next time, never missed.
    looked = source.reader.sequence
    hasMoved = false
    isBlocked = false
    pending = []
    let (rows, columns) = geometry.tiles(region, level: level)
    for row in rows {
      for column in columns {
        let tile = TileKey(plane: plane, level: level, row: row, column: column)
        let version = pyramid.maker.version(of: tile)
        if version.isOpen && source.state == .live {
          isBlocked = true
        } else if sent[tile].map({ $0 < version.newest }) ?? true {
          pending.append((tile, version.newest))
        }
      }
    }
    sortByDistance()
    // A large view of an array that is edited all the time must not take the thread for itself.
    let spent = Clock.monotonic - min(now, Clock.monotonic)
    notBefore = spent > 50_000 ? now + 20 * spent : 0
  }

  /// The nearest to the view's centre comes last, where it is taken from.
  private func sortByDistance() {
    let pixels = region.atLevel(level)
    let (height, width) = (geometry.tileHeight, geometry.tileWidth)
    func distance(_ tile: TileKey) -> Double {
      let y = (2 * tile.row + 1) * height - pixels.y0 - pixels.y1
      let x = (2 * tile.column + 1) * width - pixels.x0 - pixels.x1
      return Double(y) * Double(y) + Double(x) * Double(x)
    }
    pending = pending.map { (distance($0.tile), $0) }.sorted {
      ($0.0, $0.1.tile.row, $0.1.tile.column) > ($1.0, $1.1.tile.row, $1.1.tile.column)
    }.map(\.1)
  }
}
