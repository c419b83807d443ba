import ArrayShm

/// Streams come, go and are replaced: what that means for the subscriptions of a session.
extension Session {
  /// Hears of a change in the catalogue.
  package func hear(_ change: CatalogChange, now: UInt64) {
    guard closing == nil else { return }
    switch change {
    case .added(let source):
      if let object = catalog.object(of: source, now: now) { send(.added(object)) }
      for subscription in subscribed(to: source.key.name) {
        release(subscription)
        bind(subscription, to: source, isWaitedFor: true, now: now)
      }
    case .removed(let name):
      send(.removed(name: name))
      drain()
    case .unreadable(let name, let reason):
      for subscription in subscribed(to: name) {
        send(.error(ControlError(.unreadable, reason, id: subscription.id)))
      }
    }
  }

  private func subscribed(to name: String) -> [Subscription] {
    subscriptions.values.filter { $0.request.stream == name }.sorted { $0.id < $1.id }
  }

  func bind(
    _ subscription: Subscription, to source: StreamSource, isWaitedFor: Bool, now: UInt64
  ) {
    do throws(ControlError) {
      try subscription.checkView(of: source)
    } catch {
      send(.error(error))
      wait(subscription, "the view does not fit this generation of the stream")
      return
    }
    if subscription.view == nil, let refusal = source.refusal {
      send(.error(ControlError(.tooLarge, refusal, id: subscription.id)))
      wait(subscription, "this generation of the stream is too large")
      return
    }
    do {
      try catalog.subscribe(source)
    } catch {
      send(.error(ControlError(.unreadable, error.message, id: subscription.id)))
      wait(subscription, "the stream cannot be subscribed to")
      return
    }
    subscription.bind(to: source, isWaitedFor: isWaitedFor)
    if let object = catalog.object(of: source, now: now) {
      send(.subscribed(id: subscription.id, stream: object))
    }
  }

  /// Lets go of the generation that a subscription reads from, and tells what of it will not come.
  func release(_ subscription: Subscription) {
    guard let source = subscription.source else { return }
    takeBackStaged(of: subscription)
    if let gap = subscription.unbind() { tell(gap, to: subscription) }
    catalog.unsubscribe(source)
  }

  func takeBackStaged(of subscription: Subscription) {
    guard let staged, staged.subscription == subscription.id else { return }
    subscription.takeBack(staged)
    self.staged = nil
    counters.finish(staged, isSent: false)
  }

  func tell(_ gap: ClosedRange<UInt64>, to subscription: Subscription) {
    counters.lost &+= gap.commits
    send(.gap(id: subscription.id, from: gap.lowerBound, to: gap.upperBound))
  }

  func wait(_ subscription: Subscription, _ reason: String) {
    send(.waiting(id: subscription.id, name: subscription.request.stream, reason: reason))
  }

  /// A stream that is gone is let go once everything in it has been sent.
  func drain() {
    for subscription in subscriptions.values {
      guard let source = subscription.source, !source.isListed, !subscription.hasNews,
        !subscription.isWaitingForWork, staged?.subscription != subscription.id
      else { continue }
      release(subscription)
      wait(subscription, "the stream has ended")
    }
  }
}
