/// The bounds that keep one page, one message or one segment from taking the server down.
public enum Limits {
  /// WebSocket sessions at a time, if nothing else is asked for.
  public static let sessions = 2048
  /// Connections without a session at a time: requests, downloads, and those that have not said yet what they want.
  package static let requestConnections = 512
  /// HTTP requests a second from one address in the long run, if nothing else is asked for.
  public static let requestsPerSecond = 500
  /// As many seconds' worth of requests may come at once: a page loads some 30 files.
  package static let requestBurstSeconds = 5
  /// Control messages a second from one page in the long run, and at once. A page that paints 1,000 frames a second sends 1,000.
  package static let controlsPerSecond = 10_000
  package static let controlBurst = 20_000
  /// A subscription costs as much as so many other control messages: locks are taken, and the stream is described.
  package static let subscriptionCost = 10
  /// Endless HTTP bodies at a time, those of sessions included.
  package static let bodies = 256
  /// Subscriptions of one session.
  package static let subscriptions = 256
  /// Bytes of one control message from a page.
  package static let controlMessageBytes = 64 * 1024
  /// Bytes of control messages that wait for one page. A page that reads nothing is dropped there.
  package static let queuedControlBytes = 4 * 1024 * 1024
  /// Calls of one session that wait for their replies.
  package static let callsInFlight = 64
  /// Errands of one session that are under way: a page removes that many leftovers at once.
  package static let errands = 1024
  /// A command's time limit, if its producer declares no other.
  package static let commandMilliseconds = 1000
  /// The longest time limit that a producer may declare.
  package static let longestCommandMilliseconds = 600_000
  /// Bytes of a producer's reply, and of a declaration of all its commands.
  package static let replyBytes = 1024 * 1024
  package static let declarationBytes = 32 * 1024
  /// Producers that take commands; commands of one, arguments of one command, choices of one argument.
  package static let commandTargets = 64
  package static let commands = 256
  package static let commandArguments = 64
  package static let commandChoices = 256
  /// Bytes that are copied at once: arrays and logs over this are refused.
  package static let copiedBytes = 256 * 1024 * 1024
  /// Elements that are read for one tile; beyond, a regular part of them.
  package static let tileElements = 16 * 1024 * 1024
  /// Elements of a frame that are read for one cut, likewise.
  package static let cutElements = 256 * 1024 * 1024
  /// Bytes of one tile.
  package static let tileBytes = 64 * 1024 * 1024
  /// Tiles of one view, and those that a page is remembered to have.
  package static let viewTiles = 4096
  /// Tiles of one view that workers make before they can be sent.
  package static let tilesAhead = 3
  /// Bytes of one message of a measurement, and how long a page may keep the stream.
  package static let measurementBytes = 32 * 1024 * 1024
  package static let measurementSeconds = 60
  /// To begin one costs as much as so many control messages: memory is taken and filled.
  package static let measurementCost = 1000
  /// Bytes of the tiles that are kept for whoever asks for them next.
  package static let cachedTileBytes = 256 * 1024 * 1024
  /// Bytes of a source that are cut at once, without a worker.
  package static let directBytes = 64 * 1024
  /// Bytes of records in one data message (one record at least).
  package static let batchBytes = 1024 * 1024
  /// Bytes of one WebSocket fragment, its own header not counted.
  ///
  /// A ping waits for one fragment only: 10 ms instead of 440 ms behind a frame of 64 MB.
  package static let fragmentBytes = 1024 * 1024
  /// The same over TLS, where each is copied before it is encrypted.
  package static let copiedFragmentBytes = 256 * 1024
  /// Messages in an endless body begin at multiples of this many bytes.
  package static let bodyAlignment = 16
  /// How long it takes at most to notice that the client of an endless body has gone while nothing is sent.
  package static let bodyLookNanoseconds: UInt64 = 250_000_000
  /// Bytes that one session may send before the others have their turn.
  package static let burstBytes = 4 * 1024 * 1024
  /// Bytes that all downloads under way may hold as copies: whoever takes them slowly holds them for long.
  package static let downloadedBytes = 1024 * 1024 * 1024
  /// Bytes of an HTTP body that go out in one write.
  package static let httpChunkBytes = 64 * 1024
  /// A page that takes nothing for so long is dropped, and with it its leases.
  package static let stallSeconds = 10
  /// Once the server is told to stop, what is on its way has so long to arrive.
  package static let drainSeconds = 5
  /// Seconds for a handshake, or for the headers of a request, however slowly they come.
  package static let headerSeconds = 5
  /// The slowest page that may hold a lease, in bytes a second, after `stallSeconds`.
  package static let slowestBytesPerSecond = 256 * 1024

  /// Nanoseconds within which a message of this size must be gone: no lease outlives it.
  package static func sendingBound(bytes: Int) -> UInt64 {
    let seconds = Double(stallSeconds) + Double(bytes) / Double(slowestBytesPerSecond)
    return UInt64(seconds * 1e9)
  }
}
