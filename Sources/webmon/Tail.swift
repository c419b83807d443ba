import ArgumentParser
import ArrayShm
import Bridge
import Synchronization

struct Tail: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follow a segment.",
    discussion: """
      Of a log the records, beginning with the last ten; of frames and arrays one line a commit, with minimum,
      maximum and mean. Ends with the writer, or with Ctrl-C.

      EXAMPLES
        webmon tail loads
        webmon tail loads --json --count 100
        webmon tail camera
      """)

  @Argument(help: "The segment's name.")
  var name: String

  @OptionGroup var directory: DirectoryOption

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Option(help: "End after so many lines.")
  var count: Int?

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count \(count) is too few; 1 is the least") }
  }

  func run() throws {
    try reporting {
      let interruption = Interruption()
      TerminationSignals.handle { _ in interruption.set() }
      let directory = try directory.directory()
      let source = try StreamSource(try SegmentReader(directory: directory, name: name))
      try source.addSubscriber()
      defer { source.removeSubscriber() }
      var lines = TailLines(of: source, json: json, limit: count ?? .max)
      while !interruption.isSet, !lines.isFull {
        do throws(SegmentError) {
          try lines.print(newIn: source)
          try source.reader.wait(after: lines.sequence, timeout: .milliseconds(200))
        } catch {
          switch error.code {
          case .timeout: continue
          case .closed, .superseded:
            Console.complain(error.message)
            return
          default: throw error
          }
        }
      }
    }
  }
}

/// Somebody pressed Ctrl-C.
private final class Interruption: Sendable {
  private let flag = Atomic(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
