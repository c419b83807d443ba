import Testing

@testable import ArrayShm

@Suite struct ArrayTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  /// Shape 6 x 10 in tiles of 4 x 4: a grid of 2 x 3.
  @Test func editsAreToldByTile() throws {
    let writer = try directory.array()
    let reader = try ArrayReader(#require(directory.read("array")))
    #expect(reader.grid.counts == [2, 3])
    #expect(reader.changed(since: 0).tiles.isEmpty)
    let (_, version) = try unsafe writer.edit(start: [3, 0], stop: [5, 4]) { bytes in
      unsafe bytes.storeBytes(of: 77, toByteOffset: (4 * 10 + 1) * 2, as: UInt16.self)
    }
    #expect(version == 1)
    #expect(reader.changed(since: 0).tiles == [0, 3])
    #expect(reader.changed(since: 0).version == 1)
    #expect(reader.changed(since: 1).tiles.isEmpty)
    try unsafe writer.edit(start: [0, 9], stop: [1, 10]) { _ in }
    #expect(reader.changed(since: 1).tiles == [2])
    try unsafe writer.edit { _ in }
    #expect(reader.changed(since: 2).tiles == Array(0..<6))
    // An empty region touches no tile, and is an edit all the same.
    try unsafe writer.edit(start: [2, 2], stop: [2, 5]) { _ in }
    #expect(reader.changed(since: 3).tiles.isEmpty)
    #expect(reader.segment.sequence == 4)
  }

  @Test func openEditCountsAsChangedAndIsAlone() throws {
    let writer = try directory.array()
    let reader = try ArrayReader(#require(directory.read("array")))
    try writer.begin(start: [0, 0], stop: [1, 1])
    #expect(reader.changed(since: 0).tiles == [0])
    #expect(code { try writer.begin(start: nil, stop: nil) } == .busy)
    // A tile in the middle of an edit is not copied; another is.
    var tile = [UInt16](repeating: 0, count: 1)
    #expect(
      code {
        _ = try unsafe tile.withUnsafeMutableBytes {
          try unsafe reader.copy(start: [0, 0], stop: [1, 1], into: $0)
        }
      } == .torn)
    #expect(
      code {
        _ = try unsafe tile.withUnsafeMutableBytes {
          try unsafe reader.copy(start: [5, 9], stop: [6, 10], into: $0)
        }
      } == nil)
    try writer.end()
    #expect(code { try writer.end() } == .invalid)
    #expect(
      code {
        _ = try unsafe tile.withUnsafeMutableBytes {
          try unsafe reader.copy(start: [0, 0], stop: [1, 1], into: $0)
        }
      } == nil)
  }

  /// Every box of a 3-D array, against the plain loop.
  @Test func everyRegionIsCopiedRight() throws {
    let shape = [3, 4, 5]
    let writer = try directory.array("cube", shape: shape, tile: [1, 2, 2])
    let reader = try ArrayReader(#require(directory.read("cube")))
    try unsafe writer.edit { bytes in
      for index in 0..<60 {
        unsafe bytes.storeBytes(of: UInt16(index), toByteOffset: index * 2, as: UInt16.self)
      }
    }
    func ranges(_ count: Int) -> [Range<Int>] {
      (0...count).flatMap { a in (a...count).map { a..<$0 } }
    }
    for z in ranges(3) {
      for y in ranges(4) {
        for x in ranges(5) {
          let expected = z.flatMap { z in
            y.flatMap { y in x.map { x in UInt16((z * 4 + y) * 5 + x) } }
          }
          var copy = [UInt16](repeating: .max, count: expected.count)
          let version = try unsafe copy.withUnsafeMutableBytes {
            try unsafe reader.copy(
              start: [z.lowerBound, y.lowerBound, x.lowerBound],
              stop: [z.upperBound, y.upperBound, x.upperBound], into: $0)
          }
          #expect(copy == expected && version == 1)
        }
      }
    }
  }

  @Test func regionsOutsideAreRefused() throws {
    let writer = try directory.array()
    #expect(code { try writer.begin(start: [0, 0], stop: [7, 1]) } == .invalid)
    #expect(code { try writer.begin(start: [2, 0], stop: [1, 1]) } == .invalid)
    #expect(code { try writer.begin(start: [-1, 0], stop: [1, 1]) } == .invalid)
    #expect(code { try writer.begin(start: [0], stop: [1]) } == .invalid)
  }

  @Test func zeroDimensionsAndZeroExtents() throws {
    let scalar = try directory.array("scalar", shape: [], tile: [])
    let reader = try ArrayReader(#require(directory.read("scalar")))
    try unsafe scalar.edit { unsafe $0.storeBytes(of: 9, as: UInt16.self) }
    var value: UInt16 = 0
    _ = try unsafe withUnsafeMutableBytes(of: &value) { try unsafe reader.copy(into: $0) }
    #expect(value == 9 && reader.changed(since: 0).tiles == [0])

    let empty = try directory.array("empty", shape: [3, 0, 2], tile: [1, 1, 1])
    try unsafe empty.edit { bytes in #expect(bytes.count == 0) }
    #expect(
      try ArrayReader(SegmentReader(directory: directory.segments, name: "empty")).grid.count == 0)
  }

  @Test func tilesCoverTheArrayExactlyOnce() throws {
    let grid = try TileGrid(shape: [7, 5, 9], tile: [3, 5, 4])
    var seen = Set<[Int]>()
    for tile in 0..<grid.count {
      let region = grid.region(ofTile: tile)
      #expect(grid.tiles(meeting: region) == [tile])
      for z in region[0] {
        for y in region[1] { for x in region[2] { #expect(seen.insert([z, y, x]).inserted) } }
      }
    }
    #expect(seen.count == 7 * 5 * 9)
  }
}
