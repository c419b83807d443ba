import ArrayShm

/// One stream that a page asked for: where it stands, what it may send, what it has missed.
///
/// Belongs to one `Session`.
package final class Subscription {
  package let request: SubscribeRequest
  /// The generation it reads from; nil while it waits for the stream.
  package private(set) var source: StreamSource?
  /// The part of the stream that is looked at now; nil: all of it.
  package var view: ViewRequest?
  /// Messages that may be sent now.
  package private(set) var credits: Int
  /// The way that its data takes.
  package private(set) var lane = Lane.webSocket
  /// Counts the changes of the way. Nothing is sent from a change until the page has answered it.
  package private(set) var turn: UInt64 = 0
  package private(set) var isTurning = false
  /// Where its next message may begin, in bytes of the session's virtual time (`FrameScheduler`).
  private var finish: UInt64 = 0

  /// The last commit that was sent or told as a gap.
  var cursor: UInt64 = 0
  /// Commits that were told as gaps.
  private var lost: UInt64 = 0
  /// What came before the first message is no gap.
  private var hasSent = false
  /// The same before the message that was taken last.
  private var hadSent = false
  /// An array is sent at first even if it was never edited.
  private var needsFirstArray = false
  /// `max_fps`, or when a copy may be tried again.
  var notBefore: UInt64 = 0
  private var wasBound = false
  /// Since when it could be sent what it is sent now: what was committed before did not wait for it.
  var since: UInt64 = 0
  /// The cursor that the generation began with.
  private var start: UInt64 = 0
  /// Is being compressed.
  private var aside: MessageAside?
  /// So many messages more are not tried to be compressed: the last one gained nothing.
  private var passes = 0
  /// Of an array that is looked at in tiles.
  var tiles: TileView?
  /// Of frames that are cut.
  var cuts: FrameView?

  /// What could not be taken (an edit was open, a slot was overwritten) is tried again after so long.
  private static let retryNanoseconds: UInt64 = 20_000_000
  private static let passesAfterFailure = 64

  package init(_ request: SubscribeRequest) {
    self.request = request
    credits = request.credits
    view = request.view
  }

  package var id: UInt32 { request.id }

  /// Whether it reads from one of these streams.
  package func follows(_ keys: Set<StreamKey>) -> Bool {
    guard let source else { return false }
    return keys.contains(source.key)
  }

  // MARK: Generations

  /// Goes on with this generation of the stream.
  package func bind(to source: StreamSource, isWaitedFor: Bool) {
    self.source = source
    since = Clock.monotonic
    bindView(to: source)
    let newest = source.reader.sequence
    // A stream that was there begins with what is newest; one that was waited for, with its first commit.
    if isWaitedFor || wasBound {
      cursor = 0
    } else if source.description.kind == .log {
      cursor = newest - min(newest, request.backlog, UInt64(source.description.slots))
    } else {
      cursor = newest > 0 ? newest - 1 : 0
    }
    start = cursor
    needsFirstArray = source.description.kind == .array
    wasBound = true
  }

  /// Lets go of the generation.
  ///
  /// - Returns: the commits of it that will not come now.
  package func unbind() -> ClosedRange<UInt64>? {
    guard let source else { return nil }
    takeBackAside()
    defer {
      self.source = nil
      tiles = nil
      cuts = nil
    }
    guard hasSent, source.description.kind != .array else { return nil }
    return tellGap(upTo: source.reader.sequence)
  }

  // MARK: Credits

  /// A credit comes back. More than were spent are not taken.
  ///
  /// - Returns: whether it was taken.
  @discardableResult
  package func addCredit() -> Bool {
    guard credits < request.credits else { return false }
    credits += 1
    return true
  }

  // MARK: Turns

  /// Sends nothing more until `resume`, and then by this way.
  package func turn(to lane: Lane) {
    takeBackAside()
    finish = 0
    self.lane = lane
    turn += 1
    isTurning = true
  }

  /// Goes on after the last commit that the page has, or was told of. Answers to earlier turns count for nothing.
  package func resume(_ request: ResumeRequest) {
    guard isTurning, request.turn == turn else { return }
    isTurning = false
    since = Clock.monotonic
    // What was on its way and got lost with the old way is sent again, and its credits are there again.
    credits = self.request.credits - min(self.request.credits, request.held)
    tiles?.forget()
    cuts?.job = nil
    guard let source, source.key.generation == request.generation else { return }
    if let after = request.after {
      cursor = min(cursor, max(start, after))
    } else {
      cursor = start
      hasSent = false
      needsFirstArray = source.description.kind == .array
    }
  }

  // MARK: Data

  package var hasNews: Bool {
    guard let source else { return false }
    if let aside { return aside.isFinished }
    if let tiles { return tiles.hasNews }
    if let job = cuts?.job { return job.isFinished }
    if cuts?.hasMoved == true { return source.reader.sequence > 0 }
    return needsFirstArray || source.reader.sequence > cursor
  }

  /// Asks for the next commit, too, if nothing else will bring a session to look again.
  ///
  /// - Parameter time: the session's virtual time.
  package func candidate(at time: UInt64) -> FrameScheduler.Candidate {
    let hasNews = hasNews
    // What is there, or comes while there is no credit, is found when there is one. Views keep books of their own.
    if view != nil || aside != nil || credits > 0 && !hasNews { source?.demand?.want() }
    return FrameScheduler.Candidate(
      id: id, credits: tiles?.mustLook == true || aside != nil ? max(1, credits) : credits,
      hasNews: hasNews && !isTurning,
      // What was put aside was in time when it was taken.
      notBefore: aside == nil ? max(notBefore, tiles?.earliest ?? 0) : 0,
      start: max(time, finish),
      typicalBytes: view == nil ? source?.typicalBytes ?? 0 : typicalViewBytes)
  }

  /// A message of so many bytes was taken at this virtual time.
  ///
  /// - Returns: the virtual time now.
  package func charge(_ bytes: Int, at time: UInt64) -> UInt64 {
    let start = max(time, finish)
    finish = start + UInt64(bytes)
    return start
  }

  /// What `take` found.
  package enum Taken {
    /// A message, the gap that has to be told before it, and the bytes that were copied for it.
    case message(OutgoingMessage, gap: ClosedRange<UInt64>?, copied: Int)
    /// Only commits that will not come.
    case gap(ClosedRange<UInt64>)
    /// A tile, the bytes that were copied for it, and whether it was the last one in view.
    case tile(OutgoingMessage, copied: Int, viewed: Viewed?)
    /// Nothing had to be sent: the page has all that is in view.
    case viewed(Viewed)
    /// Nothing now: a copy was torn, or what was there went. It is tried again a little later.
    case nothing
  }

  /// Takes the next message. Costs one credit if there is one.
  package func take(now: UInt64) throws(SegmentError) -> Taken {
    guard let source, !isTurning else { return .nothing }
    if aside != nil { return takeAside(now) }
    hadSent = hasSent
    guard credits > 0 || tiles != nil else { return .nothing }
    do throws(SegmentError) {
      switch source.description.kind {
      case .frames where cuts != nil: return try takeCut(source, now)
      case .frames: return try takeFrame(source, now)
      case .log: return try takeRecords(source, now)
      case .array where tiles != nil: return try takeTile(source, now)
      case .array: return try takeArray(source, now)
      }
    } catch {
      notBefore = now + Self.retryNanoseconds
      switch error.code {
      case .closed, .superseded:
        // The generation is at its end and has nothing more: what was not read will not come.
        let newest = source.reader.sequence
        guard hasSent, let gap = tellGap(upTo: newest) else {
          cursor = max(cursor, newest)
          return .nothing
        }
        return .gap(gap)
      case .none, .torn: return .nothing
      default: throw error
      }
    }
  }

  /// Takes a message back that was not sent after all.
  package func takeBack(_ message: OutgoingMessage) {
    addCredit()
    // An array that was never edited, and a tile of which nothing was, have the number 0.
    cursor = message.sequence - min(message.sequence, UInt64(max(1, message.records)))
  }

  // MARK: Compression

  /// Whether it is worth a try to compress the message: neither it nor those shortly before it gained nothing. Counts the messages.
  package func mayCompress(_ message: OutgoingMessage) -> Bool {
    if message.isCompressed { return false }
    guard passes == 0 else {
      passes -= 1
      return false
    }
    return true
  }

  /// A message that was taken waits until it is compressed.
  package func putAside(
    _ taken: Taken, until job: CompressionJob
  ) {
    switch taken {
    case .message(let message, let gap, let copied):
      aside = MessageAside(message, gap: gap, copied: copied, isFirst: !hadSent, job: job)
    case .tile(let message, let copied, let viewed):
      aside = MessageAside(
        message, copied: copied, tile: .init(viewed: viewed), isFirst: !hadSent, job: job)
    case .gap, .viewed, .nothing: preconditionFailure("only a message can be compressed")
    }
  }

  package var isCompressing: Bool { aside != nil }

  /// A worker has finished something: what it needed for this is let go.
  package func settleWork() { aside?.settle() }

  private func takeAside(_ now: UInt64) -> Taken {
    aside?.settle()
    guard let aside, aside.isSettled else { return .nothing }
    let message = aside.message
    guard message.payload.isIntact else {
      // The writer took the frame back, before a byte of it went. It would the next one, too.
      takeBackAside()
      passes = Self.passesAfterFailure
      return tryLater(now)
    }
    self.aside = nil
    if !message.isCompressed { passes = Self.passesAfterFailure }
    guard let tile = aside.tile else {
      return .message(message, gap: aside.gap, copied: aside.copied)
    }
    // The view may have moved meanwhile, and then has another end.
    let viewed = tiles?.mustLook == true ? nil : tile.viewed
    return .tile(message, copied: aside.copied, viewed: viewed)
  }

  /// What is being compressed is not sent now; whether it is later, the cursor says.
  private func takeBackAside() {
    guard let aside else { return }
    self.aside = nil
    takeBack(aside.message)
    if aside.isFirst { hasSent = false }
    needsFirstArray = source?.description.kind == .array
    guard let gap = aside.gap else { return }
    lost &-= gap.commits
    source?.counters.lost &-= gap.commits
    cursor = gap.lowerBound - 1
  }

  func tryLater(_ now: UInt64) -> Taken {
    notBefore = now + Self.retryNanoseconds
    return .nothing
  }

  private func takeFrame(_ source: StreamSource, _ now: UInt64) throws(SegmentError) -> Taken {
    let lease =
      switch request.policy {
      case .latest: try source.leaseNewest(now: now)
      case .all: try source.leaseNext(after: cursor, now: now)
      }
    let info = lease.info
    guard info.sequence > cursor else { return tryLater(now) }
    let gap = advance(to: info.sequence, now)
    let description = source.description
    let (shape, bytes) = PayloadShape.of(
      frame: description.shape, itemsize: description.dtype.itemsize, stride: description.stride,
      validBytes: info.validBytes)
    var header = header(
      .frame, source, sequence: info.sequence, published: info.published, bytes: bytes,
      shape: shape)
    header.level = info.level
    header.plane = info.plane
    (header.y, header.x, header.h, header.w) = (info.y, info.x, info.h, info.w)
    return .message(message(header, source, lease), gap: gap, copied: 0)
  }

  private func takeRecords(_ source: StreamSource, _ now: UInt64) throws(SegmentError) -> Taken {
    let itemsize = source.description.dtype.itemsize
    let batch = try source.records(
      after: cursor, limit: max(1, Limits.batchBytes / max(1, itemsize)))
    guard batch.count > 0 else {
      // The writer has passed by everything, even what came while this looked.
      guard hasSent, let gap = tellGap(upTo: batch.sequence) else { return tryLater(now) }
      return .gap(gap)
    }
    let published = source.reader.heartbeat
    let first = batch.sequence &- UInt64(batch.count) &+ 1
    let gap = advance(to: batch.sequence, now, first: first)
    var header = header(
      .records, source, sequence: batch.sequence, published: published,
      bytes: batch.bytes.count, shape: [batch.count])
    header.records = UInt32(batch.count)
    return .message(
      message(header, source, CopiedRecords(batch)), gap: gap, copied: batch.bytes.count)
  }

  private func takeArray(_ source: StreamSource, _ now: UInt64) throws(SegmentError) -> Taken {
    let (copy, isNew) = try source.copyArray()
    let published = source.reader.heartbeat
    needsFirstArray = false
    // A version holds all edits before it, so none of them is a gap.
    cursor = copy.version
    spend(now)
    let header = header(
      .array, source, sequence: copy.version, published: published, bytes: copy.count,
      shape: source.description.shape)
    return .message(message(header, source, copy), gap: nil, copied: isNew ? copy.count : 0)
  }

  func advance(to sequence: UInt64, _ now: UInt64, first: UInt64? = nil)
    -> ClosedRange<UInt64>?
  {
    let first = first ?? sequence
    let gap = hasSent ? tellGap(upTo: first - min(first, 1)) : nil
    cursor = sequence
    spend(now)
    return gap
  }

  private func tellGap(upTo last: UInt64) -> ClosedRange<UInt64>? {
    guard last > cursor else { return nil }
    let gap = (cursor + 1)...last
    // Wrapping, here and wherever commits are counted: a segment's numbers are other people's.
    lost &+= last - cursor
    source?.counters.lost &+= last - cursor
    cursor = last
    return gap
  }

  func spend(_ now: UInt64) {
    hasSent = true
    credits -= 1
    notBefore = FrameScheduler.nextDue(now: now, due: notBefore, maxFPS: request.maxFPS)
  }

  /// The header of a message whose data are in hand: its time is read here, because a frame may be
  /// committed after the time by which the pass chose what to send, and is not sent before that.
  func header(
    _ opcode: DataHeader.Opcode, _ source: StreamSource, sequence: UInt64, published: UInt64,
    bytes: Int, shape: [Int]
  ) -> DataHeader {
    DataHeader(
      opcode: opcode, dtype: source.description.dtype, subscription: id,
      generation: source.key.generation, sequence: sequence, published: published,
      sent: Clock.monotonic, payloadBytes: bytes, lost: lost, shape: shape)
  }

  func message(
    _ header: DataHeader, _ source: StreamSource, _ payload: any Payload
  ) -> OutgoingMessage {
    OutgoingMessage(
      header: header.encoded(), payload: payload, payloadBytes: header.payloadBytes,
      subscription: id, sequence: header.sequence, records: Int(header.records),
      published: header.published >= since ? header.published : nil, source: source)
  }
}
