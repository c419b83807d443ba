import ArrayShm
import Glibc

/// The pages: folders with an `index.html` below a few roots. Read anew at each request, so that a folder put there appears at once.
package struct PageStore: Sendable {
  /// Real paths; what an earlier one has hides the same name in a later one.
  package let roots: [String]

  package init(roots: [String]) { self.roots = roots.compactMap(FilePath.real) }

  /// The tabs that come first, in this order; the others follow by name.
  private static let firstTabs = ["viewer", "tiles", "loader", "streams", "throughput", "table"]
  /// The title is looked for in so many bytes.
  private static let titleBytes = 64 * 1024

  package enum Found {
    case file(OpenFile, type: String)
    /// A folder asked for without its slash: relative addresses in it would go wrong.
    case folder
    case nothing
  }

  package func find(_ path: PagePath) -> Found {
    let file = path.isFolder ? (path.text.isEmpty ? "" : path.text + "/") + "index.html" : path.text
    for root in roots {
      if let open = OpenFile.below(root, file) { return .file(open, type: ContentType.of(file)) }
    }
    guard !path.isFolder, roots.contains(where: { OpenFile.below($0, file + "/index.html") != nil })
    else { return .nothing }
    return .folder
  }

  package func hasPage(_ name: String) -> Bool {
    roots.contains { OpenFile.below($0, "\(name)/index.html") != nil }
  }

  package struct Page: Sendable, Equatable, Encodable {
    package let name: String
    package let title: String
    package let path: String
  }

  /// All pages, in the order of their tabs.
  package func pages() -> [Page] {
    var found: [String: Page] = [:]
    for root in roots {
      for name in folders(in: root) where found[name] == nil {
        guard let index = OpenFile.below(root, name + "/index.html") else { continue }
        let html = index.contents(limit: Self.titleBytes)
        found[name] = Page(name: name, title: PageTitle.of(html: html) ?? name, path: "/\(name)/")
      }
    }
    let first = Self.firstTabs.compactMap { found.removeValue(forKey: $0) }
    return first + found.values.sorted { $0.name < $1.name }
  }

  /// Names that an address can have without being encoded.
  private func folders(in root: String) -> [String] {
    guard let directory = unsafe opendir(root) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
      }
      if SegmentName.isValid(name) { names.append(name) }
    }
    return names
  }
}
