/// The one endless HTTP body that may carry the data of one of the session's subscriptions.
extension Session {
  /// Why no body can be begun for a subscription.
  package enum BodyRefusal: Error {
    case noSubscription
    /// The one body that a session may have is there.
    case taken
  }

  /// From now on, when the page has answered, the data of this subscription goes over a body.
  ///
  /// - Returns: the number of the body. An earlier one may still be sending its last message.
  @discardableResult
  package func takeBody(for id: UInt32, of stream: String) throws(BodyRefusal) -> UInt64 {
    guard let subscription = subscriptions[id], subscription.request.stream == stream, !isOver
    else { throw .noSubscription }
    guard body == nil else { throw .taken }
    takeBackStaged(of: subscription)
    bodies += 1
    body = (id, bodies)
    turn(subscription, to: .body, "a body was fetched")
    return bodies
  }

  /// The body is at its end, or shall be: the data goes over the WebSocket again.
  package func leaveBody(_ reason: String) {
    guard let id = body?.subscription, let subscription = subscriptions[id] else { return }
    body = nil
    turn(subscription, to: .webSocket, reason)
  }

  private func turn(_ subscription: Subscription, to lane: Lane, _ reason: String) {
    subscription.turn(to: lane)
    send(.transport(id: subscription.id, lane: lane, turn: subscription.turn, reason: reason))
  }

  /// Whether the body of this number goes on.
  package func hasBody(_ number: UInt64) -> Bool { body?.number == number && !isOver }

  /// When the body has something to send.
  package func bodyReadiness(now: UInt64) -> Readiness {
    isOver ? .idle : dataReadiness(.body, now)
  }

  /// The next message of the body. Gaps and all other control messages go over the WebSocket.
  package func nextOfBody(now: UInt64) -> OutgoingMessage? {
    isOver ? nil : nextData(.body, now).message
  }
}
