import ArgumentParser
import ArrayShm
import Glibc

/// The other processes of `webmon bench`: this program again, with a work of its own.
struct BenchPart: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-part", abstract: "A part of webmon bench.", shouldDisplay: false)

  enum Work: String, ExpressibleByArgument {
    case read, echo, publish, idle, steady
    case bareRead = "bare-read"
    case bareEcho = "bare-echo"
    case bareSend = "bare-send"
    case bareBroadcast = "bare-broadcast"
  }

  @Argument var work: Work
  @OptionGroup var directory: DirectoryOption
  @Option var name = "frames"
  @Option var bytes = 64
  @Option var slots = 4
  /// Copy each frame out, instead of reading it in place.
  @Flag var copy = false
  /// The first frames, which are not counted.
  @Option var skip: UInt64 = 0
  /// Room for so many latencies; more are not kept.
  @Option var latencies = 0
  @Option var clients = 1
  @Option var frames = 0
  @Option var microseconds = 0

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    // A steady part is started by hand, or by a test; one that publishes waits for a word first; all others end with who started them.
    if work != .steady, work != .publish { StandardInput.whenClosed { _exit(0) } }
    try reporting {
      switch work {
      case .read: try readFrames()
      case .echo: try echoFrames()
      case .publish: try publishAtTimes()
      case .idle: try publishUntouched()
      case .bareRead: try readBareRing()
      case .bareEcho: try echoBareRing()
      case .bareSend: try sendBare()
      case .bareBroadcast: try broadcastBare()
      case .steady: try publishAndRead()
      }
    }
  }
}
