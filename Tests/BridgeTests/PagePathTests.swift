import Testing

@testable import Bridge

@Suite struct PagePathTests {
  @Test(arguments: [
    ("/", "", true), ("/a", "a", false), ("/a/", "a", true), ("/a/b.js", "a/b.js", false),
    ("/a b/ü", "a b/ü", false), ("/a/b/", "a/b", true), ("/a..b/c.", "a..b/c.", false),
  ])
  func valid(path: String, text: String, isFolder: Bool) {
    let parsed = PagePath(Array(path.utf8))
    #expect(parsed?.text == text && parsed?.isFolder == isFolder)
  }

  @Test(arguments: [
    "", "a", "//", "/a//b", "//a", "/a//", "/..", "/../a", "/a/..", "/a/../b", "/./a", "/a/.",
    "/.hidden",
    "/a/.git/x", "/...", "/a\\b", "/\\..\\x", "/a\u{0}", "/a\n", "/\u{7f}",
  ])
  func invalid(path: String) { #expect(PagePath(Array(path.utf8)) == nil) }

  @Test func notUTF8() {
    #expect(PagePath([0x2f, 0xff]) == nil)
    #expect(PagePath([0x2f, 0xc0, 0xae, 0xc0, 0xae]) == nil)
  }

  @Test func tooLong() {
    #expect(PagePath(Array(("/" + String(repeating: "a", count: 1023)).utf8)) != nil)
    #expect(PagePath(Array(("/" + String(repeating: "a", count: 1024)).utf8)) == nil)
  }
}
