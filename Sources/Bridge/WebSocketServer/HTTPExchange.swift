import ArrayShm
import Clibwebsockets
import Logging

/// An answer whose body is larger than one write: it goes in chunks as the socket takes them.
final class HTTPExchange {
  private let connection: Connection
  private let body: HTTPBody
  private var sent = 0
  /// No lease outlives this.
  private let deadline: UInt64

  init(_ connection: Connection, _ body: HTTPBody, now: UInt64) {
    self.connection = connection
    self.body = body
    deadline = now + Limits.sendingBound(bytes: body.count)
  }

  var copiedBytes: Int { body.copiedBytes }

  enum Progress {
    case goesOn
    case isDone
    /// The answer cannot be finished as it was announced: the connection must end.
    case failed(String)
  }

  func writeChunk(with buffer: WriteBuffer, now: UInt64) -> Progress {
    if now > deadline { return .failed("it takes the body too slowly") }
    let room = min(Limits.httpChunkBytes, body.count - sent)
    var read = 0
    let isWritten = unsafe buffer.write(room: room, on: connection, as: LWS_WRITE_HTTP) { chunk in
      read = unsafe body.read(at: sent, into: chunk)
      return read
    }
    guard isWritten else { return .failed("the connection is gone") }
    guard read == room else { return .failed("the file became shorter while it was sent") }
    guard body.isIntact else { return .failed("the writer took the frame back") }
    sent += read
    return sent == body.count ? .isDone : .goesOn
  }
}
