/// The status messages that a page asked for: when the next is due, and from what the rates are counted.
struct StatusReport {
  private let interval: UInt64
  /// How long the hops take is told too.
  let tellsHops: Bool
  private(set) var due: UInt64
  private var last: [String: Mark] = [:]

  private struct Mark {
    let generation: UInt64
    let sequence: UInt64
    let time: UInt64
  }

  init(everyMilliseconds: Int, hops: Bool, now: UInt64) {
    tellsHops = hops
    interval = UInt64(everyMilliseconds) * 1_000_000
    due = now
  }

  /// Commits a second since the last report; 0 in the first one and for a new generation.
  mutating func rate(of key: StreamKey, sequence: UInt64, now: UInt64) -> Double {
    defer {
      last[key.name] = Mark(generation: key.generation, sequence: sequence, time: now)
    }
    guard let mark = last[key.name], mark.generation == key.generation, now > mark.time,
      sequence >= mark.sequence
    else { return 0 }
    return Double(sequence - mark.sequence) / (Double(now - mark.time) / 1e9)
  }

  /// The next one is due an interval after this one was sent: a page that is slow gets fewer, not a pile.
  mutating func finish(now: UInt64, present: [String]) {
    due = now + interval
    if last.count > present.count {
      let names = Set(present)
      last = last.filter { names.contains($0.key) }
    }
  }
}
