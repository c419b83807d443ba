import ArrayShm
import Clibwebsockets
import Glibc

/// One data message on its way into one socket, straight from where its bytes lie.
struct MessageSender {
  let message: OutgoingMessage
  private let framing: FragmentCursor.Framing
  private var cursor: FragmentCursor
  /// No lease outlives this.
  private let deadline: UInt64
  /// When the socket was given the first of it.
  private var begun = Clock.monotonic
  private var hasBegun = false

  /// Zeros after a message, up to where the next one in a body may begin.
  private static let padding = [UInt8](repeating: 0, count: Limits.bodyAlignment - 1)

  init(
    _ message: OutgoingMessage, framing: FragmentCursor.Framing, isSecure: Bool, now: UInt64
  ) {
    self.message = message
    self.framing = framing
    let unit = framing == .none ? Limits.bodyAlignment : 1
    cursor = FragmentCursor(
      messageBytes: (message.count + unit - 1) / unit * unit,
      fragmentBytes: isSecure ? Limits.copiedFragmentBytes : Limits.fragmentBytes,
      framing: framing)
    deadline = now + Limits.sendingBound(bytes: message.count)
  }

  /// No other byte may be sent on the connection now.
  var isMidFragment: Bool { cursor.isMidFragment }
  var isComplete: Bool { cursor.isComplete }

  enum Part: Equatable {
    case sent(Int)
    /// So many bytes went, perhaps none, and the socket takes no more now.
    case full(Int)
    case failed(String)

    var hasSent: Bool {
      switch self {
      case .sent(let count), .full(let count): count > 0
      case .failed: false
      }
    }
  }

  /// Sends what the socket takes of the present fragment.
  mutating func sendPart(
    on connection: Connection, through buffer: WriteBuffer,
    counting counters: inout SessionCounters, now: UInt64
  ) -> Part {
    if now > deadline { return .failed("it takes a message too slowly") }
    // A try that came to nothing was no beginning.
    if !hasBegun { begun = max(begun, now) }
    let part =
      connection.isSecure
      ? sendCopy(on: connection, through: buffer, counting: &counters)
      : sendInPlace(on: connection, counting: &counters)
    if part.hasSent { hasBegun = true }
    if isComplete {
      message.source.hops?.sent(
        published: message.published, begun: begun, ended: Clock.monotonic)
    }
    return part
  }

  private mutating func sendInPlace(
    on connection: Connection, counting counters: inout SessionCounters
  ) -> Part {
    let wanted = cursor.pendingBytes
    let count = handOver(to: connection)
    if count < 0 {
      switch errno {
      case EAGAIN, EWOULDBLOCK: return .full(0)
      case EINTR: return .sent(0)
      default: return .failed(unsafe String(cString: strerror(errno)))
      }
    }
    // A writer with an overwrite bound may have taken the slot back: the bytes that went could be of two frames.
    guard message.payload.isIntact else { return .failed(Self.takenBack) }
    counters.countSend(count, of: wanted)
    message.source.counters.countSend(count, of: wanted)
    cursor.advance(by: count)
    // Another try would only be told so.
    return count < wanted ? .full(count) : .sent(count)
  }

  /// Sends the present fragment, whole, from a copy: what is encrypted has to go through libwebsockets, which keeps what the socket does
  /// not take. That is one fragment at most.
  private mutating func sendCopy(
    on connection: Connection, through buffer: WriteBuffer,
    counting counters: inout SessionCounters
  ) -> Part {
    let range = cursor.pendingMessage
    let count = cursor.pendingBytes
    let kind = framing == .webSocket ? cursor.kind : LWS_WRITE_HTTP
    var isIntact = true
    let isWritten = unsafe buffer.write(room: range.count, on: connection, as: kind) { target in
      unsafe message.copy(range, to: target)
      isIntact = message.payload.isIntact
      return isIntact ? range.count : nil
    }
    guard isIntact else { return .failed(Self.takenBack) }
    guard isWritten else { return .failed("the connection is gone") }
    let copied = UInt64(Self.part(range, message.header.count..<message.count).count)
    counters.copiedBytes += copied
    message.source.counters.copiedBytes += copied
    // What is left over is with libwebsockets, and goes before anything else.
    let isPartial = connection.hasUnsent
    counters.countSend(count, of: isPartial ? count + 1 : count)
    message.source.counters.countSend(count, of: isPartial ? count + 1 : count)
    cursor.advance(by: count)
    return isPartial ? .full(count) : .sent(count)
  }

  private static let takenBack = "the writer took back a frame that was being sent"

  /// One `sendmsg` of [WebSocket header][data header][payload][padding], as far as they belong to the present fragment.
  private func handOver(to connection: Connection) -> Int {
    let inMessage = cursor.pendingMessage
    let payloadStart = message.header.count
    let payloadEnd = message.count
    return unsafe cursor.webSocketHeader.withUnsafeBytes { frame in
      unsafe message.header.withUnsafeBytes { header in
        unsafe message.payload.withUnsafeBytes { payload in
          unsafe Self.padding.withUnsafeBytes { padding in
            let ofHeader = inMessage.clamped(to: 0..<payloadStart)
            let ofPayload = Self.part(inMessage, payloadStart..<payloadEnd)
            let ofPadding = Self.part(inMessage, payloadEnd..<cursor.messageBytes)
            return unsafe connection.send([
              UnsafeRawBufferPointer(rebasing: frame[cursor.pendingHeader]),
              UnsafeRawBufferPointer(rebasing: header[ofHeader]),
              UnsafeRawBufferPointer(rebasing: payload[ofPayload]),
              UnsafeRawBufferPointer(rebasing: padding[ofPadding]),
            ])
          }
        }
      }
    }
  }

  /// What of `range` lies in `whole`, counted from the beginning of `whole`.
  private static func part(_ range: Range<Int>, _ whole: Range<Int>) -> Range<Int> {
    let part = range.clamped(to: whole)
    return (part.lowerBound - whole.lowerBound)..<(part.upperBound - whole.lowerBound)
  }
}
