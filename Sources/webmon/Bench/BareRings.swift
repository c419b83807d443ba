import CLimits
import Glibc

/// Rings of the limit, in memory that another process maps too.
@safe
final class BareRings {
  /// For the other process to inherit.
  let file: Int32
  private let memory: LimitMemory
  private let each: Int

  static func bytes(slots: Int, frame: Int) -> Int {
    Int(BARE_HEAD_BYTES) + slots * Int(bare_stride(UInt64(frame)))
  }

  init(_ count: Int, slots: Int, frame: Int) throws {
    each = Self.bytes(slots: slots, frame: frame)
    file = limit_file(count * each)
    guard file >= 0 else {
      throw CommandFailure("no memory for a ring: \(unsafe String(cString: strerror(-file)))")
    }
    do {
      memory = try LimitMemory(mapping: file, count * each)
    } catch {
      close(file)
      throw error
    }
    for index in 0..<count { unsafe bare_ring_make(self[index], UInt32(slots), UInt64(frame)) }
  }

  /// Those of the process which started this one.
  init(inherited count: Int, slots: Int, frame: Int) throws {
    each = Self.bytes(slots: slots, frame: frame)
    file = -1
    memory = try LimitMemory(mapping: ChildProcess.inheritedDescriptor, count * each)
  }

  deinit { if file >= 0 { close(file) } }

  subscript(index: Int) -> UnsafeMutablePointer<bare_ring> {
    unsafe (memory.base + index * each).assumingMemoryBound(to: bare_ring.self)
  }
}
