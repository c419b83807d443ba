import ArrayShm
import CLimits

extension BenchPart {
  /// Takes the newest frame again and again, until the one that says that it is the last; then tells what it found.
  func readFrames() throws {
    let segment = try SegmentReader(directory: try directory.directory(), name: name)
    let reader = try FrameReader(segment)
    let buffer = copy ? try LimitMemory(bytes) : nil
    var report = PartReport()
    report.latencies.reserveCapacity(latencies)
    var seen = segment.sequence
    let counted = seen + skip
    var first: UInt64 = 0
    var last: UInt64 = 0
    var cpu: UInt64 = 0
    Console.print(PartReport.ready)
    while true {
      try segment.wait(after: seen, timeout: nil)
      let frame = try take(reader, into: buffer)
      let now = limit_now()
      if frame.info.sequence > counted {
        if report.frames == 0 {
          (first, cpu) = (now, PartReport.cpu)
        } else {
          report.missed += frame.info.sequence - seen - 1
        }
        report.frames += 1
        if !frame.isRight { report.torn += 1 }
        if report.latencies.count < latencies {
          report.latencies.append(now > frame.due ? now - frame.due : 0)
        }
        last = now
      }
      seen = frame.info.sequence
      if frame.info.user == FrameMark.last { break }
    }
    report.nanoseconds = last - first
    report.cpuNanoseconds = PartReport.cpu - cpu
    report.tell()
  }

  private struct Taken {
    let info: FrameInfo
    let due: UInt64
    let isRight: Bool

    init(_ frame: UnsafeRawPointer, _ info: FrameInfo, bytes: Int) {
      self.info = info
      unsafe due = stamp_word(frame, 8)
      isRight =
        unsafe stamp_word(frame, 0) == info.sequence
        && stamp_check(frame, UInt64(bytes)) == Int64(STAMP_RIGHT)
    }
  }

  private func take(_ reader: FrameReader, into buffer: LimitMemory?) throws(SegmentError) -> Taken
  {
    guard let buffer else {
      return try unsafe reader.withLatest { frame, info in
        // A frame has at least one byte.
        unsafe Taken(frame.baseAddress!, info, bytes: bytes)
      }
    }
    let info = try unsafe reader.copyLatest(
      into: UnsafeMutableRawBufferPointer(start: buffer.base, count: bytes))
    return unsafe Taken(buffer.base, info, bytes: bytes)
  }

  /// Sends back what comes, until the other end closes.
  func echoFrames() throws {
    let directory = try directory.directory()
    let there = try SegmentReader(directory: directory, name: name)
    let reader = try FrameReader(there)
    let back = try FrameWriter(
      directory: directory, .benchFrames("\(name)-back", bytes: bytes, slots: slots))
    let memory = try LimitMemory(bytes)
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: memory.base, count: bytes)
    var seen = there.sequence
    Console.print(PartReport.ready)
    while true {
      do throws(SegmentError) {
        try there.wait(after: seen, timeout: nil)
        seen = try unsafe reader.copyLatest(into: buffer).sequence
        try unsafe back.put(UnsafeRawBufferPointer(buffer))
      } catch {
        if error.code == .closed { return }
        throw error
      }
    }
  }
}

/// What a frame's own 64 bits say to a reader.
enum FrameMark {
  static let last: UInt64 = 1
}
