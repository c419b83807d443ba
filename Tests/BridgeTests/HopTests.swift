import ArrayShm
import Histogram
import Testing

@testable import Bridge

@Suite struct HopTests {
  private let second: UInt64 = 1_000_000_000

  /// The same numbers every time.
  private func latencies(_ count: Int) -> [UInt64] {
    var state: UInt64 = 7
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // From a microsecond to a second, each octave as often as the other.
      return UInt64(1000) << (state >> 60) &+ state >> 40
    }
  }

  @Test func percentilesAreExactToOnePerCent() {
    let all = latencies(20_000)
    var latency = HopLatency()
    for value in all { latency.record(value, at: second) }
    let sorted = all.sorted()
    let figures = HopsObject.Figures(latency.total)
    #expect(figures.count == 20_000 && figures.max == sorted.last)
    for (share, found) in [(0.5, figures.p50), (0.95, figures.p95), (0.99, figures.p99)] {
      let exact = Double(sorted[Int((share * 20_000).rounded(.up)) - 1])
      // A microsecond, or one part in 128, whatever is more.
      #expect(abs(Double(found ?? 0) - exact) <= max(1024, exact / 100))
    }
    #expect(latency.sum == all.reduce(0, +))
    #expect(HopsObject.Figures(latency.recent(now: second)) == figures)
  }

  @Test func theWindowForgetsAndTheTotalDoesNot() {
    var latency = HopLatency()
    for passed in 0..<20 as Range<UInt64> {
      latency.record((passed + 1) * 1_000_000, at: (100 + passed) * second)
    }
    let now = 119 * second + second / 2
    #expect(latency.recent(now: now).totalCount == 5 && latency.total.totalCount == 20)
    // 16 to 20 ms.
    #expect(HopsObject.Figures(latency.recent(now: now)).max == 20_000_000)
    #expect(latency.recent(now: now).min >= 15_900_000)
    #expect(latency.recent(now: now + 3 * second).totalCount == 2)
    #expect(latency.recent(now: now + 60 * second).totalCount == 0)
    #expect(HopsObject.Figures(latency.recent(now: now + 60 * second)).p50 == nil)
  }

  @Test func anyTimeIsTaken() {
    var latency = HopLatency()
    latency.record(.max, at: .max)
    latency.record(0, at: 0)
    #expect(latency.total.totalCount == 2)
    #expect(latency.total.maxRecorded < 69 * second)
  }

  @Test func everyMessageIsCountedOnce() {
    let hops = StreamHops()
    hops.sent(published: 10 * second, begun: 11 * second, ended: 13 * second)
    // A writer's own time may lie after the sending, and a commit before the subscription.
    hops.sent(published: 99 * second, begun: 11 * second, ended: 13 * second)
    hops.sent(published: nil, begun: 12 * second, ended: 13 * second)
    let object = HopsObject(hops, now: 13 * second)
    #expect(object.send.total.count == 3 && object.send.total.max == 2 * second)
    #expect(object.wait.total.count == 2 && object.earlier == 1)
    #expect(object.wait.total.max == second)
    let both = HopsObject(of: [hops, hops], now: 13 * second)
    #expect(both.send.recent.count == 6 && both.earlier == 2)
  }

  @Test func aFillThatIsNotKnownIsNotCounted() {
    let hops = StreamHops()
    hops.leased(FrameInfo(published: 5000), now: 9000)
    hops.leased(FrameInfo(published: 5000, begun: 6000), now: 9000)
    hops.leased(FrameInfo(published: 5000, begun: 3000), now: 9000)
    #expect(hops.fill.total.totalCount == 1 && hops.fill.sum == 2000)
  }

  @Test func theWriterSaysWhenItTookTheSlot() throws {
    let directory = try PrivateDirectory()
    let writer = try directory.frames()
    let before = Clock.monotonic
    let loan = try writer.loan()
    let between = Clock.monotonic
    try loan.commit()
    let lease = try FrameReader(try directory.reader("camera")).latest()
    #expect(lease.info.begun >= before && lease.info.begun <= between)
    #expect(lease.info.published >= between)
    writer.segment.close()
  }
}
