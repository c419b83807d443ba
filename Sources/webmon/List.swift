import ArgumentParser
import ArrayShm
import Bridge

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List the segments.",
    discussion: """
      EXAMPLES
        webmon ls
        webmon ls --all
        webmon ls --json | python3 -m json.tool
      """)

  @OptionGroup var directory: DirectoryOption

  @Flag(help: "Print JSON: what /api/streams of the server says.")
  var json = false

  @Flag(help: "List webmon's own segments, too: those of its commands.")
  var all = false

  func run() throws {
    try reporting {
      let directory = try directory.directory()
      var streams: [StreamObject] = []
      var isWhole = true
      for name in try directory.names() where all || !SegmentName.isReserved(name) {
        do throws(SegmentError) {
          let reader = try SegmentReader(directory: directory, name: name)
          streams.append(try StreamSource(reader).object(now: Clock.monotonic))
        } catch  where error.code == .notFound {
          // Gone since its name was read.
        } catch {
          Console.complain(error.message)
          isWhole = false
        }
      }
      if json {
        let listing = StreamListing(
          version: ArrayShm.version, directory: directory.path, clock: Clock.monotonic,
          streams: streams)
        Console.print(String(decoding: JSONText.encode(listing, pretty: true), as: UTF8.self))
      } else {
        StreamTable.print(streams)
      }
      if !isWhole { throw ExitCode(1) }
    }
  }
}
