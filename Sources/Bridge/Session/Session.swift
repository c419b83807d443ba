import ArrayShm
import Logging

/// One page: its subscriptions, and what is waiting to be sent to it. Knows nothing of sockets.
///
/// Confined to the thread that runs the sessions.
package final class Session {
  package struct Identity: Sendable {
    package var version: String
    package var server: String
    /// Pages may look, and do nothing: no commands, no removing.
    package var isReadOnly: Bool

    package init(version: String, server: String, isReadOnly: Bool = false) {
      self.version = version
      self.server = server
      self.isReadOnly = isReadOnly
    }
  }

  package var counters = SessionCounters()
  /// What is known of the way to the page.
  package var link = Link()
  /// What a request must know to fetch a body for this session: only its page was told.
  package let secret = hexadecimal(.random(in: 0 ... .max)) + hexadecimal(.random(in: 0 ... .max))

  let catalog: SegmentCatalog
  /// nil: this server takes no commands.
  let commands: CommandBroker?
  /// nil: this server runs none.
  let errands: SegmentErrands?
  let isReadOnly: Bool
  /// Errands under way, by the page's reference.
  var errandRefs: Set<UInt64> = []
  /// nil: this server lends no stream to measure with.
  private let measurement: MeasurementHost?
  /// Calls that have not been answered yet, by the page's reference.
  var calls: [UInt64: PendingCall] = [:]
  private let logger: Logger
  var subscriptions: [UInt32: Subscription] = [:]
  private var controls: [[UInt8]] = []
  private(set) var queuedControlBytes = 0
  /// What may be queued: a page that has just come has to be told everything, however much that is.
  private var mostQueuedBytes = Int.max
  /// Chosen already; waits for the gap that has to be told before it.
  var staged: OutgoingMessage?
  /// The subscription whose data goes over a body, and the number of that body.
  var body: (subscription: UInt32, number: UInt64)?
  var bodies: UInt64 = 0
  private(set) var closing: (code: UInt16, reason: String)?
  var isOver = false
  /// In bytes, of the WebSocket (`FrameScheduler`). A body carries one subscription, which shares with none.
  private var virtualTime: UInt64 = 0
  private var report: StatusReport?
  private var controlRate: RateLimit

  package init(
    catalog: SegmentCatalog, commands: CommandBroker? = nil, errands: SegmentErrands? = nil,
    measurement: MeasurementHost? = nil,
    identity: Identity, logger: Logger, now: UInt64
  ) {
    self.catalog = catalog
    self.commands = commands
    self.errands = errands
    isReadOnly = identity.isReadOnly
    self.measurement = measurement
    self.logger = logger
    controlRate = RateLimit(
      perSecond: Double(Limits.controlsPerSecond), burst: Double(Limits.controlBurst), now: now)
    send(
      .hello(
        .init(
          version: identity.version, server: identity.server, session: secret, clock: now,
          directory: catalog.directory.path, isReadOnly: identity.isReadOnly)))
    send(.streams(catalog.objects(now: now)))
    if let announcement = commands?.announcement { queue(announcement) }
    mostQueuedBytes = queuedControlBytes + Limits.queuedControlBytes
  }

  // MARK: From the page

  package func receive(text: [UInt8], now: UInt64) {
    guard closing == nil, isInTime(1, now) else { return }
    do throws(ControlError) {
      let message = try ControlMessage(decoding: text)
      if case .subscribe = message, !isInTime(Limits.subscriptionCost, now) { return }
      if case .measure = message, !isInTime(Limits.measurementCost, now) { return }
      try handle(message, now: now)
    } catch {
      if let ref = error.ref {
        refuse(CommandError(.badField, error.message), ref: ref)
      } else {
        send(.error(error))
      }
      if error.code == .malformed { close(1003, "malformed") }
    }
  }

  /// Counts a message. One that comes too fast ends the session.
  private func isInTime(_ cost: Int, _ now: UInt64) -> Bool {
    if controlRate.take(Double(cost), now: now) { return true }
    close(1008, "control messages come too fast")
    return false
  }

  package func receiveBinary() {
    guard closing == nil else { return }
    send(
      .error(
        ControlError(.malformed, "a page sent a binary message; control messages are JSON text")))
    close(1003, "binary message")
  }

  package func receiveTooLarge() {
    guard closing == nil else { return }
    send(
      .error(
        ControlError(
          .tooLarge,
          "a message is longer than \(Limits.controlMessageBytes) bytes, the longest allowed")))
    close(1009, "message too large")
  }

  private func handle(_ message: ControlMessage, now: UInt64) throws(ControlError) {
    switch message {
    case .subscribe(let request): try subscribe(request, now)
    case .unsubscribe(let id):
      let subscription = try find(id)
      release(subscription)
      subscriptions[id] = nil
      if body?.subscription == id { body = nil }
      send(.unsubscribed(id: id))
    case .view(let move): try find(move.id).move(move)
    case .credit(let id, _, _):
      // As many as messages were sent: they cannot come too fast.
      if try find(id).addCredit() { controlRate.giveBack(1) }
    case .leaveBody(let id):
      if try find(id).lane == .body { leaveBody("the page asked for it") }
    case .resume(let request): try find(request.id).resume(request)
    case .status(let period, let hops):
      report = period.map { StatusReport(everyMilliseconds: $0, hops: hops, now: now) }
    case .measure(let bytes): measure(bytes, now)
    case .ping(let t): send(.pong(t: t, received: now, clock: Clock.monotonic))
    case .command(let request): try call(request, now)
    case .errand(let request): try run(request)
    }
  }

  private func find(_ id: UInt32) throws(ControlError) -> Subscription {
    guard let subscription = subscriptions[id] else {
      throw ControlError(.noSuchID, "no subscription has the id \(id)", id: id)
    }
    return subscription
  }

  private func subscribe(_ request: SubscribeRequest, _ now: UInt64) throws(ControlError) {
    if let other = subscriptions[request.id] {
      throw ControlError(
        .idInUse,
        "the id \(request.id) is in use for \(other.request.stream); choose another, or unsubscribe first",
        id: request.id)
    }
    guard subscriptions.count < Limits.subscriptions else {
      throw ControlError(
        .tooMany, "this session has \(subscriptions.count) subscriptions, the most allowed",
        id: request.id)
    }
    let subscription = Subscription(request)
    subscriptions[request.id] = subscription
    if let source = catalog.source(named: request.stream)
      ?? measurement?.source(named: request.stream, for: self)
    {
      bind(subscription, to: source, isWaitedFor: false, now: now)
    } else if let reason = catalog.reasonUnreadable(request.stream) {
      send(.error(ControlError(.unreadable, reason, id: request.id)))
      wait(subscription, "the file of this name is not a readable segment")
    } else {
      wait(subscription, "no stream of this name is there yet")
    }
  }

  private func measure(_ bytes: Int?, _ now: UInt64) {
    guard let measurement else {
      return send(
        .measuring(stream: nil, bytes: 0, reason: "this server lends no stream to measure with"))
    }
    if let bytes {
      measurement.begin(bytes: bytes, for: self, now: now)
    } else {
      measurement.end(for: self)
    }
  }

  // MARK: To the page

  /// Workers make something for it: it has to be asked again when they have.
  package var isWaitingForWork: Bool { subscriptions.values.contains { $0.isWaitingForWork } }

  /// Whether a subscription reads from one of these streams.
  package func follows(_ keys: Set<StreamKey>) -> Bool {
    subscriptions.values.contains { $0.follows(keys) }
  }

  /// A worker has finished something, perhaps for it.
  package func settleWork() {
    for subscription in subscriptions.values { subscription.settleWork() }
  }

  /// Whether the session wants the socket.
  package func readiness(now: UInt64) -> Readiness {
    if isOver { return .idle }
    if !controls.isEmpty || staged != nil || closing != nil { return .now }
    var due: UInt64?
    if let report {
      if report.due <= now { return .now }
      due = report.due
    }
    if let deadline = firstDeadline {
      if deadline <= now { return .now }
      due = min(due ?? .max, deadline)
    }
    switch dataReadiness(.webSocket, now) {
    case .now: return .now
    case .at(let time): due = min(due ?? .max, time)
    case .idle: break
    }
    return due.map(Readiness.at) ?? .idle
  }

  func dataReadiness(_ lane: Lane, _ now: UInt64) -> Readiness {
    choose(lane, now).readiness
  }

  private func choose(_ lane: Lane, _ now: UInt64) -> FrameScheduler.Choice {
    let time = virtualTime
    let candidates = subscriptions.values.lazy.filter { $0.lane == lane }.map {
      $0.candidate(at: time)
    }
    return FrameScheduler.choose(from: candidates, now: now)
  }

  /// The next thing to send: control first, then data on credit, then the end if it has come.
  package func next(now: UInt64) -> Transmission {
    if isOver { return .nothing }
    expireCalls(now)
    if let control = popControl() { return .control(control) }
    if let closing {
      isOver = true
      return .close(code: closing.code, reason: closing.reason)
    }
    if let staged {
      self.staged = nil
      return .data(staged)
    }
    if let report, report.due <= now {
      send(status(now))
      if let control = popControl() { return .control(control) }
    }
    let (message, followsGap) = nextData(.webSocket, now)
    if let message, !followsGap { return .data(message) }
    staged = message
    return popControl().map(Transmission.control) ?? .nothing
  }

  /// - Returns: the message, and whether a gap has to be told before it.
  func nextData(_ lane: Lane, _ now: UInt64) -> (message: OutgoingMessage?, followsGap: Bool) {
    // A choice can come to nothing (a copy was torn, the frame went): then the next one is asked, but none twice.
    for _ in 0...subscriptions.count {
      guard case .send(let id) = choose(lane, now), let subscription = subscriptions[id] else {
        return (nil, false)
      }
      do {
        let taken = try subscription.take(now: now)
        if let job = compression(of: taken, for: subscription) {
          subscription.putAside(taken, until: job)
          continue
        }
        switch taken {
        case .nothing: continue
        case .gap(let gap):
          tell(gap, to: subscription)
          return (nil, false)
        case .viewed(let viewed):
          send(told(viewed, id))
          return (nil, false)
        case .tile(let message, let copied, let viewed):
          charge(subscription, message)
          counters.begin(message, copied: copied)
          // It goes after the tile.
          if let viewed { send(told(viewed, id)) }
          return (message, false)
        case .message(let message, let gap, let copied):
          charge(subscription, message)
          counters.begin(message, copied: copied)
          if let gap { tell(gap, to: subscription) }
          return (message, gap != nil)
        }
      } catch {
        logger.warning("\(subscription.request.stream): \(error)")
      }
    }
    return (nil, false)
  }

  private func charge(_ subscription: Subscription, _ message: OutgoingMessage) {
    guard subscription.lane == .webSocket else { return }
    virtualTime = subscription.charge(message.count, at: virtualTime)
  }

  private func told(_ viewed: Viewed, _ id: UInt32) -> ServerMessage {
    .viewed(
      id: id, level: viewed.level, region: viewed.region.list, sequence: viewed.sequence)
  }

  /// To be called when nothing was there to send.
  package func settle() { drain() }

  /// To be called when a data message has gone wholly, or will not.
  package func finish(_ message: OutgoingMessage, isSent: Bool) {
    counters.finish(message, isSent: isSent)
    drain()
  }

  /// Ends the session: what is queued is sent before the close.
  package func close(_ code: UInt16, _ reason: String) {
    if closing == nil { closing = (code, reason) }
  }

  /// The connection is gone: everything that was held for the page is let go.
  package func end() {
    isOver = true
    staged = nil
    controls = []
    for subscription in subscriptions.values {
      if let source = subscription.source { catalog.unsubscribe(source) }
    }
    subscriptions = [:]
    measurement?.end(for: self)
    forgetCalls()
  }

  func send(_ message: ServerMessage) { queue(message.encoded()) }

  /// Queues a control message.
  func queue(_ text: [UInt8]) {
    guard !isOver else { return }
    queuedControlBytes += text.count
    if queuedControlBytes > mostQueuedBytes, !controls.isEmpty {
      // It does not read: what is queued would never be seen.
      controls = []
      queuedControlBytes = 0
      close(1008, "control messages are not read")
      return
    }
    controls.append(text)
  }

  private func popControl() -> [UInt8]? {
    guard !controls.isEmpty else { return nil }
    let text = controls.removeFirst()
    queuedControlBytes -= text.count
    return text
  }

  private func status(_ now: UInt64) -> ServerMessage {
    guard let tellsHops = report?.tellsHops else {
      preconditionFailure("a status without a period")
    }
    let sources = catalog.all
    let streams = sources.compactMap { source -> StatusObject? in
      guard let status = try? source.reader.status() else { return nil }
      return StatusObject(
        name: source.key.name, state: status.state.name, sequence: status.sequence,
        ageNanoseconds: now > status.heartbeat ? now - status.heartbeat : 0,
        rate: report?.rate(of: source.key, sequence: status.sequence, now: now) ?? 0,
        dropped: status.dropped, readers: source.readers(status),
        resident: (try? source.reader.residentBytes()) ?? 0, served: .init(source),
        hops: tellsHops ? source.hops.map { HopsObject($0, now: now) } : nil)
    }
    report?.finish(now: now, present: streams.map(\.name))
    let hops = tellsHops ? HopsObject(of: sources.compactMap(\.hops), now: now) : nil
    return .status(
      clock: now, space: try? catalog.directory.space(), streams: streams, session: counters,
      hops: hops)
  }
}
