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
  private var sending: Sending?
  private var isClosing = false
  /// When the page is dropped unless it takes something before; nil while there is nothing for it.
  private var stallDeadline: UInt64?
  /// When the session has something to send by itself.
  private var wakeTime: UInt64?
  /// The time that the timer is set for: the first of these, or an earlier one.
  private var timerTime: UInt64?

  private struct Sending {
    let message: OutgoingMessage
    var cursor: FragmentCursor
    /// No lease outlives this.
    let deadline: UInt64
  }

  /// What a callback of libwebsockets returns.
  enum Verdict {
    case keep
    case drop

    var code: Int32 { self == .keep ? 0 : -1 }
  }

  init(_ connection: Connection, session: Session, buffer: WriteBuffer, logger: Logger) {
    self.connection = connection
    self.session = session
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
    connection.receives(sending?.cursor.isMidFragment != true)
    return .keep
  }

  private func sendBurst(_ now: UInt64) -> Verdict {
    var burst = 0
    while burst < Limits.burstBytes {
      if sending == nil {
        switch session.next(now: Clock.monotonic) {
        case .nothing:
          session.settle()
          if session.readiness(now: now) == .now { continue }
          stallDeadline = nil
          schedule(now: now)
          return .keep
        case .control(let text):
          guard send(text, now) else { return .drop }
          burst += text.count
          if connection.hasUnsent { break }
          continue
        case .close(let code, let reason):
          close(code, reason)
          return .drop
        case .data(let message):
          sending = Sending(
            message: message,
            cursor: FragmentCursor(
              messageBytes: message.count,
              fragmentBytes: connection.isSecure
                ? Limits.copiedFragmentBytes : Limits.fragmentBytes),
            deadline: now + Limits.sendingBound(bytes: message.count))
        }
      }
      if sending?.cursor.isMidFragment == false, connection.hasInput { break }
      switch connection.isSecure ? sendCopy(now) : sendPart(now) {
      case .sent(let count): burst += count
      case .wouldBlock: burst = Limits.burstBytes
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
    session.counters.sends += 1
    session.counters.messages += 1
    session.counters.sentBytes += UInt64(
      text.count + (text.count < 126 ? 2 : text.count < 65536 ? 4 : 10))
    guard buffer.write(text, on: connection, as: LWS_WRITE_TEXT) else { return false }
    restartTimeLimit(now: now)
    return true
  }

  private func close(_ code: UInt16, _ reason: String) {
    isClosing = true
    connection.setCloseReason(code, reason)
  }

  private enum Part {
    case sent(Int)
    case wouldBlock
    case failed(String)
  }

  /// Sends what the kernel takes of the present fragment, from the mapping.
  private func sendPart(_ now: UInt64) -> Part {
    guard var sending else { preconditionFailure("nothing is being sent") }
    if now > sending.deadline { return .failed("it takes a message too slowly") }
    let wanted = sending.cursor.pendingBytes
    let count = handOver(sending)
    if count < 0 {
      switch errno {
      case EAGAIN, EWOULDBLOCK: return .wouldBlock
      case EINTR: return .sent(0)
      default: return .failed(unsafe String(cString: strerror(errno)))
      }
    }
    // A writer with an overwrite bound may have taken the slot back: the bytes that went could be of two frames.
    guard sending.message.payload.isIntact else {
      return .failed("the writer took back a frame that was being sent")
    }
    if count < wanted { session.counters.partialSends += 1 }
    advance(&sending, by: count, now)
    return .sent(count)
  }

  /// Sends the present fragment, whole, from a copy: what is encrypted has to go through libwebsockets, which keeps what the socket does
  /// not take. That is one fragment at most.
  private func sendCopy(_ now: UInt64) -> Part {
    guard var sending else { preconditionFailure("nothing is being sent") }
    if now > sending.deadline { return .failed("it takes a message too slowly") }
    let message = sending.message
    let range = sending.cursor.pendingMessage
    let count = sending.cursor.pendingBytes
    let ofPayload = max(0, range.upperBound - max(range.lowerBound, message.header.count))
    var isIntact = true
    let isWritten = unsafe buffer.write(room: range.count, on: connection, as: sending.cursor.kind)
    { target in
      unsafe message.copy(range, to: target)
      isIntact = message.payload.isIntact
      return isIntact ? range.count : nil
    }
    guard isIntact else { return .failed("the writer took back a frame that was being sent") }
    guard isWritten else { return .failed("the connection is gone") }
    session.counters.copiedBytes += UInt64(ofPayload)
    advance(&sending, by: count, now)
    guard connection.hasUnsent else { return .sent(count) }
    session.counters.partialSends += 1
    return .wouldBlock
  }

  private func advance(_ sending: inout Sending, by count: Int, _ now: UInt64) {
    session.counters.sends += 1
    session.counters.sentBytes += UInt64(count)
    sending.cursor.advance(by: count)
    if sending.cursor.isComplete {
      session.counters.messages += 1
      self.sending = nil
      session.settle()
    } else {
      self.sending = sending
    }
    restartTimeLimit(now: now)
  }

  /// One `sendmsg` of [WebSocket header][data header][payload], as far as they belong to the present fragment.
  private func handOver(_ sending: Sending) -> Int {
    let cursor = sending.cursor
    let header = sending.message.header
    let inMessage = cursor.pendingMessage
    return unsafe cursor.webSocketHeader.withUnsafeBytes { frame in
      unsafe header.withUnsafeBytes { header in
        unsafe sending.message.payload.withUnsafeBytes { payload in
          let ofHeader = inMessage.clamped(to: 0..<header.count)
          let start = max(0, inMessage.lowerBound - header.count)
          let end = max(start, inMessage.upperBound - header.count)
          return unsafe connection.send([
            UnsafeRawBufferPointer(rebasing: frame[cursor.pendingHeader]),
            UnsafeRawBufferPointer(rebasing: header[ofHeader]),
            UnsafeRawBufferPointer(rebasing: payload[start..<end]),
          ])
        }
      }
    }
  }

  /// The connection is gone.
  func end() {
    isClosing = true
    sending = nil
    session.end()
  }
}
