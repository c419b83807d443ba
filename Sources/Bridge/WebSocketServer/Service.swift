import ArrayShm
import Clibwebsockets
import Glibc
import Logging

/// The libwebsockets context and everything that lives on its thread: sessions, the catalogue, answers under way.
///
/// Made, run and freed on one thread. Other threads reach it through the `ServerMailbox` alone.
@safe
final class Service {
  private(set) var port = 0

  private let options: ServerOptions
  private let mailbox: ServerMailbox
  let logger: Logger
  let catalog: SegmentCatalog
  private let access: AccessRules
  /// There from when the server listens, because its log names the address.
  private var commands: CommandBroker?
  private let errands: SegmentErrands
  private let measurement: MeasurementHost
  let router: HTTPRouter
  private let identity: Session.Identity
  private let resources: ContextResources
  let buffer = WriteBuffer()
  private var context: OpaquePointer?
  var pages: [Connection: PageConnection] = [:]
  var exchanges: [Connection: HTTPExchange] = [:]
  private let admission: Admission
  private var drain = Drain()
  var bodies: [Connection: BodyConnection] = [:]

  init(_ options: ServerOptions, mailbox: ServerMailbox) throws(ServerError) {
    self.options = options
    self.mailbox = mailbox
    logger = options.logger
    let worker = PayloadWorker(logger: logger) { mailbox.post { $0.hasWork = true } }
    catalog = SegmentCatalog(directory: options.directory, logger: logger, worker: worker) { keys in
      mailbox.post { $0.news.formUnion(keys) }
    }
    measurement = MeasurementHost(directory: options.directory, logger: logger) { delivery in
      mailbox.post { $0.measurements.append(delivery) }
    }
    access = AccessRules(
      token: options.token, isSecure: options.tls != nil,
      isEmbeddable: options.embedders != .none)
    let store = PageStore(roots: options.pages)
    router = HTTPRouter(
      catalog: catalog, pages: store,
      rules: HostRules(
        boundAddress: options.socket == nil ? options.host : "localhost",
        allowed: options.allowedHosts, isSecure: options.tls != nil),
      access: access, embedders: options.embedders, maxSessions: options.maxClients,
      maxRequests: options.maxRequests,
      version: ArrayShm.version)
    admission = Admission(sessions: options.maxClients)
    identity = Session.Identity(
      version: ArrayShm.version, server: hexadecimal(UInt64.random(in: 1...UInt64.max)),
      isReadOnly: options.isReadOnly)
    errands = SegmentErrands(directory: options.directory, logger: logger) { outcome in
      mailbox.post { $0.errands.append(outcome) }
    }
    resources = ContextResources()
    LibraryLog.goes(to: logger)
    // One that takes no commands needs no log of them, and may stand beside another server.
    if !options.isReadOnly { try CommandLog.checkFree(options.directory) }
    try listen()
    if options.isReadOnly { return }
    let log = try CommandLog(
      directory: options.directory,
      about: RunningServer(
        address: options.address(port: port), pid: Int(getpid()), version: ArrayShm.version,
        pages: store.roots, embedders: options.embedders.sources))
    commands = CommandBroker(log: log, logger: logger) { keys in
      mailbox.post { $0.replies.formUnion(keys) }
    }
  }

  deinit {
    mailbox.wakesNobody()
    catalog.stop()
    for body in bodies.values { body.end("the server stops") }
    for page in pages.values { page.end() }
    measurement.stop()
    commands?.stop()
    exchanges.removeAll()
    if let context = unsafe context { unsafe lws_context_destroy(context) }
  }

  private func listen() throws(ServerError) {
    let listener = Listener(
      options: options, resources: resources, connections: admission.most)
    let (context, port) = unsafe try listener.open(user: Unmanaged.passUnretained(self).toOpaque())
    unsafe self.context = context
    self.port = port
    access.port = port
    unsafe mailbox.wakes(context)
  }

  // MARK: The loop

  func run() {
    while true {
      if unsafe lws_service(context, 0) < 0 {
        logger.critical("libwebsockets gave up; the server ends")
        return
      }
      catalog.endPass()
      measurement.endPass()
      guard drain.hasBegun else { continue }
      let isDone = drain.isOver(
        isSending: !exchanges.isEmpty || !bodies.isEmpty || pages.values.contains { !$0.isDone },
        isConnected: !pages.isEmpty, now: Clock.monotonic)
      if isDone { return }
      // The loop must come round again even if nobody does anything.
      usleep(1000)
      mailbox.post { _ in }
    }
  }

  /// Nobody new is let in; pages are told, after what is on its way to them; downloads go on for a while.
  private func stop(_ times: Int, now: UInt64) {
    guard drain.ask(times, now: now) else { return }
    logger.info("stopping")
    for page in pages.values {
      page.session.close(1001, "the server stops")
      page.schedule(now: now)
    }
    for body in bodies.values { body.stop(now: now) }
  }

  private func readMail() {
    let letters = mailbox.take()
    let now = Clock.monotonic
    if letters.stops > 0 { stop(letters.stops, now: now) }
    for event in letters.events {
      for change in catalog.apply(event) {
        for page in pages.values { page.session.hear(change, now: now) }
        for body in bodies.values { body.hear(change, now: now) }
      }
      if let commands { tell(commands.apply(event, now: now), now) }
      if case .look = event { measurementTold(measurement.look(now: now), now) }
    }
    for delivery in letters.measurements { measurementTold(measurement.take(delivery), now) }
    if let commands, !letters.replies.isEmpty { tell(commands.take(letters.replies), now) }
    for outcome in letters.errands {
      guard let session = errands.finish(outcome) else { continue }
      for page in pages.values where page.session === session { page.schedule(now: now) }
    }
    if letters.hasWork { settleWork(now) }
    // Of a thousand pages few follow what has news, which comes with every commit: the others are not looked at.
    let isForAll = !letters.events.isEmpty
    guard isForAll || !letters.news.isEmpty else { return }
    for page in pages.values where isForAll || page.session.follows(letters.news) {
      page.schedule(now: now)
    }
    for body in bodies.values where isForAll || body.follows(letters.news) {
      body.schedule(now: now)
    }
  }

  private func settleWork(_ now: UInt64) {
    for page in pages.values where page.session.isWaitingForWork {
      page.session.settleWork()
      page.schedule(now: now)
      page.body?.schedule(now: now)
    }
  }

  private func measurementTold(_ session: Session?, _ now: UInt64) {
    guard let session else { return }
    pages.values.first { $0.session === session }?.schedule(now: now)
  }

  /// Tells pages of commands and replies; those that are to hear nothing are not looked at.
  private func tell(_ change: CommandBroker.Change, _ now: UInt64) {
    if change.isNothing { return }
    let announcement = change.targets ? commands?.changedAnnouncement : nil
    for page in pages.values {
      if let announcement { page.session.tell(announcement) }
      if announcement != nil || change.sessions.contains(ObjectIdentifier(page.session)) {
        page.schedule(now: now)
      }
    }
  }

  // MARK: Callbacks

  func handle(
    _ connection: Connection, _ reason: lws_callback_reasons, _ bytes: UnsafeRawBufferPointer
  ) -> Int32 {
    let now = Clock.monotonic
    switch reason {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      readMail()
      return 0

    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
      admission.enter(connection)
      return 0
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION: return filter(connection, now)
    case LWS_CALLBACK_HTTP: return answer(connection, now)
    case LWS_CALLBACK_HTTP_WRITEABLE: return writeBody(connection, now)
    case LWS_CALLBACK_CLOSED_HTTP:
      exchanges[connection] = nil
      endBody(connection)
      return 0

    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return confirmUpgrade(connection, now)
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      // What this refuses was refused with an answer before; this is the last word.
      guard let request = RequestHeaders(connection).request else { return -1 }
      return router.isAllowed(toUpgrade: request, sessions: pages.count) ? 0 : -1
    case LWS_CALLBACK_ESTABLISHED:
      open(connection, now)
      return 0
    case LWS_CALLBACK_RECEIVE:
      guard let page = pages[connection] else { return -1 }
      unsafe page.receive(bytes, now: now)
      page.schedule(now: now)
      // A credit may have come for it, or the end of its subscription.
      page.body?.schedule(now: now)
      return 0
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return pages[connection]?.writable(now: now).code ?? -1
    case LWS_CALLBACK_TIMER:
      if let body = bodies[connection] { return body.timerFired(now: now).code }
      return pages[connection]?.timerFired(now: now).code ?? 0
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      pages[connection]?.peerCloses()
      return 0
    case LWS_CALLBACK_CLOSED:
      close(connection)
      return 0

    case LWS_CALLBACK_RAW_ADOPT, LWS_CALLBACK_RAW_RX:
      // What a CONNECT request is made into: a connection without rules or time limits.
      return -1

    case LWS_CALLBACK_WSI_DESTROY:
      // Its address may be used again.
      admission.leave(connection)
      exchanges[connection] = nil
      endBody(connection)
      close(connection)
      return 0
    default: return 0
    }
  }

  /// Whether a new connection is taken.
  func admit(_ descriptor: Int32) -> Int32 {
    if drain.hasBegun { return -1 }
    return admission.admit(descriptor, isPlain: options.tls == nil) ? 0 : -1
  }

  // MARK: WebSockets

  private func open(_ connection: Connection, _ now: UInt64) {
    let session = Session(
      catalog: catalog, commands: commands, errands: errands, measurement: measurement,
      identity: identity, logger: logger, now: now)
    let page = PageConnection(connection, session: session, buffer: buffer, logger: logger)
    pages[connection] = page
    // It asked before the server was told to stop.
    if drain.hasBegun { session.close(1001, "the server stops") }
    logger.debug("a page connected; there are \(pages.count)")
    page.schedule(now: now)
  }

  private func close(_ connection: Connection) {
    guard let page = pages.removeValue(forKey: connection) else { return }
    page.end()
    page.body?.schedule(now: Clock.monotonic)
    logger.debug("a page went; there are \(pages.count)")
  }
}

/// The one callback of all protocols: a global function, because a closure could be bound to an actor.
func serverCallback(
  _ connection: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
  _ input: UnsafeMutableRawPointer?, _ length: Int
) -> Int32 {
  guard let connection = unsafe connection, let context = unsafe lws_get_context(connection),
    let owner = unsafe lws_context_user(context)
  else { return 0 }
  let service = unsafe Unmanaged<Service>.fromOpaque(owner).takeUnretainedValue()
  if reason == LWS_CALLBACK_FILTER_NETWORK_CONNECTION {
    // The connection is the listening one; the new one is a descriptor yet.
    return service.admit(Int32(truncatingIfNeeded: Int(bitPattern: input)))
  }
  return unsafe service.handle(
    Connection(connection), reason,
    UnsafeRawBufferPointer(start: input, count: input == nil ? 0 : length))
}
