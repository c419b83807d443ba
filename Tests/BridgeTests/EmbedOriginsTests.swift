import ArrayShm
import Logging
import Testing

@testable import Bridge

@Suite struct EmbedOriginsTests {
  @Test func originsAsThePolicyWritesThem() throws {
    #expect(try EmbedOrigins([]) == .none)
    let origins = try EmbedOrigins([
      "https://Hub.example.org/", "http://localhost:*", "loopback", "http://127.0.0.1:8888",
    ])
    #expect(
      origins.sources == [
        "https://hub.example.org", "http://localhost:*", "http://127.0.0.1:*",
        "https://localhost:*",
        "https://127.0.0.1:*", "http://127.0.0.1:8888",
      ])
  }

  @Test(arguments: [
    "", "localhost", "localhost:8888", "ftp://a", "http://", "http://a b", "http://a;b",
    "http://a,b",
    "http://a:", "http://a:x", "http://a:123456", "http://a/b", "http://.a", "http://*", "*",
    "'self'",
    "http://a\r\nX: y", "Loopback",
  ])
  func whatIsNoOrigin(text: String) {
    #expect(throws: ServerError.self) { try EmbedOrigins([text]) }
  }

  @Test func onlyPagesMayBeFramed() throws {
    let directory = try PrivateDirectory()
    let pages = PrivateFolder()
    pages.write("mine/index.html", "<title>Mine</title>")
    pages.write("mine/mine.js", "")
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
    let router = HTTPRouter(
      catalog: catalog, pages: PageStore(roots: [pages.path]),
      rules: HostRules(boundAddress: "127.0.0.1"), access: AccessRules(token: nil),
      embedders: try EmbedOrigins(["http://localhost:8888"]), version: "9")
    func head(_ path: String) -> String {
      let request = HTTPRequest(path: Array(path.utf8), host: "localhost:5000")
      return String(
        decoding: router.respond(to: request, now: Clock.monotonic).head(), as: UTF8.self)
    }
    let page = head("/mine/")
    #expect(page.contains("frame-ancestors 'self' http://localhost:8888\r\n"))
    #expect(page.contains("Cross-Origin-Resource-Policy: cross-origin\r\n"))
    #expect(page.split(separator: "Content-Security-Policy").count == 2)
    for path in ["/mine/mine.js", "/api/streams", "/api/pages", "/nothing/"] {
      #expect(head(path).contains("frame-ancestors 'self'\r\n"))
      #expect(head(path).contains("Cross-Origin-Resource-Policy: same-origin\r\n"))
    }
  }

  @Test func aServerSaysWhatItIs() throws {
    let directory = try PrivateDirectory()
    #expect(RunningServer.of(directory.segments) == nil)
    let about = RunningServer(
      address: "http://127.0.0.1:5000/", pid: 7, version: "9", pages: ["/a", "/b c"],
      embedders: ["http://localhost:*"])
    let log = try CommandLog(directory: directory.segments, about: about)
    #expect(RunningServer.of(directory.segments) == about)
    log.close()
    #expect(RunningServer.of(directory.segments) == nil)
  }
}
