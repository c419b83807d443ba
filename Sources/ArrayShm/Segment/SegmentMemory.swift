import Glibc
import Synchronization

/// A segment's mapped file: the one place where its bytes are touched.
///
/// Shared by everything that was handed out of it (leases, views in other languages); the mapping
/// ends with the last of them. Everything outside gets values, bounded buffers, or does its work
/// through the operations here. What several processes touch at once is read and written by 8-byte
/// atomics, payload aside: payload is guarded by leases or checked by sequence words.
///
/// `@unchecked Sendable`: the object itself is immutable; the memory behind it is shared with other
/// processes anyway, by the rules above.
@safe
final class SegmentMemory: @unchecked Sendable {
  let layout: SegmentLayout
  private let mapping: Mapping

  /// - Precondition: `mapping` covers the whole file that `layout` describes.
  init(_ mapping: consuming Mapping, layout: SegmentLayout) {
    precondition(mapping.count == layout.fileSize)
    self.mapping = mapping
    self.layout = layout
  }

  // MARK: Hot words

  enum HotWord: Int {
    case head = 1024
    case state = 1088
    case heartbeat = 1152
    case dropped = 1216
    case writer = 1280
  }

  func word(_ word: HotWord) -> UnsafePointer<Atomic<UInt64>> {
    unsafe atomic(at: layout.controlOffset + word.rawValue)
  }

  func load(_ hotWord: HotWord, ordering: AtomicLoadOrdering) -> UInt64 {
    let word = unsafe word(hotWord)
    return switch ordering {
    case .acquiring: unsafe word.pointee.load(ordering: .acquiring)
    default: unsafe word.pointee.load(ordering: .relaxed)
    }
  }

  func storeRelaxed(_ value: UInt64, _ hotWord: HotWord) {
    unsafe word(hotWord).pointee.store(value, ordering: .relaxed)
  }

  func storeReleasing(_ value: UInt64, _ hotWord: HotWord) {
    unsafe word(hotWord).pointee.store(value, ordering: .releasing)
  }

  func wakeAll() { unsafe Futex.wakeAll(word(.head)) }

  // MARK: Table

  /// The sequence word of a slot, record or tile.
  func sequenceWord(_ index: Int) -> UnsafePointer<Atomic<UInt64>> {
    precondition(index >= 0 && index < layout.entries)
    return unsafe atomic(at: layout.entryOffset(index))
  }

  /// The other fields of a frame's table entry. They are guarded by its sequence word as the
  /// payload is; atomic (relaxed) because a reader may look while the writer fills them, and throws
  /// away what it saw then.
  func frameInfo(_ slot: Int, sequence: UInt64) -> FrameInfo {
    func field(_ offset: Int) -> UInt64 {
      unsafe atomic(at: layout.entryOffset(slot) + offset).pointee.load(ordering: .relaxed)
    }
    func halves(_ offset: Int) -> (UInt32, UInt32) {
      let both = field(offset)
      return (UInt32(truncatingIfNeeded: both), UInt32(truncatingIfNeeded: both >> 32))
    }
    precondition(slot >= 0 && slot < layout.entries)
    let (level, plane) = halves(24)
    let (y, x) = halves(32)
    let (h, w) = halves(40)
    return FrameInfo(
      sequence: sequence, published: field(8),
      // A damaged word must not make anybody read past the slot.
      validBytes: Int(min(field(16), UInt64(layout.stride))),
      level: level, plane: plane, y: y, x: x, h: h, w: w, user: field(48), begun: field(56))
  }

  func store(_ info: FrameInfo, slot: Int) {
    func store(_ value: UInt64, _ offset: Int) {
      unsafe atomic(at: layout.entryOffset(slot) + offset).pointee.store(value, ordering: .relaxed)
    }
    func both(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }
    precondition(slot >= 0 && slot < layout.entries)
    store(info.published, 8)
    store(UInt64(info.validBytes), 16)
    store(both(info.level, info.plane), 24)
    store(both(info.y, info.x), 32)
    store(both(info.h, info.w), 40)
    store(info.user, 48)
  }

  /// When the writer took the slot. Guarded like the entry's other fields.
  func store(begun: UInt64, slot: Int) {
    precondition(slot >= 0 && slot < layout.entries)
    unsafe atomic(at: layout.entryOffset(slot) + 56).pointee.store(begun, ordering: .relaxed)
  }

  // MARK: Payload

  /// All of the payload. Writable only in its writer's mapping; elsewhere a write is a fault.
  var payload: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(
      start: mapping.base + layout.payloadOffset, count: layout.payloadBytes)
  }

  /// One slot of the payload.
  func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
    precondition(index >= 0 && index < layout.slots)
    return unsafe UnsafeMutableRawBufferPointer(
      rebasing: payload[index * layout.stride..<(index + 1) * layout.stride])
  }

  // MARK: Constants

  /// A copy of some bytes of the file.
  func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= mapping.count)
    return unsafe [UInt8](
      UnsafeRawBufferPointer(start: mapping.base + range.lowerBound, count: range.count))
  }

  /// Fills in a file that nobody else has seen yet.
  func store(_ bytes: [UInt8], at offset: Int) {
    precondition(offset >= 0 && offset + bytes.count <= mapping.count)
    unsafe bytes.withUnsafeBytes {
      unsafe UnsafeMutableRawBufferPointer(start: mapping.base + offset, count: bytes.count)
        .copyMemory(from: $0)
    }
  }

  private func atomic(at offset: Int) -> UnsafePointer<Atomic<UInt64>> {
    unsafe UnsafePointer(
      (mapping.base + offset).assumingMemoryBound(to: Atomic<UInt64>.self))
  }
}
