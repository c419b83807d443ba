import ArrayShm
import Logging
import Testing

@testable import Bridge

@Suite struct LastPageTests {
  @Test(arguments: [
    ("/viewer/", "/viewer/"),
    ("/viewer/?stream=camera", "/viewer/?stream=camera"),
    ("/viewer/?", "/viewer/"),
    (
      "/my_page-1.2/?a=b&c=d%20e,f:g/h?i+j~(k)*!$'@", "/my_page-1.2/?a=b&c=d%20e,f:g/h?i+j~(k)*!$'@"
    ),
    ("/viewer/?tokens=1&x=token=2", "/viewer/?tokens=1&x=token=2"),
  ])
  func pagesOfThisServer(text: String, target: String) {
    #expect(LastPage(text)?.target == target)
  }

  @Test(arguments: [
    "", "/", "//", "viewer/", "/viewer", "//evil.example/", "/\\evil.example/", "/../", "/./",
    "/.hidden/", "/a/b/", "/a%2f..%2fb/", "/%2e%2e/", "http://evil.example/", "/viewer/#x",
    "/viewer/?a b", "/viewer/?a\r\nSet-Cookie: x=1", "/viewer/\r\nx: y/", "/viewer/?%",
    "/viewer/?%4",
    "/viewer/?%zz", "/viewer/?a;b", "/viewer/?a\"b", "/viewer/?<x>", "/viewer/?a\\b",
    "/viewer/?\u{e9}",
    "/viewer/?token=x", "/viewer/?a=b&token=x", "/viewer/?token", "/ viewer/",
    "/viewer/?" + String(repeating: "a", count: 2048),
  ])
  func nothingElse(text: String) {
    #expect(LastPage(text) == nil)
  }

  private func page(_ cookies: [String], host: String?) -> String? {
    LastPage(of: HTTPRequest(path: Array("/".utf8), host: host, cookies: cookies))?.target
  }

  @Test func theCookieIsThatOfThePortThatTheBrowserSees() {
    let cookies = ["a=b", " webmon-page-6000=/streams/", "webmon-page-=/viewer/"]
    #expect(page(cookies, host: "localhost:6000") == "/streams/")
    #expect(page(cookies, host: "[::1]:6000") == "/streams/")
    #expect(page(cookies, host: "localhost") == "/viewer/")
    #expect(page(cookies, host: "[::1]") == "/viewer/")
    #expect(page(cookies, host: "localhost:5000") == nil)
    #expect(page([], host: nil) == nil)
    // A wrong one does not hide a right one.
    #expect(
      page(["webmon-page-1=//x/", "webmon-page-1=/streams/"], host: "a:1") == "/streams/")
  }

  @Test func theStartLeadsToAPageThatIsThere() throws {
    let directory = try PrivateDirectory()
    let pages = PrivateFolder()
    for name in ["viewer", "streams", "mine"] { pages.write("\(name)/index.html", "<p>") }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
    let router = HTTPRouter(
      catalog: catalog, pages: PageStore(roots: [pages.path]),
      rules: HostRules(boundAddress: "127.0.0.1"), access: AccessRules(token: nil), version: "9")
    func start(_ cookie: String?) -> String? {
      let request = HTTPRequest(
        path: Array("/".utf8), host: "localhost:5000",
        cookies: cookie.map { ["webmon-page-5000=\($0)"] } ?? [])
      return router.respond(to: request, now: Clock.monotonic).headers.first?.value
    }
    #expect(start(nil) == "/streams/")
    #expect(start("/mine/?a=b%20c") == "/mine/?a=b%20c")
    #expect(start("/none/") == "/streams/")
    #expect(start("//evil.example/") == "/streams/")
    let writer = try directory.frames()
    defer { writer.segment.close() }
    _ = catalog.apply(.present(try directory.reader("camera")))
    #expect(start(nil) == "/viewer/")
    #expect(start("/streams/") == "/streams/")
  }
}
