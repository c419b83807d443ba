import ArgumentParser
import ArrayShm
import Bridge

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show everything about one segment.",
    discussion: """
      EXAMPLES
        webmon info camera
        webmon info camera --json
      """)

  @Argument(help: "The segment's name.")
  var name: String

  @OptionGroup var directory: DirectoryOption

  @Flag(help: "Print JSON: the stream object of the wire protocol.")
  var json = false

  func run() throws {
    try reporting {
      let reader = try SegmentReader(directory: try directory.directory(), name: name)
      let source = try StreamSource(reader)
      let stream = try source.object(now: Clock.monotonic)
      if json {
        Console.print(String(decoding: JSONText.encode(stream, pretty: true), as: UTF8.self))
      } else {
        for (key, value) in lines(stream, source) {
          Console.print(key + String(repeating: " ", count: 12 - key.count) + value)
        }
      }
    }
  }

  private func lines(_ stream: StreamObject, _ source: StreamSource) -> [(String, String)] {
    let description = source.description
    var lines = [
      ("name", stream.name),
      ("path", description.path),
      ("kind", stream.kind),
      ("state", stream.state),
      ("descr", stream.descr),
      ("itemsize", "\(stream.itemsize) bytes"),
      ("shape", "\(stream.shape)"),
      ("slots", "\(stream.slots)"),
      ("size", "\(stream.nbytes) bytes"),
      ("sequence", "\(stream.sequence), \(StreamTable.age(stream.ageNanoseconds)) old"),
      ("dropped", "\(stream.dropped)"),
      ("readers", "\(stream.readers)"),
      ("writer", "process \(stream.writer)"),
      ("created", TimeText.iso(Int64(clamping: stream.created), unit: "ns") + " UTC"),
      ("generation", stream.generation),
    ]
    if let tile = stream.tile { lines.insert(("tile", "\(tile)"), at: 8) }
    if description.sparse { lines.append(("sparse", "yes: memory is taken as it is written")) }
    if stream.recarray { lines.append(("recarray", "yes")) }
    lines.append(("metadata", description.metadata))
    return lines
  }
}
