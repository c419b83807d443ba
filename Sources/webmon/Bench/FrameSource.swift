import ArrayShm
import CLimits

/// The frames that a benchmark publishes, one after the other in the same memory.
@safe
final class FrameSource {
  let bytes: Int
  private let memory: LimitMemory

  init(_ bytes: Int) throws {
    self.bytes = bytes
    memory = try LimitMemory(bytes)
    unsafe stamp_fill(memory.base, UInt64(bytes))
  }

  var base: UnsafeMutableRawPointer { unsafe memory.base }
  var frame: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: memory.base, count: bytes)
  }

  /// Makes it the frame of that number: one word a page.
  func stamp(_ number: UInt64, due: UInt64 = 0) {
    unsafe stamp_frame(memory.base, UInt64(bytes), number, due)
  }

  /// The number alone; the rest stays that of the frame that was stamped.
  func number(_ number: UInt64) { unsafe stamp_put(memory.base, 0, number) }

  /// Publishes it as a user would: a slot on loan, a copy, a commit.
  /// - Returns: false if every slot was in use, and the frame was dropped.
  func publish(_ writer: FrameWriter, _ info: FrameInfo = FrameInfo()) throws(SegmentError) -> Bool
  {
    do throws(SegmentError) {
      let loan = try writer.loan()
      unsafe loan.withUnsafeMutableBytes { unsafe $0.copyMemory(from: frame) }
      try loan.commit(info)
      return true
    } catch {
      if error.code == .dropped { return false }
      throw error
    }
  }
}

extension SegmentSpecification {
  /// A ring for frames of so many bytes.
  static func benchFrames(_ name: String, bytes: Int, slots: Int) throws(SegmentError) -> Self {
    .frames(name, dtype: try DType(descr: "'|u1'"), shape: [bytes], slots: slots)
  }
}
