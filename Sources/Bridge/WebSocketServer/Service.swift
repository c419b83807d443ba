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
  private let logger: Logger
  private let catalog: SegmentCatalog
  private let router: HTTPRouter
  private let identity: Session.Identity
  private let resources: ContextResources
  private let buffer = WriteBuffer()
  private var context: OpaquePointer?
  private var pages: [Connection: PageConnection] = [:]
  private var exchanges: [Connection: HTTPExchange] = [:]
  private var isStopping = false

  /// After `stop`, pages have so long to answer the close.
  private static let farewell: UInt64 = 500_000_000

  init(_ options: ServerOptions, mailbox: ServerMailbox) throws(ServerError) {
    self.options = options
    self.mailbox = mailbox
    logger = options.logger
    catalog = SegmentCatalog(directory: options.directory, logger: logger) { keys in
      mailbox.post { $0.news.formUnion(keys) }
    }
    router = HTTPRouter(
      catalog: catalog, pages: PageStore(roots: options.pages),
      rules: HostRules(boundAddress: options.host), version: ArrayShm.version)
    identity = Session.Identity(
      version: ArrayShm.version, server: hexadecimal(UInt64.random(in: 1...UInt64.max)))
    resources = ContextResources()
    LibraryLog.goes(to: logger)
    try listen()
  }

  deinit {
    mailbox.wakesNobody()
    catalog.stop()
    for page in pages.values { page.end() }
    exchanges.removeAll()
    if let context = unsafe context { unsafe lws_context_destroy(context) }
  }

  private func listen() throws(ServerError) {
    // libwebsockets wants a name or a number of an interface.
    let host = options.host.lowercased() == "localhost" ? "127.0.0.1" : options.host
    var info = unsafe lws_context_creation_info()
    unsafe info.port = Int32(options.port)
    unsafe info.iface = unsafe UnsafePointer(resources.string(host))
    unsafe info.protocols = unsafe UnsafePointer(resources.protocols)
    // No permessage-deflate: compressing raw pixels costs ten times what it saves.
    unsafe info.extensions = nil
    unsafe info.retry_and_idle_policy = unsafe UnsafePointer(resources.retry)
    unsafe info.options =
      host.contains(":")
      ? webmon_lws_server_options : webmon_lws_server_options | webmon_lws_no_ipv6
    unsafe info.gid = -1
    unsafe info.uid = -1
    unsafe info.user = Unmanaged.passUnretained(self).toOpaque()
    // Browsers send the cookies of every server on localhost to every other one.
    unsafe info.max_http_header_data = 16 * 1024
    // Taken as it is needed; a client that is slow with its headers has one until its time is up.
    unsafe info.max_http_header_pool = UInt16(Limits.sessions)
    // Downloads and the wake pipe have theirs beside the sessions.
    unsafe info.fd_limit_per_thread = UInt32(2 * Limits.sessions)
    unsafe info.timeout_secs = 5
    unsafe info.keepalive_timeout = 15
    // A machine that went to sleep or off the network is noticed within a minute.
    unsafe info.ka_time = 30
    unsafe info.ka_probes = 3
    unsafe info.ka_interval = 10

    guard let context = unsafe lws_create_context(&info) else {
      throw ServerError(ListenFailure.explain(host: host, port: options.port))
    }
    unsafe self.context = context
    guard let vhost = unsafe lws_get_vhost_by_name(context, "default") else {
      throw ServerError(ListenFailure.explain(host: host, port: options.port))
    }
    port = unsafe Int(lws_get_vhost_listen_port(vhost))
    unsafe mailbox.wakes(context)
  }

  // MARK: The loop

  func run() {
    var end: UInt64?
    while true {
      if unsafe lws_service(context, 0) < 0 {
        logger.critical("libwebsockets gave up; the server ends")
        return
      }
      catalog.endPass()
      guard isStopping else { continue }
      let now = Clock.monotonic
      if end == nil {
        end = now + Self.farewell
        logger.info("stopping")
        for page in pages.values {
          page.session.close(1001, "the server stops")
          page.schedule(now: now)
        }
        // The loop must come round again even if no page answers.
        mailbox.post { _ in }
      }
      if pages.isEmpty || now > end ?? 0 { return }
      usleep(1000)
      mailbox.post { _ in }
    }
  }

  private func readMail() {
    let letters = mailbox.take()
    let now = Clock.monotonic
    if letters.stops { isStopping = true }
    for event in letters.events {
      for change in catalog.apply(event) {
        for page in pages.values { page.session.hear(change, now: now) }
      }
    }
    // A page that has nothing to do with the news finds so by itself: a look at a few numbers.
    if !letters.news.isEmpty || !letters.events.isEmpty {
      for page in pages.values { page.schedule(now: now) }
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

    case LWS_CALLBACK_FILTER_HTTP_CONNECTION: return filter(connection)
    case LWS_CALLBACK_HTTP: return answer(connection, now)
    case LWS_CALLBACK_HTTP_WRITEABLE: return writeBody(connection, now)
    case LWS_CALLBACK_CLOSED_HTTP:
      exchanges[connection] = nil
      return 0

    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return confirmUpgrade(connection)
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      // What this refuses was refused with an answer before; this is the last word.
      let headers = RequestHeaders(connection)
      guard let request = headers.request else { return -1 }
      let refusal = router.refusal(
        ofUpgrade: request, protocols: headers.protocols, sessions: pages.count)
      return refusal == nil ? 0 : -1
    case LWS_CALLBACK_ESTABLISHED:
      open(connection, now)
      return 0
    case LWS_CALLBACK_RECEIVE:
      guard let page = pages[connection] else { return -1 }
      unsafe page.receive(bytes, now: now)
      page.schedule(now: now)
      return 0
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return pages[connection]?.writable(now: now).code ?? -1
    case LWS_CALLBACK_TIMER:
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
      exchanges[connection] = nil
      close(connection)
      return 0
    default: return 0
    }
  }

  // MARK: HTTP

  private func filter(_ connection: Connection) -> Int32 {
    guard let request = RequestHeaders(connection).request else { return -1 }
    guard let refusal = router.refusal(of: request) else { return 0 }
    refuse(connection, refusal)
    return -1
  }

  private func confirmUpgrade(_ connection: Connection) -> Int32 {
    let headers = RequestHeaders(connection)
    // Anything else (HTTP/2 among it) is not served, and libwebsockets must not go on with it.
    guard headers.isWebSocketUpgrade, let request = headers.request else { return -1 }
    guard
      let refusal = router.refusal(
        ofUpgrade: request, protocols: headers.protocols, sessions: pages.count)
    else { return 0 }
    refuse(connection, refusal)
    return -1
  }

  private func refuse(_ connection: Connection, _ response: HTTPResponse) {
    guard case .bytes(let body) = response.body else {
      preconditionFailure("a refusal is a short text")
    }
    // The connection ends in any case.
    _ = buffer.write(response.head() + body, on: connection, as: LWS_WRITE_HTTP_HEADERS)
  }

  private func answer(_ connection: Connection, _ now: UInt64) -> Int32 {
    guard let request = RequestHeaders(connection).request else { return -1 }
    let response = router.respond(to: request, now: now)
    let path = ElementValue.quoted(String(decoding: request.path, as: UTF8.self))
    logger.debug("\(request.method) \(path): \(response.status)")
    let head = response.head()
    if case .bytes(let body) = response.body, body.count <= Limits.httpChunkBytes {
      let bytes = request.method == .head ? head : head + body
      guard buffer.write(bytes, on: connection, as: LWS_WRITE_HTTP_HEADERS) else { return -1 }
      return complete(connection)
    }
    guard buffer.write(head, on: connection, as: LWS_WRITE_HTTP_HEADERS) else { return -1 }
    if request.method == .head || response.body.count == 0 { return complete(connection) }
    exchanges[connection] = HTTPExchange(connection, response.body, now: now)
    connection.askForWritable()
    return 0
  }

  private func writeBody(_ connection: Connection, _ now: UInt64) -> Int32 {
    guard let exchange = exchanges[connection] else { return 0 }
    switch exchange.writeChunk(with: buffer, now: now) {
    case .goesOn:
      connection.limit(PENDING_TIMEOUT_HTTP_CONTENT, seconds: Limits.stallSeconds)
      connection.askForWritable()
      return 0
    case .isDone:
      exchanges[connection] = nil
      return complete(connection)
    case .failed(let reason):
      logger.info("a download is dropped: \(reason)")
      exchanges[connection] = nil
      return -1
    }
  }

  /// The answer is out: the connection waits for the next request, or ends.
  private func complete(_ connection: Connection) -> Int32 {
    connection.completeTransaction() ? 0 : -1
  }

  // MARK: WebSockets

  private func open(_ connection: Connection, _ now: UInt64) {
    let session = Session(catalog: catalog, identity: identity, logger: logger, now: now)
    let page = PageConnection(connection, session: session, buffer: buffer, logger: logger)
    pages[connection] = page
    logger.debug("a page connected; there are \(pages.count)")
    page.schedule(now: now)
  }

  private func close(_ connection: Connection) {
    guard let page = pages.removeValue(forKey: connection) else { return }
    page.end()
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
  return unsafe service.handle(
    Connection(connection), reason,
    UnsafeRawBufferPointer(start: input, count: input == nil ? 0 : length))
}
