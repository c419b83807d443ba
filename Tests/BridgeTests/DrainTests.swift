import Testing

@testable import Bridge

@Suite struct DrainTests {
  private let second: UInt64 = 1_000_000_000

  @Test func whatIsOnItsWayMayArrive() {
    let drain = Kept(Drain())
    #expect(!drain.with { $0.isOver(isSending: false, isConnected: false, now: 1) })
    #expect(drain.with { $0.ask(1, now: 0) } && drain.with { $0.hasBegun })
    #expect(!drain.with { $0.isOver(isSending: true, isConnected: true, now: 4 * second) })
    #expect(drain.with { $0.isOver(isSending: true, isConnected: true, now: 5 * second + 1) })
  }

  @Test func pagesHaveAMomentToAnswer() {
    let drain = Kept(Drain())
    _ = drain.with { $0.ask(1, now: 0) }
    #expect(!drain.with { $0.isOver(isSending: false, isConnected: true, now: second) })
    #expect(
      !drain.with { $0.isOver(isSending: false, isConnected: true, now: second + second / 2) })
    #expect(
      drain.with { $0.isOver(isSending: false, isConnected: true, now: second + second / 2 + 1) })
    #expect(drain.with { $0.isOver(isSending: false, isConnected: false, now: second) })
  }

  @Test func theSecondTimeNothingIsWaitedFor() {
    let drain = Kept(Drain())
    #expect(!drain.with { $0.ask(0, now: 0) } && !drain.with { $0.hasBegun })
    #expect(drain.with { $0.ask(1, now: 0) } && !drain.with { $0.ask(1, now: 1) })
    #expect(drain.with { $0.isOver(isSending: true, isConnected: true, now: 2) })
    let twice = Kept(Drain())
    #expect(
      twice.with { $0.ask(2, now: 0) }
        && twice.with { $0.isOver(isSending: true, isConnected: true, now: 0) })
  }
}
