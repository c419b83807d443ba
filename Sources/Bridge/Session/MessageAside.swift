/// A message that waits for its compressed payload, with what was found when it was taken.
struct MessageAside {
  /// As it was taken, and once it is settled as it goes: compressed, or as it was where that would gain nothing.
  private(set) var message: OutgoingMessage
  let gap: ClosedRange<UInt64>?
  private(set) var copied: Int
  /// The message is a tile, and perhaps the last one in view.
  let tile: Tile?
  /// Nothing was sent before it.
  let isFirst: Bool
  private var job: CompressionJob?

  struct Tile { let viewed: Viewed? }

  init(
    _ message: OutgoingMessage, gap: ClosedRange<UInt64>? = nil, copied: Int, tile: Tile? = nil,
    isFirst: Bool, job: CompressionJob
  ) {
    self.message = message
    self.gap = gap
    self.copied = copied
    self.tile = tile
    self.isFirst = isFirst
    self.job = job
  }

  var isFinished: Bool { job?.isFinished ?? true }
  var isSettled: Bool { job == nil }

  /// Takes the job's result, if it is there, and lets go of the frame that it was made from: the socket may be busy for long.
  mutating func settle() {
    guard let result = job?.result else { return }
    job = nil
    guard case .success(let payload?) = result else { return }
    copied += message.payloadBytes
    message = message.compressed(payload)
  }
}
