/// Compression of what goes over slow links.
extension Session {
  /// The job that compresses what was taken; nil if it goes as it is.
  func compression(of taken: Subscription.Taken, for subscription: Subscription) -> CompressionJob?
  {
    let message: OutgoingMessage
    switch taken {
    case .message(let taken, _, _), .tile(let taken, _, _): message = taken
    case .gap, .viewed, .nothing: return nil
    }
    guard subscription.request.compression.isWanted(bytes: message.payloadBytes, on: link),
      subscription.mayCompress(message)
    else { return nil }
    return message.source.compress(message)
  }
}
