import Synchronization

/// What the sequence words of a region's tiles say: how new it is, and whether it changed between
/// two looks.
package struct RegionVersion: Sendable, Equatable {
  /// Number of the newest edit of any of the tiles; 0 if none was ever edited.
  package var newest: UInt64 = 0
  /// One of the tiles is in the middle of an edit.
  package var isOpen = false
  /// Sum of the words. Words only grow, so it is the same only if none of them changed.
  private var sum: UInt64 = 0

  package init() {}

  mutating func add(_ word: UInt64) {
    newest = max(newest, word / 2)
    isOpen = isOpen || word % 2 == 1
    sum &+= word
  }

  /// None of the tiles was ever edited: they hold zeros.
  package var isUntouched: Bool { newest == 0 && !isOpen }
}

extension ArrayReader {
  /// Looks at the words of the tiles that meet a region. O(tiles), nothing is allocated.
  ///
  /// Bytes that are read after it are not older than it says. They are whole if a second look after
  /// them, behind an acquire fence, finds the same, and none of the tiles open.
  /// - Parameter region: within the shape, an axis each.
  package func version(of region: [Range<Int>]) -> RegionVersion {
    var version = RegionVersion()
    if region.contains(where: \.isEmpty) { return version }
    visit(region, axis: 0, first: 0, &version)
    return version
  }

  /// The second look.
  package func isUnchanged(_ region: [Range<Int>], since before: RegionVersion) -> Bool {
    // The bytes were read before the words (see FrameReader.copy).
    atomicMemoryFence(ordering: .acquiring)
    return version(of: region) == before
  }

  private func visit(
    _ region: [Range<Int>], axis: Int, first: Int, _ version: inout RegionVersion
  ) {
    guard axis < region.count else {
      version.add(unsafe segment.memory.sequenceWord(first).pointee.load(ordering: .acquiring))
      return
    }
    let low = region[axis].lowerBound / grid.tile[axis]
    let high = (region[axis].upperBound - 1) / grid.tile[axis]
    let start = first * grid.counts[axis]
    guard axis == region.count - 1 else {
      for number in low...high {
        visit(region, axis: axis + 1, first: start + number, &version)
      }
      return
    }
    for number in (start + low)...(start + high) {
      version.add(unsafe segment.memory.sequenceWord(number).pointee.load(ordering: .acquiring))
    }
  }
}
