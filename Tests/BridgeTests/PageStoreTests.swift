import Testing

@testable import Bridge

@Suite struct PageStoreTests {
  let first = PrivateFolder()
  let second = PrivateFolder()

  private var store: PageStore { PageStore(roots: [first.path, second.path]) }

  private func text(_ path: String) -> String? {
    guard let path = PagePath(Array(path.utf8)), case .file(let file, _) = store.find(path) else {
      return nil
    }
    return String(decoding: file.contents(limit: .max), as: UTF8.self)
  }

  @Test func earlierRootsHideLaterOnes() {
    first.write("a/index.html", "first a")
    second.write("a/index.html", "second a")
    second.write("b/index.html", "second b")
    second.write("webmon.js", "script")
    #expect(text("/a/") == "first a" && text("/a/index.html") == "first a")
    #expect(text("/b/") == "second b" && text("/webmon.js") == "script")
    #expect(text("/c/") == nil && text("/a/none.js") == nil)
  }

  @Test func aFolderWithoutItsSlashIsToldApart() throws {
    first.write("a/index.html", "a")
    first.write("empty/x.txt", "x")
    guard case .folder = store.find(try #require(PagePath(Array("/a".utf8)))) else {
      Issue.record("/a is a folder")
      return
    }
    guard case .nothing = store.find(try #require(PagePath(Array("/empty".utf8)))) else {
      Issue.record("/empty has no index.html")
      return
    }
  }

  @Test func linksMayNotLeadOut() {
    second.write("secret", "secret")
    first.write("a/real", "real")
    first.link("a/inside", to: "real")
    first.link("a/outside", to: "\(second.path)/secret")
    first.link("a/up", to: "../..")
    first.link("a/broken", to: "nowhere")
    let store = PageStore(roots: [first.path])
    func found(_ path: String) -> Bool {
      guard let path = PagePath(Array(path.utf8)), case .file = store.find(path) else {
        return false
      }
      return true
    }
    #expect(found("/a/real") && found("/a/inside"))
    #expect(!found("/a/outside") && !found("/a/broken"))
    #expect(!found("/a/up/\(second.path.split(separator: "/").last ?? "")/secret"))
  }

  @Test func aRootMayBeALinkItself() {
    let third = PrivateFolder()
    first.write("a/index.html", "a")
    third.link("link", to: first.path)
    #expect(PageStore(roots: ["\(third.path)/link/"]).pages().map(\.name) == ["a"])
  }

  @Test func pagesInTheOrderOfTheirTabs() {
    for name in ["zebra", "streams", "apple", "viewer"] {
      first.write("\(name)/index.html", "<html><TITLE lang=en>\n The  \(name)\n</title>")
    }
    first.write("client/code.js", "")
    second.write("apple/index.html", "<title>hidden</title>")
    second.write("untitled/index.html", "<title> </title>")
    #expect(store.pages().map(\.name) == ["viewer", "streams", "apple", "untitled", "zebra"])
    #expect(
      store.pages().map(\.title) == [
        "The viewer", "The streams", "The apple", "untitled", "The zebra",
      ])
    #expect(store.pages().first?.path == "/viewer/")
  }

  @Test(arguments: [
    ("<title>a &amp;lt; b</title>", "a &lt; b"),
    ("<title>&lt;&gt;&quot;&#39;&amp;</title>", "<>\"'&"),
    ("<p>no title", nil), ("<title>open", nil), ("<title></title>", nil),
  ])
  func titles(html: String, title: String?) {
    #expect(PageTitle.of(html: Array(html.utf8)) == title)
  }
}
