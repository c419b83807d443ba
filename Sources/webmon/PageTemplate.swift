import ArrayShm
import Bridge
import Glibc

/// What a new page begins with: three files with the words `__NAME__` and `__TITLE__` in them.
struct PageTemplate {
  /// With the server's own pages, but without an index.html: none of them is a tab.
  private static let folder = "templates"
  /// What each file becomes; `NAME` stands for the page's.
  private static let files = [
    ("page.html", "index.html"), ("page.js", "NAME.js"), ("page.css", "NAME.css"),
  ]
  private static let largest = 1 << 20

  /// Each file's name, and its text.
  private let files: [(String, String)]

  /// - Throws: `CommandFailure` if there is no such template.
  init(_ name: String) throws {
    guard let pages = PageRoots.own(), let root = FilePath.real("\(pages)/\(Self.folder)") else {
      throw CommandFailure(
        "the templates are not where the pages are; set WEBMON_PAGES to the folder Sources/webmon/Pages of a checkout"
      )
    }
    guard SegmentName.isValid(name), OpenFile.below(root, "\(name)/page.html") != nil else {
      throw CommandFailure(
        "there is no template \(ElementValue.quoted(name)); there are \(Self.names(in: root).joined(separator: ", "))"
      )
    }
    files = try Self.files.map { source, target in
      guard let file = OpenFile.below(root, "\(name)/\(source)") else {
        throw CommandFailure("\(root)/\(name)/\(source) cannot be read")
      }
      return (target, String(decoding: file.contents(limit: Self.largest), as: UTF8.self))
    }
  }

  /// Writes a page's folder. Either all of it is there afterwards, or nothing of it.
  func write(_ page: String, in folder: String) throws {
    let path = "\(folder)/\(page)"
    try Self.makeFolders(folder)
    guard unsafe mkdir(path, 0o777) == 0 else {
      if errno == EEXIST {
        throw CommandFailure("\(path) is there already, and stays as it is; choose another name")
      }
      throw Self.failure("\(path) cannot be made")
    }
    var written: [String] = []
    do {
      for (name, text) in files {
        let target = "\(path)/\(Self.replace("NAME", by: page, in: name))"
        let file = try NewFile(target, replaces: false)
        try file.write(Array(Self.filled(text, page).utf8))
        try file.finish()
        written.append(target)
      }
    } catch {
      for target in written { unsafe unlink(target) }
      unsafe rmdir(path)
      throw error
    }
  }

  /// A folder, and those it is in, as far as they are missing.
  private static func makeFolders(_ folder: String) throws {
    var path = folder.hasPrefix("/") ? "/" : ""
    for part in folder.split(separator: "/") {
      path += path.isEmpty || path == "/" ? String(part) : "/\(part)"
      guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST || errno == EROFS else {
        throw failure("the folder \(path) cannot be made")
      }
    }
  }

  /// `my-page_2` is titled "My page 2". A name has no character that HTML or JavaScript would take for something else.
  private static func filled(_ text: String, _ page: String) -> String {
    let words = page.split { "-_.".contains($0) }.joined(separator: " ")
    let title = words.prefix(1).uppercased() + words.dropFirst()
    return replace("__NAME__", by: page, in: replace("__TITLE__", by: title, in: text))
  }

  private static func replace(_ word: String, by text: String, in whole: String) -> String {
    whole.split(separator: word, omittingEmptySubsequences: false).joined(separator: text)
  }

  private static func names(in root: String) -> [String] {
    guard let directory = unsafe opendir(root) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
      }
      if OpenFile.below(root, "\(name)/page.html") != nil, SegmentName.isValid(name) {
        names.append(name)
      }
    }
    return names.sorted()
  }

  private static func failure(_ what: String) -> CommandFailure {
    CommandFailure("\(what): \(unsafe String(cString: strerror(errno)))")
  }
}
