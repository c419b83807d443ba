import CLimits
import Glibc

/// Clients of one stream on sockets of this process.
@safe
final class SocketClients {
  private let all: UnsafeMutablePointer<socket_clients>
  private let stream: String
  private let count: Int

  /// - Parameters:
  ///   - bare: the server is the limit, which is told nothing.
  ///   - numbered: a frame's own number is its sequence number.
  init(
    _ count: Int, port: Int, stream: String, frame: Int, latencies: Int, bare: Bool, numbered: Bool,
    credits: Int = 1
  ) throws {
    guard
      let made = unsafe clients_make(
        Int32(count), Int32(port), UInt64(frame), UInt64(latencies))
    else { throw CommandFailure("no memory for \(count) clients") }
    unsafe all = unsafe made
    self.stream = stream
    self.count = count
    unsafe all.pointee.is_bare = bare
    unsafe all.pointee.is_numbered = numbered
    unsafe all.pointee.credits = UInt64(credits)
    for index in 0..<count {
      let result = unsafe clients_connect(all, all.pointee.clients + index)
      guard result == 0 else {
        throw CommandFailure(
          "client \(index + 1) of \(count) cannot connect: \(unsafe String(cString: strerror(-result)))"
        )
      }
    }
    let limit = limit_now() + 30_000_000_000
    while unsafe all.pointee.subscribed < all.pointee.count {
      try turn()
      guard limit_now() < limit else {
        throw CommandFailure("\(unsafe all.pointee.subscribed) of \(count) clients were let in")
      }
    }
  }

  deinit { unsafe clients_free(all) }

  /// Takes what is there, or comes soon.
  /// - Throws: if anything of it is wrong, or a connection is gone.
  func turn() throws {
    unsafe clients_turn(all, stream, 50)
    guard unsafe all.pointee.wrong == 0 else {
      let complaint = unsafe withUnsafeBytes(of: all.pointee.complaint) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw CommandFailure("a client got something wrong: \(complaint)")
    }
    guard unsafe all.pointee.gone == 0 else {
      throw CommandFailure("the server closed \(unsafe all.pointee.gone) connections")
    }
  }

  var messages: UInt64 { unsafe all.pointee.messages }
  var bytes: UInt64 { unsafe all.pointee.bytes }
  /// Frames that were told as gaps.
  var lost: UInt64 { unsafe all.pointee.lost }
  /// When the last message was whole.
  var lastTime: UInt64 { unsafe all.pointee.last_time }

  /// Whether each has that frame, or a newer one.
  func have(_ sequence: UInt64) -> Bool {
    (0..<count).allSatisfy { unsafe all.pointee.clients[$0].last >= sequence }
  }

  /// Those that did not get, or were not told of, each frame between their first and that one.
  func unaccounted(_ sequence: UInt64) -> Int {
    (0..<count).count { index in
      let client = unsafe all.pointee.clients[index]
      let known = client.first + client.received + client.lost
      return client.received == 0 || client.last != sequence || known != sequence + 1
    }
  }

  var latencies: [UInt64] {
    (0..<Int(unsafe all.pointee.latencies_count)).map { unsafe all.pointee.latencies[$0] }
  }
}
