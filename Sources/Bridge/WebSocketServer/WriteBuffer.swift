import Clibwebsockets

/// Memory for `lws_write`, which needs room before the bytes that it is given and writes into it. Reused.
@safe
final class WriteBuffer {
  private var memory: UnsafeMutableRawBufferPointer

  init() { unsafe memory = .allocate(byteCount: 64 * 1024, alignment: 16) }

  deinit { unsafe memory.deallocate() }

  /// Sends `bytes` through `lws_write`. What the socket does not take is kept and sent by libwebsockets.
  ///
  /// - Returns: false if the connection is gone.
  func write(_ bytes: [UInt8], on connection: Connection, as kind: lws_write_protocol) -> Bool {
    unsafe write(room: bytes.count, on: connection, as: kind) { target in
      unsafe target.copyBytes(from: bytes)
      return bytes.count
    }
  }

  /// The same with bytes that `fill` writes, and counts, into `room` bytes. Nothing is sent, and false returned, if it gives nil.
  func write(
    room: Int, on connection: Connection, as kind: lws_write_protocol,
    fill: (UnsafeMutableRawBufferPointer) -> Int?
  ) -> Bool {
    let before = webmon_lws_pre
    if unsafe memory.count < before + room {
      unsafe memory.deallocate()
      unsafe memory = .allocate(byteCount: before + room, alignment: 16)
    }
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[before..<before + room])
    guard let count = unsafe fill(target) else { return false }
    let start = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return unsafe connection.write(start, count: count, as: kind)
  }
}
