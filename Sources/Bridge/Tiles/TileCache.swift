import Synchronization

/// The tiles of all arrays that were made last, up to so many bytes. To be used from any thread.
package final class TileCache: Sendable {
  private struct Key: Hashable {
    let owner: UInt64
    let tile: TileKey
  }

  private struct State {
    var tiles = RecentValues<Key, CachedTile>()
    var bytes = 0
  }

  private let budget: Int
  private let state = Mutex(State())
  private let owners = Atomic<UInt64>(0)

  package init(budget: Int = Limits.cachedTileBytes) { self.budget = budget }

  package var bytes: Int { state.withLock { $0.bytes } }

  /// A number for somebody who keeps tiles here.
  func newOwner() -> UInt64 { owners.add(1, ordering: .relaxed).newValue }

  func tile(_ tile: TileKey, of owner: UInt64) -> CachedTile? {
    state.withLock { state in
      let key = Key(owner: owner, tile: tile)
      guard let found = state.tiles[key] else { return nil }
      state.tiles.use(key)
      return found
    }
  }

  func keep(_ cached: CachedTile, as tile: TileKey, of owner: UInt64) {
    state.withLock { state in
      let old = state.tiles.set(cached, for: Key(owner: owner, tile: tile))
      state.bytes += cached.payload.count - (old?.payload.count ?? 0)
      while state.bytes > budget, let oldest = state.tiles.removeOldest() {
        state.bytes -= oldest.payload.count
      }
    }
  }

  func removeAll(of owner: UInt64) {
    state.withLock { state in
      for tile in state.tiles.removeAll(where: { $0.owner == owner }) {
        state.bytes -= tile.payload.count
      }
    }
  }
}
