import Bridge
import Glibc

/// Where pages come from, found at run time.
enum PageRoots {
  /// - Parameter added: those of `--pages`, which come first. Each must be a directory.
  static func find(added: [String]) throws -> [String] {
    for path in added { try check(path) }
    return added + [own(), charts()].compactMap { $0 }
  }

  private static func check(_ path: String) throws {
    let right = "a folder is needed that holds a folder for each page (webmon new-page makes one)"
    guard exists(path) else { throw CommandFailure("--pages \(path) is not there; \(right)") }
    guard isDirectory(path) else {
      throw CommandFailure("--pages \(path) is not a directory; \(right)")
    }
    guard unsafe access(path, R_OK | X_OK) == 0 else {
      throw CommandFailure("--pages \(path) cannot be read by this user; \(right)")
    }
    // What somebody wants to see, one folder too deep: nothing of it would show.
    let isPage = exists("\(path)/index.html") && PageStore(roots: [path]).pages().isEmpty
    if isPage {
      throw CommandFailure("--pages \(path) is a page itself; give the folder that it is in")
    }
  }

  /// The server's own pages: what the environment names, else what lies beside the program, else, for a program in the build folder of
  /// a checkout, its sources.
  static func own() -> String? {
    if let path = Environment.value("WEBMON_PAGES") { return path }
    return ["pages", "../share/webmon/pages", "../../../Sources/webmon/Pages"]
      .map(besideProgram).first(where: isDirectory)
  }

  /// The charts' scripts, which come from a package when this is built (`make charts`). Without them only the charts are missing.
  private static func charts() -> String? {
    if let path = Environment.value("WEBMON_CHARTS") { return path }
    return ["charts", "../share/webmon/charts", "../../charts"]
      .map(besideProgram).first(where: isDirectory)
  }

  private static func besideProgram(_ path: String) -> String {
    let program = FilePath.real("/proc/self/exe")
    let folder = program.map { $0.split(separator: "/").dropLast().joined(separator: "/") } ?? ""
    return "/\(folder)/\(path)"
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
