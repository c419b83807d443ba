import ArgumentParser
import ArrayShm
import Bridge

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the newest frame, a log's records, or an array to a .npy file.",
    discussion: """
      The file is whole or it is not there: it is written under another name and then put in its place.

      EXAMPLES
        webmon export camera -o frame.npy
        webmon export loads -o loads.npy --force
      """)

  @Argument(help: "The segment's name.")
  var name: String

  @Option(
    name: [.short, .customLong("output")], help: ArgumentHelp("The file.", valueName: "file"))
  var output: String

  @Flag(help: "Overwrite the file if it is there.")
  var force = false

  @OptionGroup var directory: DirectoryOption

  func run() throws {
    try reporting {
      let reader = try SegmentReader(directory: try directory.directory(), name: name)
      let file = try NewFile(output, replaces: force)
      // A sparse array may be far larger than memory, where a copy of it has to go.
      let snapshot = try NpySnapshot(
        of: try StreamSource(reader),
        limit: reader.description.sparse ? Limits.copiedBytes : .max)
      try file.write(snapshot.header)
      try unsafe snapshot.payload.withUnsafeBytes { bytes in
        try unsafe file.write(UnsafeRawBufferPointer(rebasing: bytes[..<snapshot.payloadBytes]))
      }
      guard snapshot.payload.isIntact else {
        throw CommandFailure(
          "\(name): the writer took the frame back while it was written; try again")
      }
      try file.finish()
    }
  }
}
