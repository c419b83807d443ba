import Testing

@testable import Bridge

@Suite struct FrameSchedulerTests {
  typealias Candidate = FrameScheduler.Candidate

  @Test func nothingToDoIsIdle() {
    #expect(FrameScheduler.choose(from: [], now: 5) == .idle)
    #expect(
      FrameScheduler.choose(from: [Candidate(id: 1, credits: 1, hasNews: false)], now: 5) == .idle)
    #expect(
      FrameScheduler.choose(from: [Candidate(id: 1, credits: 0, hasNews: true)], now: 5) == .idle)
  }

  @Test func whatMayNotGoYetIsWaitedFor() {
    let candidates = [
      Candidate(id: 1, credits: 1, hasNews: true, notBefore: 90),
      Candidate(id: 2, credits: 1, hasNews: true, notBefore: 70),
      Candidate(id: 3, credits: 0, hasNews: true, notBefore: 60),
    ]
    #expect(FrameScheduler.choose(from: candidates, now: 50) == .wait(until: 70))
    #expect(FrameScheduler.choose(from: candidates, now: 70) == .send(id: 2))
    #expect(FrameScheduler.choose(from: candidates, now: 80) == .send(id: 2))
  }

  @Test func theOneServedLongestAgoGoesFirst() {
    var served: [UInt32: UInt64] = [:]
    var counts: [UInt32: Int] = [:]
    for round in 1...300 as ClosedRange<UInt64> {
      let candidates = (1...3 as ClosedRange<UInt32>).map { id in
        Candidate(
          id: id, credits: 1, hasNews: true, lastServed: served[id] ?? 0,
          typicalBytes: id == 1 ? 64 << 20 : 100)
      }
      guard case .send(let id) = FrameScheduler.choose(from: candidates, now: 0) else {
        Issue.record("nothing was chosen")
        return
      }
      served[id] = round
      counts[id, default: 0] += 1
    }
    #expect(counts == [1: 100, 2: 100, 3: 100])
  }

  @Test func ofEqualsTheSmallerGoesFirst() {
    let candidates = [
      Candidate(id: 1, credits: 1, hasNews: true, typicalBytes: 1_000_000),
      Candidate(id: 2, credits: 1, hasNews: true, typicalBytes: 100),
    ]
    #expect(FrameScheduler.choose(from: candidates, now: 0) == .send(id: 2))
    #expect(FrameScheduler.choose(from: candidates.reversed(), now: 0) == .send(id: 2))
  }

  @Test func aRateIsKeptAlthoughWakeUpsAreLate() {
    // 100 a second, each wake-up 3 ms late: the lateness must not add up.
    var due: UInt64 = 1_000_000_000
    var sent = 0
    var now = due
    while now < 2_000_000_000 {
      sent += 1
      due = FrameScheduler.nextDue(now: now, due: due, maxFPS: 100)
      now = due + 3_000_000
    }
    #expect(sent == 100)
  }

  @Test func afterAPauseThereIsNoBurst() {
    let due = FrameScheduler.nextDue(now: 60_000_000_000, due: 1_000_000_000, maxFPS: 10)
    #expect(due == 60_100_000_000)
  }

  @Test func withoutARateNothingIsDue() {
    #expect(FrameScheduler.nextDue(now: 60, due: 0, maxFPS: nil) == 0)
  }

  @Test func theSmallestRateDoesNotOverflow() {
    #expect(FrameScheduler.nextDue(now: 60, due: 0, maxFPS: .leastNonzeroMagnitude) > 60)
  }
}
