import ArrayShm
import Synchronization

/// Whether anybody waits for a stream's next commit.
///
/// A page that shows ten frames a second of a camera that makes a thousand need not be told of each: what is there when its credit comes
/// is sent without news. So a waiter tells of one commit, and of the next one only if a subscription has asked for it meanwhile; else it
/// rests, and the stream costs no wake-up, until one asks.
final class NewsDemand: Sendable {
  private enum Phase {
    /// Somebody waits: the next commit is told.
    static let wanted: UInt8 = 0
    /// A commit was told, and nobody has asked again.
    static let told: UInt8 = 1
    /// Another commit came in vain.
    static let resting: UInt8 = 2
  }

  private let phase = Atomic(Phase.wanted)
  private let waiter: SegmentWaiter

  /// - Parameter waiter: who waits for the stream; kicked when a rest ends.
  init(waiter: SegmentWaiter) { self.waiter = waiter }

  /// A subscription has sent what there is, and could send more. To be called after the look at what there is.
  func want() {
    // Whoever tells changes the phase first and brings the sessions to look again after it: so an old look at it does no harm.
    if phase.load(ordering: .relaxed) == Phase.wanted { return }
    if phase.exchange(Phase.wanted, ordering: .acquiringAndReleasing) == Phase.resting {
      waiter.kick()
    }
  }

  /// A commit came.
  ///
  /// - Returns: whether it is to be told. If not, the stream rests.
  func takeCommit() -> Bool {
    let told = phase.compareExchange(
      expected: Phase.wanted, desired: Phase.told, ordering: .acquiringAndReleasing)
    if told.exchanged { return true }
    let rested = phase.compareExchange(
      expected: Phase.told, desired: Phase.resting, ordering: .acquiringAndReleasing)
    // Wanted: somebody asked between the two.
    return rested.original == Phase.wanted && takeCommit()
  }

  var isResting: Bool { phase.load(ordering: .acquiring) == Phase.resting }
}
