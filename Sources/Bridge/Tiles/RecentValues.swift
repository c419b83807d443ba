/// A dictionary that knows in which order its values were set or used, to forget the oldest.
struct RecentValues<Key: Hashable, Value> {
  private struct Entry {
    var value: Value
    var stamp: UInt64
  }

  private var entries: [Key: Entry] = [:]
  /// Keys with the stamps of their uses, oldest first; a use that was not the last one is passed over.
  private var uses: [(key: Key, stamp: UInt64)] = []
  private var firstUse = 0
  private var clock: UInt64 = 0

  var count: Int { entries.count }

  /// A look that is no use.
  subscript(key: Key) -> Value? { entries[key]?.value }

  /// - Returns: the value that was there before.
  @discardableResult
  mutating func set(_ value: Value, for key: Key) -> Value? {
    let old = entries[key]?.value
    entries[key] = Entry(value: value, stamp: 0)
    use(key)
    return old
  }

  /// Makes it the one that was used last.
  mutating func use(_ key: Key) {
    guard entries[key] != nil else { return }
    clock += 1
    entries[key]?.stamp = clock
    uses.append((key, clock))
    if uses.count - firstUse > 2 * entries.count + 64 { compact() }
  }

  @discardableResult
  mutating func remove(_ key: Key) -> Value? { entries.removeValue(forKey: key)?.value }

  mutating func removeOldest() -> Value? {
    while firstUse < uses.count {
      let (key, stamp) = uses[firstUse]
      firstUse += 1
      if entries[key]?.stamp == stamp { return entries.removeValue(forKey: key)?.value }
    }
    return nil
  }

  /// Removes all that this is true of, and gives their values.
  mutating func removeAll(where isGone: (Key) -> Bool) -> [Value] {
    let gone = entries.filter { isGone($0.key) }
    for key in gone.keys { entries[key] = nil }
    return gone.values.map(\.value)
  }

  private mutating func compact() {
    uses = uses[firstUse...].filter { entries[$0.key]?.stamp == $0.stamp }
    firstUse = 0
  }
}
