import ArrayShm
import Clibwebsockets
import Glibc
import Logging

/// One WebSocket: moves the bytes of one session. What to send, and when, the session says.
///
/// Frames go from the mapping with `sendmsg`, in fragments; small messages through `lws_write`, and over TLS everything. The rules by which the two do not get into
/// each other's way:
///
/// - Nothing is begun while libwebsockets has something of its own half sent (`lws_partial_buffered`).
/// - While a fragment is half sent nothing is received (`lws_rx_flow_control`): libwebsockets answers a PING or a CLOSE at once, and its
///   answer would land in the middle of the fragment.
/// - Between fragments, what came in goes first: libwebsockets serves writing before reading, and would otherwise never get to it.
/// - Once the connection is closing, nothing more is sent, although it is still called writable.
final class PageConnection {
  let session: Session

  private let connection: Connection
  private let buffer: WriteBuffer
  private let logger: Logger
  private var inbox: [UInt8] = []
  /// The message was too large or binary: the rest of it is dropped.
  private var skipsMessage = false
  private var sending: MessageSender?
  /// The body that carries the data of one of the session's subscriptions.
  weak var body: BodyConnection?
  private var isClosing = false
  /// When the page is dropped unless it takes something before; nil while there is nothing for it.
  private var stallDeadline: UInt64?
  /// When the session has something to send by itself.
  private var wakeTime: UInt64?
  /// The time that the timer is set for: the first of these, or an earlier one.
  private var timerTime: UInt64?

  init(_ connection: Connection, session: Session, buffer: WriteBuffer, logger: Logger) {
    self.connection = connection
    self.session = session
    session.link.isLocal = connection.peer.isLocal
    self.buffer = buffer
    self.logger = logger
  }

  // MARK: Receiving

  func receive(_ bytes: UnsafeRawBufferPointer, now: UInt64) {
    if connection.isFirstFragment {
      inbox.removeAll(keepingCapacity: true)
      skipsMessage = false
      if connection.isBinary {
        skipsMessage = true
        session.receiveBinary()
      }
    }
    if !skipsMessage {
      if inbox.count + bytes.count > Limits.controlMessageBytes {
        skipsMessage = true
        session.receiveTooLarge()
      } else {
        unsafe inbox.append(contentsOf: bytes)
      }
    }
    if connection.isEndOfMessage, !skipsMessage { session.receive(text: inbox, now: now) }
  }

  /// Everything was said that will be, the close included.
  var isDone: Bool { isClosing }

  /// The page has begun to close; libwebsockets answers.
  func peerCloses() { isClosing = true }

  // MARK: Asking for the socket

  /// Asks for the socket if the session has something to send, now or at its time.
  func schedule(now: UInt64) {
    if isClosing { return }
    if sending != nil { return askForSocket(now: now) }
    switch session.readiness(now: now) {
    case .now: askForSocket(now: now)
    case .at(let time): wake(at: time, now: now)
    case .idle: wake(at: nil, now: now)
    }
  }

  func timerFired(now: UInt64) -> Verdict {
    timerTime = nil
    if let stallDeadline, stallDeadline <= now {
      logger.info("a page is dropped: it took nothing for \(Limits.stallSeconds) s")
      sending = nil
      isClosing = true
      return .drop
    }
    if let wakeTime, wakeTime <= now { self.wakeTime = nil }
    schedule(now: now)
    setTimer(now: now)
    return .keep
  }

  private func askForSocket(now: UInt64) {
    // A page that takes nothing is dropped after a while, from when there is something for it.
    if stallDeadline == nil { restartTimeLimit(now: now) }
    connection.askForWritable()
  }

  private func wake(at time: UInt64?, now: UInt64) {
    wakeTime = time
    setTimer(now: now)
  }

  private func restartTimeLimit(now: UInt64) {
    stallDeadline = now + UInt64(Limits.stallSeconds) * 1_000_000_000
    setTimer(now: now)
  }

  /// Sets the timer if nothing wakes this early enough.
  ///
  /// What was put off leaves it as it is, to fire in vain: libwebsockets keeps its timers in a sorted list, and to move one at each message
  /// would be a walk through those of all pages.
  private func setTimer(now: UInt64) {
    let time = min(wakeTime ?? .max, stallDeadline ?? .max)
    guard time < timerTime ?? .max else { return }
    timerTime = time
    connection.setTimer(microseconds: Int64(clamping: (time > now ? time - now : 0) / 1000 + 1))
  }

  // MARK: Sending

  func writable(now: UInt64) -> Verdict {
    // A close that libwebsockets began by itself (a client broke the protocol) shows only in the reason that it has ready.
    if isClosing || connection.hasCloseReason { return .keep }
    if connection.hasUnsent {
      connection.askForWritable()
      return .keep
    }
    let verdict = sendBurst(now)
    guard verdict == .keep, !isClosing else { return verdict }
    connection.receives(sending?.isMidFragment != true)
    return .keep
  }

  private func sendBurst(_ now: UInt64) -> Verdict {
    var burst = 0
    var looks = 0
    while burst < Limits.burstBytes {
      if sending == nil {
        switch session.next(now: Clock.monotonic) {
        case .nothing:
          session.settle()
          // Once more, for what came meanwhile; then others have their turn.
          if session.readiness(now: now) == .now {
            looks += 1
            if looks < 2 { continue }
            connection.askForWritable()
            return .keep
          }
          stallDeadline = nil
          schedule(now: now)
          return .keep
        case .control(let text):
          guard send(text, now) else { return .drop }
          burst += text.count
          if connection.hasUnsent {
            connection.askForWritable()
            return .keep
          }
          continue
        case .close(let code, let reason):
          close(code, reason)
          return .drop
        case .data(let message):
          sending = MessageSender(
            message, framing: .webSocket, isSecure: connection.isSecure, now: now)
        }
      }
      if sending?.isMidFragment == false, connection.hasInput { break }
      switch sendPart(now) {
      case .sent(let count): burst += count
      case .full: burst = Limits.burstBytes
      case .failed(let reason):
        logger.info("a page is dropped: \(reason)")
        sending = nil
        isClosing = true
        return .drop
      }
    }
    connection.askForWritable()
    return .keep
  }

  /// Small messages: through libwebsockets, with a private copy of their bytes.
  private func send(_ text: [UInt8], _ now: UInt64) -> Bool {
    let bytes = text.count + (text.count < 126 ? 2 : text.count < 65536 ? 4 : 10)
    session.counters.countSend(bytes, of: bytes)
    session.counters.messages += 1
    guard buffer.write(text, on: connection, as: LWS_WRITE_TEXT) else { return false }
    restartTimeLimit(now: now)
    return true
  }

  private func close(_ code: UInt16, _ reason: String) {
    isClosing = true
    connection.setCloseReason(code, reason)
  }

  /// Sends what the kernel takes of the present fragment, from the mapping.
  private func sendPart(_ now: UInt64) -> MessageSender.Part {
    guard
      let part = sending?.sendPart(
        on: connection, through: buffer, counting: &session.counters, now: now)
    else { preconditionFailure("nothing is being sent") }
    guard part.hasSent else { return part }
    if let sending, sending.isComplete {
      self.sending = nil
      session.finish(sending.message, isSent: true)
      session.link.look(at: connection, now: now)
    }
    restartTimeLimit(now: now)
    return part
  }

  /// The connection is gone.
  func end() {
    isClosing = true
    sending = nil
    session.end()
  }
}
