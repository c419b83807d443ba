/// Decides which subscription of a session sends next.
///
/// Only what has a credit and something new is asked. Among those the one that was served longest ago goes first, so that no stream
/// starves another; of equals the smaller message, so that a line of a log does not wait for an image.
package enum FrameScheduler {
  /// What the decision looks at.
  package struct Candidate: Sendable, Equatable {
    package var id: UInt32
    package var credits: Int
    package var hasNews: Bool
    /// Not before this time: `max_fps`, or a copy that has to be tried again.
    package var notBefore: UInt64
    /// When it was served last, in messages of this session; 0 if never.
    package var lastServed: UInt64
    package var typicalBytes: Int

    package init(
      id: UInt32, credits: Int, hasNews: Bool, notBefore: UInt64 = 0, lastServed: UInt64 = 0,
      typicalBytes: Int = 0
    ) {
      self.id = id
      self.credits = credits
      self.hasNews = hasNews
      self.notBefore = notBefore
      self.lastServed = lastServed
      self.typicalBytes = typicalBytes
    }
  }

  package enum Choice: Sendable, Equatable {
    case send(id: UInt32)
    /// Something is there, but must not go before this time.
    case wait(until: UInt64)
    case idle
  }

  package static func choose(from candidates: some Sequence<Candidate>, now: UInt64) -> Choice {
    var best: Candidate?
    var earliest: UInt64?
    for candidate in candidates where candidate.credits > 0 && candidate.hasNews {
      if candidate.notBefore > now {
        earliest = min(earliest ?? .max, candidate.notBefore)
      } else if best.map({ isBefore(candidate, $0) }) ?? true {
        best = candidate
      }
    }
    if let best { return .send(id: best.id) }
    if let earliest { return .wait(until: earliest) }
    return .idle
  }

  private static func isBefore(_ a: Candidate, _ b: Candidate) -> Bool {
    (a.lastServed, a.typicalBytes, a.id) < (b.lastServed, b.typicalBytes, b.id)
  }

  /// The time before which the next message must not go, for one that goes now.
  ///
  /// Counted from when it was due, not from when it went: wake-ups that are late by a little do not add up to a lower rate.
  package static func nextDue(now: UInt64, due: UInt64, maxFPS: Double?) -> UInt64 {
    guard let maxFPS else { return 0 }
    let interval = UInt64(min(1e9 / maxFPS, 1e18))
    let lateness = now > due ? now - due : 0
    return lateness < interval ? due + interval : now + interval
  }
}
