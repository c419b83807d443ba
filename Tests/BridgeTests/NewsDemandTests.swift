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
    let directory = try PrivateDirectory()
    let writer = try directory.frames()
    let heard = Atomic(0)
    let pool = WaiterPool(logger: Logger(label: "test")) { _ in
      heard.add(1, ordering: .relaxed)
    }
    let source = try StreamSource(try directory.reader("camera"))
    try source.addSubscriber()
    pool.watch(source, onDemand: true)
    defer { pool.stop() }
    let demand = try #require(source.demand)
    let notice = try #require(source.hops).notice
    func wait(_ condition: () -> Bool) -> Bool {
      let limit = Clock.monotonic + 20_000_000_000
      while !condition(), Clock.monotonic < limit {}
      return condition()
    }
    try writer.put(UInt32(1))
    #expect(wait { heard.load(ordering: .acquiring) == 1 })
    try writer.put(UInt32(2))
    #expect(wait { demand.isResting })
    demand.want()
    #expect(wait { heard.load(ordering: .acquiring) == 2 })
    #expect(notice.snapshot.total.totalCount == 1)
    demand.want()
    try writer.put(UInt32(3))
    #expect(wait { heard.load(ordering: .acquiring) == 3 })
    #expect(notice.snapshot.total.totalCount == 2)
  }

  /// A thread that publishes, one that waits, and a reader that asks after each look: every commit is seen in the end.
  @Test func noCommitIsMissed() throws {
    let directory = try PrivateDirectory()
    let writer = try directory.frames()
    let heard = Atomic(0)
    let pool = WaiterPool(logger: Logger(label: "test")) { _ in
      heard.add(1, ordering: .relaxed)
    }
    let source = try StreamSource(try directory.reader("camera"))
    pool.watch(source, onDemand: true)
    defer { pool.stop() }
    let demand = try #require(source.demand)
    var seen: UInt64 = 0
    for number in 1...2000 as ClosedRange<UInt64> {
      try writer.put(UInt32(number))
      if number % 3 != 0 { continue }
      // As a session does: what is there, then the question, then what it waits for.
      seen = source.reader.sequence
      let before = heard.load(ordering: .acquiring)
      demand.want()
      try writer.put(0)
      let limit = Clock.monotonic + 20_000_000_000
      while heard.load(ordering: .acquiring) == before, Clock.monotonic < limit {}
      #expect(heard.load(ordering: .acquiring) > before, "after commit \(seen)")
      if heard.load(ordering: .acquiring) == before { return }
    }
  }
}
