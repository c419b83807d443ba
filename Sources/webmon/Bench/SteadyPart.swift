import ArrayShm
import CLimits

extension BenchPart {
  /// Publishes and reads in one process, in every way that is meant for a loop: whoever counts its allocations sees those of a frame.
  func publishAndRead() throws {
    let directory = try directory.directory()
    let writer = try FrameWriter(
      directory: directory, .benchFrames(name, bytes: bytes, slots: slots))
    let segment = try SegmentReader(directory: directory, name: name)
    let reader = try FrameReader(segment)
    let source = try FrameSource(bytes)
    let copied = try LimitMemory(bytes)
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: copied.base, count: bytes)
    var seen: UInt64 = 0
    var wrong = 0
    for number in 1...UInt64(max(frames, 1)) {
      source.stamp(number)
      guard try source.publish(writer) else { throw CommandFailure("a frame was dropped") }
      try segment.wait(after: seen, timeout: .seconds(1))
      let before = seen
      seen = try unsafe reader.withNext(after: before) { _, info in info.sequence }
      wrong += try unsafe reader.withLatest { frame, info in
        unsafe isRight(frame.baseAddress!, number) && info.sequence == number ? 0 : 1
      }
      wrong += try unsafe reader.copyLatest(into: buffer).sequence == number ? 0 : 1
      wrong += unsafe isRight(copied.base, number) ? 0 : 1
      wrong +=
        try unsafe reader.copyNext(after: before, into: buffer).info.sequence == number ? 0 : 1
      wrong += unsafe isRight(copied.base, number) ? 0 : 1
    }
    guard wrong == 0 else { throw CommandFailure("\(wrong) frames were wrong") }
    Console.print("\(seen)")
  }

  private func isRight(_ frame: UnsafeRawPointer, _ number: UInt64) -> Bool {
    unsafe stamp_word(frame, 0) == number
      && stamp_check(frame, UInt64(bytes)) == Int64(STAMP_RIGHT)
  }
}
