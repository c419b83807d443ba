import ArgumentParser
import ArrayShm
import Bridge

struct NewPage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-page",
    abstract: "Begin a page of your own: a folder that works at once.",
    discussion: """
      Writes PAGES/NAME with index.html, NAME.js and NAME.css, and prints how to see it. Nothing is built: edit, and reload.
      NAME may have its folder in front: my/pages/NAME is the same as NAME --pages my/pages.

      TEMPLATES
        image      a stream of images, in about three lines
        spectrum   a 1-D or 2-D stream of numbers as a live spectrum, with peak hold and decibels
        points     points in space (x, y, z and a value), to turn and zoom
        control    the commands of a producer as buttons and sliders, with live values from a log

      EXAMPLES
        webmon new-page hello
        webmon new-page scope --template spectrum --pages ~/pages
      """)

  @Argument(help: "The page's name: its folder, and its address /NAME/.")
  var name: String

  @Option(help: ArgumentHelp("What to begin with.", valueName: "template"))
  var template = "image"

  @Option(
    help: ArgumentHelp(
      "The folder for your pages, made if it is not there (default: pages). The same for webmon serve --pages.",
      valueName: "dir"))
  var pages: String?

  @OptionGroup var directory: DirectoryOption

  func run() throws {
    try reporting {
      let (folder, page) = try place()
      try PageName.check(page)
      let template = try PageTemplate(template)
      try template.write(page, in: folder)
      Console.print("\(folder)/\(page)/: index.html, \(page).js and \(page).css")
      Console.print("to see it:  \(try howToSee(page, in: folder))")
    }
  }

  /// The folder of pages and the name, however they were given.
  private func place() throws -> (folder: String, page: String) {
    let path = trimmed(name)
    guard let slash = path.lastIndex(of: "/") else {
      return (trimmed(pages ?? "pages"), String(path))
    }
    if let pages {
      throw CommandFailure(
        "the folder is given twice, in \(name) and in --pages \(pages); once is enough")
    }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (trimmed(folder), String(path[path.index(after: slash)...]))
  }

  private func trimmed(_ folder: String) -> String {
    var folder = folder
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return folder
  }

  /// The address, if a server shows the folder already, else the line that starts one.
  private func howToSee(_ page: String, in folder: String) throws -> String {
    if let server = RunningServer.of(try directory.directory()), let address = server.address,
      address.hasPrefix("http"), let real = FilePath.real(folder), server.pages.contains(real)
    {
      return "\(address)\(page)/"
    }
    let isPlain = folder.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
    // For a shell: what is in single quotes is taken as it is.
    let quoted =
      isPlain
      ? folder
      : "'"
        + folder.split(
          separator: "'", omittingEmptySubsequences: false
        ).joined(separator: "'\\''") + "'"
    return "webmon serve --pages \(quoted) --open"
  }
}
