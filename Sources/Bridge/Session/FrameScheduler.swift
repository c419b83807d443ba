/// Decides which subscription of a session sends next.
///
/// Only what has a credit and something new is asked. Among those the one that has had the fewest bytes goes first (start-time fair
/// queueing, Goyal and others 1996): streams that always have something share the socket by bytes, so that no one starves another, and
/// a line of a log does not wait for an image. What was idle is not owed anything for that time.
package enum FrameScheduler {
  /// What the decision looks at.
  package struct Candidate: Sendable, Equatable {
    package var id: UInt32
    package var credits: Int
    package var hasNews: Bool
    /// Not before this time: `max_fps`, or a copy that has to be tried again.
    package var notBefore: UInt64
    /// Where it would begin now, in bytes of the session's virtual time.
    package var start: UInt64
    package var typicalBytes: Int

    package init(
      id: UInt32, credits: Int, hasNews: Bool, notBefore: UInt64 = 0, start: UInt64 = 0,
      typicalBytes: Int = 0
    ) {
      self.id = id
      self.credits = credits
      self.hasNews = hasNews
      self.notBefore = notBefore
      self.start = start
      self.typicalBytes = typicalBytes
    }
  }

  package enum Choice: Sendable, Equatable {
    case send(id: UInt32)
    /// Something is there, but must not go before this time.
    case wait(until: UInt64)
    case idle

    /// The same without saying which.
    var readiness: Readiness {
      switch self {
      case .send: .now
      case .wait(let until): .at(until)
      case .idle: .idle
      }
    }
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
    (a.start, a.typicalBytes, a.id) < (b.start, b.typicalBytes, b.id)
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
