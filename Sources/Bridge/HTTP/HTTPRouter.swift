import ArrayShm

/// Answers requests. Knows nothing of sockets.
///
/// Confined to the thread that runs the sessions.
package final class HTTPRouter {
  package static let webSocketPath = "/ws"

  private let catalog: SegmentCatalog
  private let pages: PageStore
  private let rules: HostRules
  private let access: AccessRules
  private let embedders: EmbedOrigins
  private let maxSessions: Int
  private var requests: AddressRates
  private let version: String

  /// - Parameters:
  ///   - embedders: who may show pages in a frame, beside this server itself.
  ///   - maxSessions: pages that may be connected at a time.
  ///   - maxRequests: requests a second from one address, in the long run.
  package init(
    catalog: SegmentCatalog, pages: PageStore, rules: HostRules, access: AccessRules,
    embedders: EmbedOrigins = .none, maxSessions: Int = Limits.sessions,
    maxRequests: Int = Limits.requestsPerSecond, version: String
  ) {
    self.catalog = catalog
    self.pages = pages
    self.rules = rules
    self.access = access
    self.embedders = embedders
    self.maxSessions = maxSessions
    requests = AddressRates(
      perSecond: Double(maxRequests), burst: Double(maxRequests * Limits.requestBurstSeconds))
    self.version = version
  }

  // MARK: Refusals

  /// What is refused before anything is done for the request; ends the connection. To be asked once for each request, which counts.
  package func refusal(of request: HTTPRequest, now: UInt64) -> HTTPResponse? {
    var response: HTTPResponse
    if !requests.take(request.peer, now: now) {
      response = HTTPResponse(
        error: 429, "too-many", "requests come too fast from this address; wait a second")
      response.headers.append(("Retry-After", "1"))
    } else if let reason = rules.refusal(host: request.host) {
      response = HTTPResponse(error: 403, "host", reason)
    } else if let reason = rules.refusal(origin: request.origin, host: request.host) {
      response = HTTPResponse(error: 403, "origin", reason)
    } else if !isOpenToAll(request), let denial = access.refusal(of: request, now: now) {
      response = denial
    } else if request.method == .other {
      response = HTTPResponse(error: 405, "method", "only GET and HEAD are answered here")
      response.headers.append(("Allow", "GET, HEAD"))
    } else if request.hasBody {
      response = HTTPResponse(error: 400, "body", "no request here takes a body")
    } else {
      return nil
    }
    response.closes = true
    return response
  }

  /// What is refused of a request to become a WebSocket.
  ///
  /// - Parameters:
  ///   - protocols: the subprotocols that the client offers.
  ///   - sessions: how many there are.
  package func refusal(
    ofUpgrade request: HTTPRequest, protocols: String?, sessions: Int, now: UInt64
  ) -> HTTPResponse? {
    if let response = refusal(of: request, now: now) { return response }
    var response: HTTPResponse
    let offered = (protocols ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
    if request.method != .get || request.path != Array(Self.webSocketPath.utf8) {
      response = HTTPResponse(
        error: 404, "not-found", "the WebSocket is at \(Self.webSocketPath), with GET")
    } else if !offered.contains(ServerMessage.Hello.protocolName) {
      response = HTTPResponse(
        error: 400, "protocol",
        "the subprotocol \(ServerMessage.Hello.protocolName) is not among those offered")
    } else if sessions >= maxSessions {
      response = HTTPResponse(
        error: 503, "too-many",
        "\(sessions) pages are connected, the most allowed (webmon serve --max-clients)")
      response.headers.append(("Retry-After", "10"))
    } else {
      return nil
    }
    response.closes = true
    return response
  }

  /// Whether a request may become a WebSocket: the last word, after it was not refused. Counts nothing.
  package func isAllowed(toUpgrade request: HTTPRequest, sessions: Int) -> Bool {
    rules.refusal(host: request.host) == nil
      && rules.refusal(origin: request.origin, host: request.host) == nil
      && access.isGranted(request) && request.path == Array(Self.webSocketPath.utf8)
      && sessions < maxSessions
  }

  /// Tells that the server answers, and nothing else.
  private func isOpenToAll(_ request: HTTPRequest) -> Bool {
    request.path == Array("/healthz".utf8)
  }

  // MARK: Answers

  /// - Parameter load: how much goes on at the server, for `/metrics`.
  package func respond(
    to request: HTTPRequest, now: UInt64, load: ServerLoad = ServerLoad()
  ) -> HTTPResponse {
    // What is open to all must not tell whether a token is right: nobody counts the tries.
    if !isOpenToAll(request), let welcome = access.welcome(request) { return welcome }
    guard let path = PagePath(request.path) else {
      return HTTPResponse(
        error: 400, "path", "the path has a part that is empty, hidden, or leads upwards")
    }
    switch (path.text, path.isFolder) {
    case ("", _): return start(request)
    case ("healthz", false):
      return HTTPResponse(
        status: 200, headers: [("Content-Type", "text/plain; charset=utf-8")],
        body: .bytes(Array("ok\n".utf8)))
    case ("metrics", false):
      return HTTPResponse(
        status: 200, headers: [("Content-Type", Metrics.contentType)],
        body: .bytes(Metrics(catalog: catalog, version: version, load: load, now: now).text()))
    case ("ws", false):
      return HTTPResponse(
        error: 400, "upgrade", "this is the WebSocket: ask for an upgrade to websocket")
    case ("api/pages", false): return HTTPResponse(json: ["pages": pages.pages()])
    case ("api/streams", false): return HTTPResponse(json: listing(now))
    case (let text, false) where text.hasPrefix("api/streams/") && text.hasSuffix(".npy"):
      return download(String(text.dropFirst("api/streams/".count).dropLast(".npy".count)))
    case (let text, false) where text.hasPrefix("api/streams/") && text.hasSuffix("/frames"):
      let name = String(text.dropFirst("api/streams/".count).dropLast("/frames".count))
      return frames(name, request.query)
    case (let text, _) where text == "api" || text.hasPrefix("api/"):
      return HTTPResponse(
        error: 404, "not-found",
        "/\(text) is nothing; /api/pages, /api/streams, /api/streams/NAME.npy and "
          + "/api/streams/NAME/frames are")
    default: return page(path)
    }
  }

  private func listing(_ now: UInt64) -> StreamListing {
    StreamListing(
      version: version, directory: catalog.directory.path, clock: now,
      streams: catalog.objects(now: now))
  }

  /// The page last used; at a first visit the one that has something to show.
  private func start(_ request: HTTPRequest) -> HTTPResponse {
    if let last = LastPage(of: request), pages.hasPage(last.name) {
      return .redirect(toTarget: last.target)
    }
    let first = !catalog.all.isEmpty && pages.hasPage("viewer") ? "viewer" : "streams"
    return .redirect(to: "/\(first)/")
  }

  private func page(_ path: PagePath) -> HTTPResponse {
    switch pages.find(path) {
    case .file(let file, let type):
      var response = HTTPResponse(
        status: 200, headers: [("Content-Type", type)], body: .file(file))
      if type.hasPrefix("text/html") { response.allowEmbedding(by: embedders) }
      return response
    case .folder: return .redirect(to: "/\(path.text)/")
    case .nothing:
      return HTTPResponse(
        error: 404, "not-found", "there is no page and no file at /\(path.text)")
    }
  }

  private func frames(_ name: String, _ query: [(name: String, value: String)]) -> HTTPResponse {
    guard SegmentName.isValid(name) else {
      return HTTPResponse(error: 404, "not-found", "\(name) is no name of a stream")
    }
    let request: BodyRequest
    do {
      request = try BodyRequest(stream: name, query: query)
    } catch {
      return HTTPResponse(error: 400, "query", error.message)
    }
    // A subscription may wait for its stream.
    if request.subscription == nil, !request.waits, catalog.source(named: name) == nil {
      return noStream(name)
    }
    return HTTPResponse(
      status: 200,
      headers: [("Content-Type", "application/octet-stream"), ("Cache-Control", "no-store")],
      body: .endless(request))
  }

  private func noStream(_ name: String) -> HTTPResponse {
    guard let reason = catalog.reasonUnreadable(name) else {
      return HTTPResponse(error: 404, "not-found", "there is no stream \(name)")
    }
    return HTTPResponse(error: 503, "unreadable", reason)
  }

  private func download(_ name: String) -> HTTPResponse {
    guard let source = catalog.source(named: name) else { return noStream(name) }
    do {
      let snapshot = try NpySnapshot(of: source, limit: Limits.copiedBytes)
      return HTTPResponse(
        status: 200,
        headers: [
          ("Content-Type", "application/octet-stream"),
          ("Content-Disposition", "attachment; filename=\"\(name).npy\""),
          ("X-Webmon-Sequence", "\(snapshot.sequence)"),
        ],
        body: .payload(
          prefix: snapshot.header, snapshot.payload, bytes: snapshot.payloadBytes, of: source))
    } catch {
      switch error.code {
      case .none: return HTTPResponse(error: 503, "none", "\(name) has no frame yet")
      case .invalid: return HTTPResponse(error: 503, "too-large", error.message)
      default: return HTTPResponse(error: 503, "unavailable", error.message)
      }
    }
  }
}
