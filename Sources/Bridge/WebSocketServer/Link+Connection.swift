extension Link {
  /// Has a message gone, it is known a little better how fast they go.
  mutating func look(at connection: Connection, now: UInt64) {
    if isLocal { return }
    rate.look(now: now) { connection.deliveryRate }
  }
}
