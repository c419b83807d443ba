import ArrayShm
import Logging
import Testing

@testable import Bridge

@Suite struct HTTPRouterTests {
  let directory: PrivateDirectory
  let pages = PrivateFolder()
  let catalog: SegmentCatalog
  let router: HTTPRouter

  init() throws {
    directory = try PrivateDirectory()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
    router = HTTPRouter(
      catalog: catalog, pages: PageStore(roots: [pages.path]),
      rules: HostRules(boundAddress: "127.0.0.1"), access: AccessRules(token: nil), version: "9")
  }

  private func request(_ path: String) -> HTTPRequest {
    HTTPRequest(path: Array(path.utf8), host: "localhost:5000")
  }

  private func get(_ path: String) -> HTTPResponse {
    router.respond(to: request(path), now: Clock.monotonic)
  }

  private func bytes(_ body: HTTPBody, chunk: Int) -> [UInt8] {
    var all: [UInt8] = []
    while all.count < body.count {
      var buffer = [UInt8](repeating: 0, count: chunk)
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe body.read(at: all.count, into: $0) }
      #expect(count == min(chunk, body.count - all.count))
      if count == 0 { break }
      all += buffer[..<count]
    }
    return all
  }

  @Test func aBodyHasNoLengthAndEndsWithItsConnection() throws {
    let writer = try directory.frames()
    defer { writer.segment.close() }
    _ = catalog.apply(.present(try directory.reader("camera")))
    let response = get("/api/streams/camera/frames")
    guard case .endless(let body) = response.body else {
      Issue.record("no body")
      return
    }
    #expect(body == (try BodyRequest(stream: "camera", query: [])))
    let head = String(decoding: response.head(), as: UTF8.self)
    #expect(!head.contains("Content-Length") && head.contains("Connection: close\r\n"))
    #expect(
      head.split(separator: "Cache-Control").count == 2 && head.contains("Cache-Control: no-store"))
    #expect(get("/api/streams/none/frames").status == 404)
    #expect(get("/api/streams/.x/frames").status == 400)
  }

  @Test func parametersOfABodyAreRead() throws {
    let query = [
      (name: "policy", value: "all"), (name: "max_fps", value: "2.5"),
      (name: "backlog", value: "18446744073709551615"), (name: "wait", value: "1"),
    ]
    let request = try BodyRequest(stream: "camera", query: query)
    #expect(request.policy == .all && request.maxFPS == 2.5)
    #expect(request.backlog == .max && request.waits && request.subscription == nil)
    let bound = try BodyRequest(
      stream: "camera", query: [(name: "id", value: "4294967295"), (name: "session", value: "s")])
    #expect(bound.subscription == .init(session: "s", id: .max))
  }

  @Test(arguments: [
    ("wait", "2"), ("wait", ""), ("policy", "ALL"), ("max_fps", "0x"), ("max_fps", "-0"),
    ("backlog", "+1"), ("backlog", " 1"), ("id", "1"), ("session", "s"), ("x", "1"), ("", ""),
  ])
  func badParametersOfABodyAreRefused(name: String, value: String) {
    #expect(throws: BodyRequest.Refusal.self) {
      try BodyRequest(stream: "camera", query: [(name: name, value: value)])
    }
  }

  @Test func metricsNameEveryStream() throws {
    let writer = try directory.frames()
    try writer.put(1)
    _ = catalog.apply(.present(try directory.reader("camera")))
    let response = router.respond(
      to: request("/metrics"), now: Clock.monotonic, load: ServerLoad(sessions: 3, bodies: 2))
    let lines = String(decoding: bytes(response.body, chunk: 1000), as: UTF8.self)
      .split(separator: "\n")
    #expect(lines.contains("webmon_sessions 3") && lines.contains("webmon_bodies 2"))
    #expect(lines.contains(#"webmon_stream_commits_total{stream="camera"} 1"#))
    #expect(lines.contains("webmon_info{version=\"9\"} 1"))
    // A name for each sample, and its help and type before it.
    let helped = lines.filter { $0.hasPrefix("# HELP") }.count
    #expect(helped == lines.filter { $0.hasPrefix("# TYPE") }.count && helped * 3 == lines.count)
  }

  @Test func answers() throws {
    pages.write("hello/index.html", "<title>Hello</title>")
    #expect(get("/healthz").status == 200)
    #expect(get("/").status == 302 && get("/hello").status == 302)
    #expect(get("/hello/").status == 200)
    #expect(get("/none").status == 404 && get("/api/none").status == 404)
    #expect(get("/ws").status == 400)
    #expect(get("/../x").status == 400)
    let listed = try #require(JSONValue(parsing: bytes(get("/api/pages").body, chunk: 1000)))
    #expect(
      listed
        == .object([
          "pages": .array([
            .object([
              "name": .string("hello"), "title": .string("Hello"), "path": .string("/hello/"),
            ])
          ])
        ]))
  }

  @Test func redirectsAreEncoded() {
    pages.write("a b\u{e9}%/index.html", "x")
    #expect(get("/a b\u{e9}%").headers.first?.value == "/a%20b%C3%A9%25/")
  }

  @Test func everyAnswerHasTheSafeHeaders() {
    for path in ["/healthz", "/", "/none", "/api/streams", "/../x"] {
      let head = String(decoding: get(path).head(), as: UTF8.self)
      for header in [
        "X-Content-Type-Options: nosniff", "Content-Security-Policy: default-src 'self'",
        "Cross-Origin-Opener-Policy: same-origin", "Cross-Origin-Embedder-Policy: require-corp",
        "Cross-Origin-Resource-Policy: same-origin", "Permissions-Policy: camera=()",
        "Referrer-Policy: no-referrer", "Cache-Control: no-cache", "Content-Length: ",
      ] {
        #expect(head.contains(header), "\(path) \(header)")
      }
      #expect(head.hasPrefix("HTTP/1.1 ") && head.hasSuffix("\r\n\r\n"))
    }
  }

  private func refusal(_ request: HTTPRequest) -> HTTPResponse? {
    router.refusal(of: request, now: Clock.monotonic)
  }

  @Test func refusals() {
    var other = request("/")
    other.host = "evil.example"
    #expect(refusal(other)?.status == 403)
    other = request("/")
    other.origin = "null"
    #expect(refusal(other)?.status == 403)
    other = request("/")
    other.method = .other
    #expect(refusal(other)?.status == 405)
    other = request("/")
    other.hasBody = true
    #expect(refusal(other)?.status == 400)
    #expect(refusal(request("/")) == nil)
    let head = String(decoding: refusal(other)?.head() ?? [], as: UTF8.self)
    #expect(head.contains("Connection: close"))
  }

  @Test func requestsThatComeTooFastAreRefused() {
    let router = HTTPRouter(
      catalog: catalog, pages: PageStore(roots: []), rules: HostRules(boundAddress: "127.0.0.1"),
      access: AccessRules(token: nil), maxRequests: 10, version: "9")
    var other = request("/")
    other.peer = PeerAddress(ipv4: [10, 0, 0, 1])
    let answers = (0..<51).map { _ in router.refusal(of: request("/"), now: 7) }
    #expect(answers[..<50].allSatisfy { $0 == nil })
    #expect(answers[50]?.status == 429 && answers[50]?.closes == true)
    #expect(answers[50]?.headers.contains { $0.name == "Retry-After" } == true)
    #expect(router.refusal(of: other, now: 7) == nil, "another address is not held up")
    #expect(router.refusal(of: request("/"), now: 100_000_008) == nil)
  }

  @Test func aRedirectStaysOnThisServer() {
    #expect(HTTPResponse.redirect(to: "//evil.example/x").headers[0].value == "/evil.example/x")
    #expect(
      HTTPResponse.redirect(to: "/a b", arguments: [Array("x=1=&".utf8), Array("y".utf8)]).headers[
        0
      ]
      .value == "/a%20b?x=1%3D%26&y")
  }

  @Test func upgrades() {
    func status(_ request: HTTPRequest, _ protocols: String?, _ sessions: Int = 0) -> Int? {
      router.refusal(
        ofUpgrade: request, protocols: protocols, sessions: sessions, now: Clock.monotonic)?.status
    }
    #expect(status(request("/ws"), "webmon.v1") == nil)
    #expect(status(request("/ws"), "a, webmon.v1 , b") == nil)
    #expect(status(request("/ws"), "a") == 400 && status(request("/ws"), nil) == 400)
    #expect(status(request("/ws"), "webmon.v1", 2047) == nil)
    #expect(status(request("/ws"), "webmon.v1", 2048) == 503)
    #expect(status(request("/wss"), "webmon.v1") == 404)
    var head = request("/ws")
    head.method = .head
    #expect(status(head, "webmon.v1") == 404)
  }

  @Test(arguments: [1, 7, 100, 128, 129, 1000])
  func aDownloadIsANpyFileWhateverTheChunks(chunk: Int) throws {
    let writer = try directory.frames(shape: [6, 9])
    _ = catalog.apply(.present(try directory.reader("camera")))
    #expect(get("/api/streams/camera.npy").status == 503)
    try writer.put(0xaabb_ccdd)
    let response = get("/api/streams/camera.npy")
    #expect(response.status == 200)
    let file = bytes(response.body, chunk: chunk)
    let header = try NpyHeader(parsing: file)
    #expect(header.shape == [6, 9] && header.descr == "'<u4'" && header.encodedLength % 64 == 0)
    #expect(
      Array(file[header.encodedLength...])
        == (0..<54).flatMap { _ in [0xdd, 0xcc, 0xbb, 0xaa] as [UInt8] })
  }

  @Test func aDownloadHoldsItsFrame() throws {
    let writer = try directory.frames(slots: 2)
    try writer.put(1)
    _ = catalog.apply(.present(try directory.reader("camera")))
    let source = try #require(catalog.source(named: "camera"))
    do {
      let response = get("/api/streams/camera.npy")
      #expect(source.reader.leasedSlots == 1)
      #expect(response.body.isIntact)
    }
    catalog.endPass()
    #expect(source.reader.leasedSlots == 0)
  }
}
