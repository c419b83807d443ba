import ArrayShm

/// All levels of one array, looked at in one way: what all sessions that look at it so share.
///
/// Confined to the thread that runs the sessions; what it has made by others is a `TileMaker`'s.
package final class TilePyramid {
  package let maker: TileMaker
  private let worker: PayloadWorker?
  private var jobs: [TileKey: WeakJob] = [:]

  private struct WeakJob { weak var job: PayloadJob<CachedTile>? }

  init(
    _ array: ArrayReader, _ geometry: ViewGeometry, cache: TileCache, worker: PayloadWorker?
  ) {
    maker = TileMaker(array, geometry, cache: cache)
    self.worker = worker
  }

  package var geometry: ViewGeometry { maker.geometry }

  package enum Found {
    case tile(CachedTile)
    /// Somebody makes it now; whoever keeps the job will have it.
    case job(PayloadJob<CachedTile>)
  }

  /// The tile at this version or a later one, or the job that makes it: one for all that ask.
  /// - Throws: `.torn` if it was to be made at once, and an edit is going on.
  package func find(_ tile: TileKey, version: UInt64) throws(SegmentError) -> Found {
    if let cached = maker.cached(tile), cached.version >= version { return .tile(cached) }
    if let job = jobs[tile]?.job, !job.isFinished { return .job(job) }
    // A small one is made sooner than it is handed over.
    guard let worker, maker.sourceBytes(of: tile) > Limits.directBytes else {
      return .tile(try maker.make(tile))
    }
    let job = PayloadJob { [maker] () throws(SegmentError) in try maker.make(tile) }
    if jobs.count >= 64 { jobs = jobs.filter { $0.value.job != nil } }
    jobs[tile] = WeakJob(job: job)
    worker.add(job)
    return .job(job)
  }
}
