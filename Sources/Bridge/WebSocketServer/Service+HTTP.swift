import ArrayShm
import Clibwebsockets
import Logging

/// Requests: what is refused, and how the rest is answered.
extension Service {
  func filter(_ connection: Connection, _ now: UInt64) -> Int32 {
    guard let request = RequestHeaders(connection).request else { return -1 }
    guard let refusal = router.refusal(of: request, now: now) else { return 0 }
    refuse(connection, refusal, of: request)
    return -1
  }

  func confirmUpgrade(_ connection: Connection, _ now: UInt64) -> Int32 {
    let headers = RequestHeaders(connection)
    // Anything else (HTTP/2 among it) is not served, and libwebsockets must not go on with it.
    guard headers.isWebSocketUpgrade, let request = headers.request else { return -1 }
    // libwebsockets takes any version, and then speaks this one.
    guard headers.webSocketVersion == "13" else {
      refuse(connection, .webSocketVersion, of: request)
      return -1
    }
    guard
      let refusal = router.refusal(
        ofUpgrade: request, protocols: headers.protocols, sessions: pages.count, now: now)
    else { return 0 }
    refuse(connection, refusal, of: request)
    return -1
  }

  private func refuse(
    _ connection: Connection, _ response: HTTPResponse, of request: HTTPRequest
  ) {
    logger.debug("a request of \(request.peer) is refused: \(response.status)")
    guard case .bytes(let body) = response.body else {
      preconditionFailure("a refusal is a short text")
    }
    // The connection ends in any case.
    _ = buffer.write(response.head() + body, on: connection, as: LWS_WRITE_HTTP_HEADERS)
  }

  func answer(_ connection: Connection, _ now: UInt64) -> Int32 {
    guard let request = RequestHeaders(connection).request else { return -1 }
    let load = ServerLoad(sessions: pages.count, bodies: bodies.count)
    var response = router.respond(to: request, now: now, load: load)
    var feed: (any BodyFeed, PageConnection?)?
    if case .endless(let body) = response.body, request.method == .get {
      (response, feed) = makeFeed(body, response)
    }
    if exchanges.values.reduce(response.body.copiedBytes, { $0 + $1.copiedBytes })
      > Limits.downloadedBytes
    {
      response = HTTPResponse(
        error: 503, "too-many", "the downloads under way hold as much memory as they may; try again"
      )
      response.headers.append(("Retry-After", "10"))
    }
    let path = ElementValue.quoted(String(decoding: request.path, as: UTF8.self))
    logger.debug("\(request.method) \(path): \(response.status)")
    let head = response.head()
    if case .bytes(let body) = response.body, body.count <= Limits.httpChunkBytes {
      let bytes = request.method == .head ? head : head + body
      guard buffer.write(bytes, on: connection, as: LWS_WRITE_HTTP_HEADERS) else { return -1 }
      return complete(connection)
    }
    guard buffer.write(head, on: connection, as: LWS_WRITE_HTTP_HEADERS) else {
      feed?.0.end("its client has gone")
      return -1
    }
    // As its head has said.
    if case .endless = response.body, request.method == .head { return -1 }
    if let (feed, page) = feed {
      let body = BodyConnection(
        connection, feed: feed, page: page, buffer: buffer, logger: logger)
      bodies[connection] = body
      body.begin(now: now)
      return 0
    }
    if request.method == .head || response.body.count == 0 { return complete(connection) }
    exchanges[connection] = HTTPExchange(connection, response.body, now: now)
    connection.askForWritable()
    return 0
  }

  func writeBody(_ connection: Connection, _ now: UInt64) -> Int32 {
    if let body = bodies[connection] {
      let verdict = body.writable(now: now)
      if verdict == .drop { bodies[connection] = nil }
      return verdict.code
    }
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
}
