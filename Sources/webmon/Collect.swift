import ArgumentParser
import ArrayShm

struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Remove what writers that are gone have left.",
    discussion: """
      Segments whose writer lives are never touched; readers keep what they have open.

      EXAMPLES
        webmon gc --dry-run
        webmon gc
      """)

  @OptionGroup var directory: DirectoryOption

  @Flag(help: "Only say what would be removed.")
  var dryRun = false

  func run() throws {
    try reporting {
      for file in try directory.directory().collectGarbage(dryRun: dryRun) {
        Console.print(dryRun ? "would remove \(file)" : "removed \(file)")
      }
    }
  }
}
