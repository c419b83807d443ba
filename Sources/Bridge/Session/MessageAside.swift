/// A message that waits for its compressed payload, with what was found when it was taken.
struct MessageAside {
  let message: OutgoingMessage
  let gap: ClosedRange<UInt64>?
  let copied: Int
  /// The message is a tile, and perhaps the last one in view.
  let tile: Tile?
  let job: CompressionJob

  struct Tile { let viewed: Viewed? }

  /// The message as it goes, nil while the job is not finished: compressed, or as it was where that would gain nothing.
  var result: (message: OutgoingMessage, isCompressed: Bool)? {
    guard let result = job.result else { return nil }
    guard case .success(let payload?) = result else { return (message, false) }
    return (message.compressed(payload), true)
  }
}
