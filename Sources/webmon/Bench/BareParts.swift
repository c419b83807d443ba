import ArrayShm
import CLimits
import Glibc

/// The limits' other processes.
extension BenchPart {
  func readBareRing() throws {
    let rings = try BareRings(inherited: 1, slots: slots, frame: bytes)
    let buffer = copy ? try LimitMemory(bytes) : nil
    let kept = try LimitMemory(max(latencies, 1) * 8)
    var found = unsafe bare_report()
    unsafe found.latencies = unsafe kept.base.assumingMemoryBound(to: UInt64.self)
    unsafe found.latencies_room = UInt64(latencies)
    let cpu = PartReport.cpu
    let seen = unsafe bare_head(rings[0])
    Console.print(PartReport.ready)
    unsafe bare_read(rings[0], seen, buffer?.base, UInt32(skip), &found)
    var report = PartReport()
    report.cpuNanoseconds = PartReport.cpu - cpu
    unsafe report.frames = found.frames
    unsafe report.missed = found.missed
    unsafe report.torn = found.torn
    unsafe report.nanoseconds = found.last - found.first
    report.latencies = (0..<Int(unsafe found.latencies_count)).map { unsafe found.latencies[$0] }
    withExtendedLifetime((kept, buffer, rings)) {}
    report.tell()
  }

  func echoBareRing() throws {
    let rings = try BareRings(inherited: 2, slots: slots, frame: bytes)
    let seen = unsafe bare_head(rings[0])
    Console.print(PartReport.ready)
    unsafe bare_pong(rings[0], rings[1], seen)
  }

  // MARK: Sockets

  private func listen() throws -> (socket: Int32, port: Int32) {
    var port: Int32 = 0
    let listener = unsafe bare_listen(4096, &port)
    guard listener >= 0 else {
      throw CommandFailure(
        "the limit cannot listen: \(unsafe String(cString: strerror(-listener)))")
    }
    return (listener, port)
  }

  /// Sends the slots of a segment to one client after the other, with nothing but sendmsg.
  func sendBare() throws {
    let segment = try SegmentReader(directory: try directory.directory(), name: name)
    let memory = segment.shareMemory()
    let (listener, port) = try listen()
    Console.print("\(port)")
    unsafe bare_send_for_ever(
      listener, memory.base, UInt64(segment.description.slots), UInt64(segment.description.stride))
    withExtendedLifetime(memory.owner) {}
  }

  /// Sends each frame of a segment to all clients, one after the other.
  func broadcastBare() throws {
    let segment = try SegmentReader(directory: try directory.directory(), name: name)
    let reader = try FrameReader(segment)
    var seen = segment.sequence
    let (listener, port) = try listen()
    Console.print("\(port)")
    let sockets = (0..<clients).map { _ in bare_accept(listener) }
    guard sockets.allSatisfy({ $0 >= 0 }) else { throw CommandFailure("a client did not come") }
    while true {
      do throws(SegmentError) {
        try segment.wait(after: seen, timeout: nil)
        seen = try unsafe reader.withLatest { frame, info in
          for socket in sockets {
            _ = unsafe bare_send_frame(
              socket, frame.baseAddress, UInt64(frame.count), info.sequence)
          }
          return info.sequence
        }
      } catch {
        if error.code == .closed { return }
        throw error
      }
    }
  }
}
