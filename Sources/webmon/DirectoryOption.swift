import ArgumentParser
import ArrayShm

/// `--dir`, for every command.
struct DirectoryOption: ParsableArguments {
  @Option(
    name: .customLong("dir"),
    help: ArgumentHelp(
      "The segment directory (default: $WEBMON_DIR, else /dev/shm/webmon-<uid>).", valueName: "dir")
  )
  var path: String?

  func directory() throws(SegmentError) -> SegmentDirectory { try SegmentDirectory(path) }
}
