import Bridge
import Glibc

/// Where pages come from, found at run time.
enum PageRoots {
  /// - Parameter added: those of `--pages`, which come first. Each must be a directory.
  static func find(added: [String]) throws -> [String] {
    for path in added where !isDirectory(path) {
      throw CommandFailure("--pages \(path) is not a directory that can be read")
    }
    return added + [own(), charts()].compactMap { $0 }
  }

  /// The server's own pages: what the environment names, else what lies beside the program, else, for a program in the build folder of
  /// a checkout, its sources.
  private static func own() -> String? {
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

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
