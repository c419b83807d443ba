import ArrayShm

/// One open generation of a stream, and what all sessions share of it: the subscription, leases, copies.
///
/// Confined to the thread that runs the sessions.
package final class StreamSource {
  package let key: StreamKey
  package let reader: SegmentReader
  package let description: SegmentDescription
  /// The segment's metadata, parsed once; empty if it is not a JSON object.
  package let metadata: JSONValue
  /// The state at the last look.
  package internal(set) var state: SegmentState
  /// What was sent of it, and what that cost.
  package var counters = StreamCounters()
  /// How long its hops take; nil while nobody was ever subscribed.
  package private(set) var hops: StreamHops?
  /// By which its commits are asked for; nil: every one is told, or nobody waits.
  var demand: NewsDemand?
  /// Called with every frame that is leased.
  var whenLeased: (() -> Void)?
  /// false once the name is gone from the directory or a newer generation took it.
  package internal(set) var isListed = true

  private let access: Access
  private var leases: [UInt64: WeakLease] = [:]
  /// The lease that was taken last, for as long as a pass through the sessions takes: a session often sends a frame at once and lets go of
  /// it, and the next one would have to lock the slot anew.
  private var recentLease: SharedLease?
  private let pass: LeasePass?
  private weak var arrayCopy: CopiedArray?
  var compression: RecentCompression?
  private let tiles: TileCache
  private let worker: PayloadWorker?
  private var pyramids: [ViewGeometry: WeakPyramid] = [:]
  private var cuts: [FrameCut.Order: WeakCut] = [:]

  private enum Access {
    case frames(FrameReader)
    case log(LogReader)
    case array(ArrayReader)
  }

  private struct WeakLease { weak var lease: SharedLease? }
  private struct WeakPyramid { weak var pyramid: TilePyramid? }
  private struct WeakCut { weak var job: PayloadJob<FrameCut>? }

  /// - Parameters:
  ///   - tiles: where tiles are kept.
  ///   - worker: makes cuts and tiles; nil: they are made where they are asked for.
  ///   - pass: ends the passes of this stream; nil: its owner does.
  package init(
    _ reader: SegmentReader, tiles: TileCache = TileCache(), worker: PayloadWorker? = nil,
    pass: LeasePass? = nil
  ) throws(SegmentError) {
    self.reader = reader
    self.tiles = tiles
    self.worker = worker
    self.pass = pass
    description = reader.description
    key = StreamKey(name: description.name, generation: description.generation)
    let parsed = JSONValue(parsing: Array(description.metadata.utf8))
    metadata = parsed?.object == nil ? .object([:]) : parsed ?? .object([:])
    state = reader.state
    switch description.kind {
    case .frames: access = .frames(try FrameReader(reader))
    case .log: access = .log(try LogReader(reader))
    case .array: access = .array(try ArrayReader(reader))
    }
  }

  // MARK: Demand

  /// Subscriptions of all sessions and bodies.
  package private(set) var subscribers = 0

  package var isSubscribed: Bool { subscribers > 0 }

  /// The first subscription makes the writer's `wanted` true.
  package func addSubscriber() throws(SegmentError) {
    subscribers += 1
    if hops == nil { hops = StreamHops() }
    if subscribers == 1 { try reader.subscribe(true) }
  }

  /// The last one lets it go again.
  package func removeSubscriber() {
    subscribers -= 1
    // Nothing can be done about a lock that cannot be dropped; it goes with the reader.
    if subscribers == 0 { try? reader.subscribe(false) }
  }

  // MARK: What pages see

  package func object(now: UInt64) throws(SegmentError) -> StreamObject {
    let status = try reader.status()
    return StreamObject(
      description, metadata: metadata, status: status, readers: readers(status),
      resident: try reader.residentBytes(), now: now)
  }

  /// All subscribed readers on the machine: a handle does not count its own lock, so this server's is added.
  package func readers(_ status: SegmentStatus) -> Int { status.readers + (isSubscribed ? 1 : 0) }

  /// Bytes of one message, for small before large.
  package var typicalBytes: Int {
    switch description.kind {
    case .frames: description.stride
    case .log: min(description.payloadBytes, Limits.batchBytes)
    case .array: description.payloadBytes
    }
  }

  /// Why this stream cannot be sent, if it cannot: what has to be copied must not be too large.
  package var refusal: String? {
    switch description.kind {
    case .frames: return nil
    case .log:
      let bytes = description.dtype.itemsize
      guard bytes > Limits.copiedBytes else { return nil }
      return "one record of the log \(key.name) has \(bytes) bytes; records are copied, and at "
        + "most \(Limits.copiedBytes) bytes are"
    case .array:
      let bytes = description.payloadBytes
      guard bytes > Limits.copiedBytes else { return nil }
      return "the array \(key.name) has \(bytes) bytes; arrays are sent whole, as a copy, and at "
        + "most \(Limits.copiedBytes) bytes are copied"
    }
  }

  // MARK: Data

  /// The newest frame, leased once however many sessions send it.
  package func leaseNewest(now: UInt64 = Clock.monotonic) throws(SegmentError) -> SharedLease {
    guard case .frames(let frames) = access else { throw wrongKind("frames") }
    if let shared = leases[reader.sequence]?.lease { return shared }
    return share(try frames.latest(), now)
  }

  /// The oldest frame after `sequence` that is still there.
  package func leaseNext(after sequence: UInt64, now: UInt64 = Clock.monotonic) throws(SegmentError)
    -> SharedLease
  {
    guard case .frames(let frames) = access else { throw wrongKind("frames") }
    if let shared = leases[sequence + 1]?.lease { return shared }
    return share(try frames.next(after: sequence).lease, now)
  }

  private func share(_ lease: Lease, _ now: UInt64) -> SharedLease {
    // The newest may have moved on to a frame that is shared already: one lease of a slot is enough.
    if let shared = leases[lease.info.sequence]?.lease { return shared }
    let shared = SharedLease(lease)
    leases = leases.filter { $0.value.lease != nil }
    leases[lease.info.sequence] = WeakLease(lease: shared)
    counters.leased += 1
    hops?.leased(lease.info, now: now)
    // Of a stream that is off the list nobody ends the pass.
    if isListed {
      if recentLease == nil { pass?.add(self) }
      recentLease = shared
    }
    whenLeased?()
    return shared
  }

  /// The sessions had their turns.
  func endPass() { recentLease = nil }

  /// Records after `sequence`, oldest first, as a checked copy.
  package func records(after sequence: UInt64, limit: Int) throws(SegmentError) -> LogBatch {
    guard case .log(let log) = access else { throw wrongKind("a log") }
    return log.records(after: sequence, limit: limit)
  }

  /// The whole array as a checked copy; the same one for all that ask for the same version.
  ///
  /// - Returns: the copy, and whether it was made now.
  package func copyArray() throws(SegmentError) -> (copy: CopiedArray, isNew: Bool) {
    guard case .array(let array) = access else { throw wrongKind("an array") }
    if let arrayCopy, arrayCopy.version == reader.sequence { return (arrayCopy, false) }
    // To try a copy of what is being edited would be work for nothing; the edit's end brings it back here.
    guard array.changed(since: .max).tiles.isEmpty || state != .live else {
      throw SegmentError(.torn, "\(key.name) is being edited")
    }
    let copy = try CopiedArray(array)
    arrayCopy = copy
    return (copy, true)
  }

  // MARK: Views

  /// The metadata says that the values are labels, which have no mean.
  package var isOfLabels: Bool { metadata.object?["labels"] == .bool(true) }

  /// The levels of the array, looked at in one way; one for all that look at it so. nil if it is no
  /// array.
  package func pyramid(_ geometry: ViewGeometry) -> TilePyramid? {
    guard case .array(let array) = access else { return nil }
    if let shared = pyramids[geometry]?.pyramid { return shared }
    let pyramid = TilePyramid(array, geometry, cache: tiles, worker: worker)
    pyramids = pyramids.filter { $0.value.pyramid != nil }
    pyramids[geometry] = WeakPyramid(pyramid: pyramid)
    return pyramid
  }

  /// A part of a frame, made by a worker: once for all that order the same.
  package func cut(_ order: FrameCut.Order) throws(SegmentError) -> PayloadJob<FrameCut> {
    guard case .frames(let frames) = access else { throw wrongKind("frames") }
    if let job = cuts[order]?.job, !isStale(job, order) { return job }
    let job = PayloadJob { () throws(SegmentError) in try FrameCut(order, from: frames) }
    cuts = cuts.filter { $0.value.job != nil }
    cuts[order] = WeakCut(job: job)
    perform(job)
    return job
  }

  /// Has work done by a worker, or at once if there is none.
  func perform(_ work: any QueuedWork) {
    if let worker { worker.add(work) } else { work.perform() }
  }

  /// The same at once, for what is small.
  package func cutNow(_ order: FrameCut.Order) throws(SegmentError) -> FrameCut {
    guard case .frames(let frames) = access else { throw wrongKind("frames") }
    return try FrameCut(order, from: frames)
  }

  /// Who orders the newest frame does not want one that was the newest.
  private func isStale(_ job: PayloadJob<FrameCut>, _ order: FrameCut.Order) -> Bool {
    switch job.result {
    case nil: false
    case .failure: true
    case .success(let cut): order.after == nil && cut.info.sequence != reader.sequence
    }
  }

  private func wrongKind(_ wanted: String) -> SegmentError {
    SegmentError(.invalid, "\(key.name) is of kind \(description.kind.name), not \(wanted)")
  }
}
