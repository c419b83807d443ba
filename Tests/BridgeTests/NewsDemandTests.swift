import ArrayShm
import Logging
import Synchronization
import Testing

@testable import Bridge

/// Who is told of commits: those who asked.
@Suite struct NewsDemandTests {
  @Test func onlyWhatWasAskedForIsTold() {
    let demand = NewsDemand(waiter: SegmentWaiter())
    #expect(demand.takeCommit())
    #expect(!demand.isResting)
    #expect(!demand.takeCommit())
    #expect(demand.isResting)
    #expect(!demand.takeCommit())
    demand.want()
    #expect(!demand.isResting)
    demand.want()
    #expect(demand.takeCommit())
    demand.want()
    #expect(demand.takeCommit())
  }

  @Test func onlyTheEndOfARestIsAKick() {
    let waiter = SegmentWaiter()
    let demand = NewsDemand(waiter: waiter)
    let before = waiter.kickCount
    demand.want()
    _ = demand.takeCommit()
    demand.want()
    #expect(waiter.kickCount == before)
    _ = demand.takeCommit()
    _ = demand.takeCommit()
    demand.want()
    #expect(waiter.kickCount == before + 1)
  }

  /// What came in a rest waited for whoever asks next: it says nothing of how soon commits are noticed.
  @Test func aRestIsNoLateness() throws {
    let camera = try WatchedCamera()
    defer { camera.pool.stop() }
    let (writer, demand) = (camera.writer, camera.demand)
    let notice = try #require(camera.source.hops).notice
    try writer.put(UInt32(1))
    #expect(wait { camera.told == 1 })
    try writer.put(UInt32(2))
    #expect(wait { demand.isResting })
    demand.want()
    #expect(wait { camera.told == 2 })
    #expect(notice.snapshot.total.totalCount == 1)
    demand.want()
    try writer.put(UInt32(3))
    #expect(wait { camera.told == 3 })
    #expect(notice.snapshot.total.totalCount == 2)
  }

  /// A thread that publishes, one that waits, and a reader that asks after each look: every commit is seen in the end.
  @Test func noCommitIsMissed() throws {
    let camera = try WatchedCamera()
    defer { camera.pool.stop() }
    let (writer, demand) = (camera.writer, camera.demand)
    var seen: UInt64 = 0
    for number in 1...2000 as ClosedRange<UInt64> {
      try writer.put(UInt32(number))
      if number % 3 != 0 { continue }
      // As a session does: what is there, then the question, then what it waits for.
      seen = camera.source.reader.sequence
      let before = camera.told
      demand.want()
      try writer.put(0)
      let isTold = wait { camera.told > before }
      #expect(isTold, "after commit \(seen)")
      if !isTold { return }
    }
  }
}

/// A stream that a waiter thread waits for on demand, and how often that thread told of it.
private final class WatchedCamera {
  let writer: FrameWriter
  let source: StreamSource
  let pool: WaiterPool
  let demand: NewsDemand
  private let directory: PrivateDirectory
  private let news: Count

  private final class Count: Sendable {
    let value = Atomic(0)
  }

  var told: Int { news.value.load(ordering: .acquiring) }

  init() throws {
    directory = try PrivateDirectory()
    writer = try directory.frames()
    let news = Count()
    self.news = news
    pool = WaiterPool(logger: Logger(label: "test")) { _ in
      news.value.add(1, ordering: .relaxed)
    }
    source = try StreamSource(try directory.reader("camera"))
    try source.addSubscriber()
    pool.watch(source, onDemand: true)
    demand = try #require(source.demand)
  }
}

/// Whether it came true, in twenty seconds.
private func wait(_ condition: () -> Bool) -> Bool {
  let limit = Clock.monotonic + 20_000_000_000
  while !condition(), Clock.monotonic < limit {}
  return condition()
}
