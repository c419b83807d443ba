import ArrayShm
import CLimits
import Glibc

extension BenchPart {
  /// Publishes frames at the times when they are due, once it was told to begin; then says how many were dropped.
  func publishAtTimes() throws {
    let source = try FrameSource(bytes)
    let stream = try StreamPublisher(try directory.directory(), name, source, slots: slots)
    Console.print(PartReport.ready)
    guard StandardInput.waitForWord() else { return }
    StandardInput.whenClosed { _exit(0) }
    let dropped = try stream.publish(frames, every: UInt64(microseconds) * 1000)
    var report = PartReport()
    report.frames = stream.next - 1
    report.missed = UInt64(dropped)
    report.tell()
    // The segment stays until everybody has read it.
    while true { pause() }
  }

  /// Publishes what lies in the slots again and again without touching it: the load of a producer that costs nothing.
  func publishUntouched() throws {
    let writer = try FrameWriter(
      directory: try directory.directory(), .benchFrames(name, bytes: bytes, slots: slots))
    do {
      let source = try FrameSource(bytes)
      // Each takes the oldest slot, so all are filled.
      for number in 1...UInt64(slots) {
        source.stamp(number)
        _ = try source.publish(writer)
      }
    }
    limit_wake_in_time()
    Console.print(PartReport.ready)
    var due = limit_now()
    while true {
      do throws(SegmentError) {
        try writer.loan().commit()
      } catch {
        guard error.code == .dropped else { throw error }
      }
      due = max(due + UInt64(microseconds) * 1000, limit_now())
      limit_sleep_until(due)
    }
  }
}
