import ArrayShm
import Glibc
import Logging
import Synchronization
import Testing

@testable import Bridge

/// The queue of payloads in the making.
@Suite struct PayloadWorkerTests {
  private func until(_ condition: () -> Bool) -> Bool {
    let end = Clock.monotonic + 30_000_000_000
    while !condition() {
      if Clock.monotonic > end { return false }
      usleep(1000)
    }
    return true
  }

  /// Work that holds both threads of a worker until it is let go.
  private func gate() -> (open: Counter, jobs: [PayloadJob<Int>]) {
    let open = Counter()
    let jobs = (0..<2).map { number in
      PayloadJob { () throws(SegmentError) -> Int in
        while open.value == 0 { usleep(1000) }
        return number
      }
    }
    return (open, jobs)
  }

  @Test func resultsAndErrorsComeBack() throws {
    let finished = Counter()
    let worker = PayloadWorker(logger: Logger(label: "test")) { finished.add() }
    defer { worker.stop() }
    let good = PayloadJob { () throws(SegmentError) -> Int in 42 }
    let bad = PayloadJob { () throws(SegmentError) -> Int in throw SegmentError(.torn, "torn") }
    #expect(good.result == nil && !good.isFinished)
    worker.add(good)
    worker.add(bad)
    #expect(until { finished.value == 2 })
    #expect(try good.result?.get() == 42)
    #expect(throws: SegmentError(.torn, "torn")) { try bad.result?.get() }
  }

  @Test func whatNobodyWaitsForIsNotDone() throws {
    let worker = PayloadWorker(logger: Logger(label: "test")) {}
    defer { worker.stop() }
    let (open, busy) = gate()
    for job in busy { worker.add(job) }
    let done = Counter()
    var dropped: PayloadJob<Int>? = PayloadJob { () throws(SegmentError) -> Int in
      done.add()
      return 1
    }
    let kept = PayloadJob { () throws(SegmentError) -> Int in 2 }
    if let dropped { worker.add(dropped) }
    worker.add(kept)
    dropped = nil
    open.add()
    #expect(until { kept.isFinished && busy.allSatisfy(\.isFinished) })
    #expect(done.value == 0)
  }

  @Test func aCutThatWaitsHoldsNoLeaseAndGetsTheNewestFrame() throws {
    let directory = try PrivateDirectory()
    let writer = try directory.frames(shape: [300, 300], slots: 2)
    let worker = PayloadWorker(logger: Logger(label: "test")) {}
    defer { worker.stop() }
    let source = try StreamSource(try directory.reader("camera"), worker: worker)
    try writer.put(1)
    let (open, busy) = gate()
    for job in busy { worker.add(job) }
    let geometry = ViewGeometry(
      shape: [300, 300], itemsize: 4, yAxis: 0, xAxis: 1, channelAxis: nil, reduction: .mean)
    let order = FrameCut.Order(
      geometry: geometry, plane: 0, level: 1, region: PixelRegion(0, 0, 300, 300), after: nil)
    let job = try source.cut(order)
    #expect(try source.cut(order) === job)
    // The ring has two slots: a lease would make one of these fail.
    for value in 2...9 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(source.reader.leasedSlots == 0)
    open.add()
    #expect(until { job.isFinished && busy.allSatisfy(\.isFinished) })
    let cut = try #require(try job.result?.get())
    #expect(cut.info.sequence == 9 && cut.pixels == PixelRegion(0, 0, 150, 150))
    #expect(unsafe cut.payload.withUnsafeBytes { unsafe $0[0] } == 9)
    #expect(source.reader.leasedSlots == 0)
    // It is still the newest, and the same for the next who asks.
    #expect(try source.cut(order) === job)
    try writer.put(10)
    #expect(try source.cut(order) !== job)
  }
}
