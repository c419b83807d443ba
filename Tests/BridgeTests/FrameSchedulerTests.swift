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

  /// Lets always-ready streams of these message sizes share a socket; what each of them got, in bytes.
  private func share(_ sizes: [UInt64], bytes: UInt64) -> [UInt64] {
    var finish = [UInt64](repeating: 0, count: sizes.count)
    var got = [UInt64](repeating: 0, count: sizes.count)
    var time: UInt64 = 0
    while got.reduce(0, +) < bytes {
      let candidates = sizes.indices.map { index in
        Candidate(
          id: UInt32(index), credits: 1, hasNews: true, start: max(time, finish[index]),
          typicalBytes: Int(sizes[index]))
      }
      guard case .send(let id) = FrameScheduler.choose(from: candidates, now: 0) else { break }
      time = max(time, finish[Int(id)])
      finish[Int(id)] = time + sizes[Int(id)]
      got[Int(id)] += sizes[Int(id)]
    }
    return got
  }

  @Test func streamsShareTheSocketByBytes() {
    let got = share([8 << 20, 1 << 20, 64 << 10], bytes: 800 << 20)
    for bytes in got { #expect(abs(Int(bytes) - 800 << 20 / 3) <= 8 << 20) }
  }

  @Test func aSmallMessageDoesNotWaitForALargeStream() {
    // The large one has sent 80 MB, the small one nothing for a long time.
    let candidates = [
      Candidate(id: 1, credits: 1, hasNews: true, start: 80 << 20, typicalBytes: 8 << 20),
      Candidate(id: 2, credits: 1, hasNews: true, start: 72 << 20, typicalBytes: 100),
    ]
    #expect(FrameScheduler.choose(from: candidates, now: 0) == .send(id: 2))
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
