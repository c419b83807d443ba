import ArrayShm
import Clibwebsockets
import Logging

/// One endless HTTP body: moves the messages of one feed from where they lie to the socket.
///
/// libwebsockets has the head of the answer and nothing else of it. It reads nothing while an answer is not complete, and would spin on
/// bytes that come in, or on the end of them; with reading off it does not serve writing either. So reading is off while there is
/// nothing to send, and a timer looks whether something came in. The request was the last one, so that can only be the end.
final class BodyConnection {
  private let connection: Connection
  private let feed: any BodyFeed
  private let buffer: WriteBuffer
  private let logger: Logger
  /// The page whose session feeds it; gaps and turns that come up here go over its WebSocket.
  private(set) weak var page: PageConnection?
  private var sending: MessageSender?
  private var isEnded = false
  /// The server stops: what is on its way is the last.
  private var isStopping = false
  /// The time limit for progress is running.
  private var isTimed = false
  /// The time that the timer is set for.
  private var wakeTime: UInt64 = .max

  init(
    _ connection: Connection, feed: any BodyFeed, page: PageConnection?, buffer: WriteBuffer,
    logger: Logger
  ) {
    self.connection = connection
    self.feed = feed
    self.page = page
    self.buffer = buffer
    self.logger = logger
  }

  /// The head of the answer was written.
  func begin(now: UInt64) {
    // Kept, they would be taken for forgotten after some minutes, and the connection would be closed.
    connection.dropHeaders()
    connection.limit(NO_PENDING_TIMEOUT, seconds: 0)
    page?.body = self
    page?.schedule(now: now)
    schedule(now: now)
  }

  // MARK: Asking for the socket

  /// Ends the body when the message that is on its way has gone.
  func stop(now: UInt64) {
    isStopping = true
    schedule(now: now)
  }

  func hear(_ change: CatalogChange, now: UInt64) { feed.hear(change, now: now) }

  /// Whether it sends one of these streams.
  func follows(_ keys: Set<StreamKey>) -> Bool { feed.follows(keys) }

  /// Asks for the socket if there is something to send or the end has come, now or at its time.
  func schedule(now: UInt64) {
    if isEnded { return }
    if sending != nil || isOver {
      askForSocket()
      return look(at: nil, now)
    }
    switch feed.readiness(now: now) {
    case .now:
      askForSocket()
      look(at: nil, now)
    case .at(let time): rest(until: time, now)
    case .idle: rest(until: nil, now)
    }
  }

  private var isOver: Bool { isStopping || feed.isOver }

  private func askForSocket() {
    // A client that takes nothing is dropped after a while, from when there is something for it.
    if !isTimed { restartTimeLimit() }
    connection.receives(true)
    connection.askForWritable()
  }

  private func rest(until time: UInt64?, _ now: UInt64) {
    connection.receives(false)
    look(at: time, now)
  }

  /// Sets the timer: for what is due then, and to see whether the client is there.
  private func look(at due: UInt64?, _ now: UInt64) {
    let time = min(due ?? .max, now + Limits.bodyLookNanoseconds)
    guard time < wakeTime else { return }
    wakeTime = time
    connection.setTimer(microseconds: Int64(clamping: (time > now ? time - now : 0) / 1000 + 1))
  }

  func timerFired(now: UInt64) -> Verdict {
    wakeTime = .max
    if connection.hasInput { return drop("its client has gone, or sent more than a request") }
    schedule(now: now)
    return .keep
  }

  private func restartTimeLimit() {
    isTimed = true
    connection.limit(PENDING_TIMEOUT_HTTP_CONTENT, seconds: Limits.stallSeconds)
  }

  private func endTimeLimit() {
    guard isTimed else { return }
    isTimed = false
    connection.limit(NO_PENDING_TIMEOUT, seconds: 0)
  }

  // MARK: Sending

  func writable(now: UInt64) -> Verdict {
    if isEnded { return .drop }
    // The head of the answer, or a part of it.
    if connection.hasUnsent {
      connection.askForWritable()
      return .keep
    }
    let verdict = sendBurst(now)
    page?.schedule(now: now)
    return verdict
  }

  private func sendBurst(_ now: UInt64) -> Verdict {
    var burst = 0
    while burst < Limits.burstBytes {
      if sending == nil {
        if isOver { return drop("the stream, its subscription or the server has ended") }
        guard let message = feed.next(now: Clock.monotonic) else {
          endTimeLimit()
          schedule(now: now)
          return .keep
        }
        sending = MessageSender(
          message, framing: .none, isSecure: connection.isSecure, now: now)
      }
      guard
        let part = sending?.sendPart(
          on: connection, through: buffer, counting: &feed.counters, now: now)
      else {
        preconditionFailure("nothing is being sent")
      }
      if part.hasSent {
        restartTimeLimit()
        if let sending, sending.isComplete {
          self.sending = nil
          feed.finish(sending.message, isSent: true)
          page?.session.link.look(at: connection, now: now)
        }
      }
      switch part {
      case .sent(let count): burst += count
      case .full: burst = Limits.burstBytes
      case .failed(let reason): return drop(reason)
      }
    }
    connection.askForWritable()
    return .keep
  }

  private func drop(_ reason: String) -> Verdict {
    end(reason)
    // So that libwebsockets sees the end of the connection.
    connection.receives(true)
    return .drop
  }

  /// The connection is gone, or is about to be.
  func end(_ reason: String) {
    if isEnded { return }
    isEnded = true
    logger.debug("a body of \(feed.name) ends: \(reason)")
    if let sending { feed.finish(sending.message, isSent: false) }
    sending = nil
    feed.end(reason)
    if page?.body === self { page?.body = nil }
    page?.schedule(now: Clock.monotonic)
  }
}
