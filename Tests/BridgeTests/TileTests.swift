import ArrayShm
import Glibc
import Logging
import Synchronization
import Testing

@testable import Bridge

/// Tiles of real arrays, without a socket.
@Suite struct TileTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  private func array(
    _ shape: [Int], tile: [Int]? = nil, sparse: Bool = false
  ) throws -> (writer: ArrayWriter, source: StreamSource) {
    let writer = try ArrayWriter(
      directory: directory.segments,
      .array("image", dtype: DType(descr: "'|u1'"), shape: shape, tile: tile, sparse: sparse))
    return (writer, try StreamSource(try directory.reader("image")))
  }

  private func geometry(_ source: StreamSource, tile: Int = 256) -> ViewGeometry {
    ViewGeometry(
      shape: source.description.shape, itemsize: 1, yAxis: 0, xAxis: 1, channelAxis: nil,
      reduction: .mean, tileHeight: tile, tileWidth: tile)
  }

  private func bytes(_ tile: CachedTile) -> [UInt8] {
    unsafe tile.payload.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// All of 100,000 x 100,000 counts as edited, although nothing was written.
  @Test func aZoomedOutTileReadsABoundedPartOfTenGigabytes() throws {
    let (writer, source) = try array([100_000, 100_000], sparse: true)
    try unsafe writer.edit { _ in }
    let maker = try #require(source.pyramid(geometry(source))).maker
    func blocks() -> Int {
      var status = stat()
      unsafe stat("\(directory.path)/image.npy", &status)
      return Int(status.st_blocks)
    }
    let before = blocks()
    var last = 0
    for level in [4, 5, 9, 17] {
      let tile = try maker.make(TileKey(plane: 0, level: level, row: 0, column: 0))
      let read = maker.elementsRead - last
      last = maker.elementsRead
      #expect(read > 0 && read <= Limits.tileElements)
      #expect(tile.isSampled == (level > 4) && tile.version == 1)
      #expect(bytes(tile).allSatisfy { $0 == 0 })
    }
    #expect(blocks() == before)
    // What was never edited is not read at all.
    writer.segment.close()
    let (other, untouched) = try array([100_000, 100_000], sparse: true)
    let zeros = try #require(untouched.pyramid(geometry(untouched))).maker
    _ = try zeros.make(TileKey(plane: 0, level: 9, row: 0, column: 0))
    #expect(zeros.elementsRead == 0)
    other.segment.close()
  }

  @Test func tilesAreMadeOnceForAVersion() throws {
    let (writer, source) = try array([64, 64], tile: [32, 32])
    let pyramid = try #require(source.pyramid(geometry(source, tile: 32)))
    #expect(source.pyramid(geometry(source, tile: 32)) === pyramid)
    #expect(source.pyramid(geometry(source, tile: 16)) !== pyramid)
    let key = TileKey(plane: 0, level: 0, row: 0, column: 1)
    guard case .tile(let first) = try pyramid.find(key, version: 0),
      case .tile(let again) = try pyramid.find(key, version: 0)
    else {
      Issue.record("small tiles are made at once")
      return
    }
    #expect(first === again && pyramid.maker.tilesMade == 1)
    try unsafe writer.edit(start: [0, 40], stop: [1, 41]) { unsafe $0[40] = 7 }
    guard case .tile(let newer) = try pyramid.find(key, version: 1) else { return }
    #expect(newer.version == 1 && bytes(newer)[8] == 7 && pyramid.maker.tilesMade == 2)
  }

  @Test func anOpenEditTearsATileUntilItsWriterIsGone() throws {
    let (writer, source) = try array([64, 64], tile: [32, 32])
    let maker = try #require(source.pyramid(geometry(source, tile: 32))).maker
    let inside = TileKey(plane: 0, level: 0, row: 0, column: 0)
    try unsafe writer.edit(start: [0, 0], stop: [1, 1]) { _ in
      let error = #expect(throws: SegmentError.self) { try maker.make(inside) }
      #expect(error?.code == .torn)
      _ = try maker.make(TileKey(plane: 0, level: 0, row: 1, column: 1))
    }
    #expect(try maker.make(inside).version == 1)
  }

  @Test func manySessionsShareOneComputation() throws {
    let (writer, _) = try array([1024, 1024])
    defer { writer.segment.close() }
    let logger = Logger(label: "test")
    // By reference: the worker outlives this call's frame.
    let counter = Counter()
    let worker = PayloadWorker(logger: logger) { counter.add() }
    let catalog = SegmentCatalog(directory: directory.segments, logger: logger, worker: worker) {
      _ in
    }
    defer { catalog.stop() }
    _ = catalog.apply(.present(try directory.reader("image")))
    let source = try #require(catalog.source(named: "image"))
    let pyramid = try #require(source.pyramid(geometry(source)))
    let sessions = (0..<8).map { _ in
      Session(
        catalog: catalog, identity: .init(version: "1", server: "s"), logger: logger,
        now: Clock.monotonic)
    }
    let text = #"{"type": "subscribe", "id": 1, "stream": "image", "level": 1, "credits": 64}"#
    for session in sessions { session.receive(text: Array(text.utf8), now: Clock.monotonic) }
    var tiles = [Int](repeating: 0, count: sessions.count)
    var viewed = 0
    let end = Clock.monotonic + 60_000_000_000
    while viewed < sessions.count, Clock.monotonic < end {
      for (number, session) in sessions.enumerated() {
        switch session.next(now: Clock.monotonic) {
        case .data: tiles[number] += 1
        case .control(let text):
          if JSONValue(parsing: text)?.object?["type"] == .string("viewed") { viewed += 1 }
        default: usleep(100)
        }
      }
    }
    #expect(tiles == [Int](repeating: 4, count: 8))
    #expect(pyramid.maker.tilesMade == 4 && counter.value == 4)
    #expect(sessions.allSatisfy { !$0.isWaitingForWork })
  }

  @Test func aMessageOfViewIsSentForEachMoveEvenWithoutACredit() throws {
    let (writer, _) = try array([64, 64])
    defer { writer.segment.close() }
    let catalog = SegmentCatalog(directory: directory.segments, logger: Logger(label: "test")) {
      _ in
    }
    _ = catalog.apply(.present(try directory.reader("image")))
    let session = Session(
      catalog: catalog, identity: .init(version: "1", server: "s"), logger: Logger(label: "test"),
      now: Clock.monotonic)
    func say(_ text: String) { session.receive(text: Array(text.utf8), now: Clock.monotonic) }
    func types() -> [String] {
      var types: [String] = []
      while true {
        switch session.next(now: Clock.monotonic) {
        case .data(let message): types.append("tile \(message.header[5])")
        case .control(let text):
          guard case .string(let type) = JSONValue(parsing: text)?.object?["type"] else { continue }
          types.append(type)
        default: return types
        }
      }
    }
    say(#"{"type": "subscribe", "id": 1, "stream": "image", "level": 0}"#)
    #expect(types() == ["hello", "streams", "subscribed", "tile 4", "viewed"])
    #expect(session.readiness(now: Clock.monotonic) == .idle)
    say(#"{"type": "view", "id": 1, "region": [0, 0, 9, 9]}"#)
    #expect(session.readiness(now: Clock.monotonic) == .now)
    #expect(types() == ["viewed"])
    say(#"{"type": "view", "id": 1, "fresh": true}"#)
    #expect(types() == [])
    #expect(session.readiness(now: Clock.monotonic) == .idle)
    say(#"{"type": "credit", "id": 1, "seq": 0}"#)
    #expect(types() == ["tile 4", "viewed"])
  }

  @Test func whatWasUsedLeastRecentlyIsForgottenFirst() {
    var values = RecentValues<Int, String>()
    for number in 0..<5 { values.set("\(number)", for: number) }
    values.use(0)
    values.set("one", for: 1)
    values.remove(3)
    #expect(values.count == 4 && values[3] == nil && values[1] == "one")
    #expect(
      [values.removeOldest(), values.removeOldest(), values.removeOldest()] == ["2", "4", "0"])
    for _ in 0..<10_000 { values.use(1) }
    #expect(values.removeOldest() == "one" && values.removeOldest() == nil)
  }

  @Test func theCacheKeepsToItsBudget() throws {
    let cache = TileCache(budget: 1000)
    let owner = cache.newOwner()
    for row in 0..<20 {
      let tile = CachedTile(
        version: 1, pixels: PixelRegion(0, 0, 1, 100),
        payload: CopiedBytes([UInt8](repeating: 0, count: 100)), isSampled: false)
      cache.keep(tile, as: TileKey(plane: 0, level: 0, row: row, column: 0), of: owner)
    }
    #expect(cache.bytes == 1000)
    #expect(cache.tile(TileKey(plane: 0, level: 0, row: 9, column: 0), of: owner) == nil)
    #expect(cache.tile(TileKey(plane: 0, level: 0, row: 10, column: 0), of: owner) != nil)
    cache.removeAll(of: owner)
    #expect(cache.bytes == 0)
  }
}

/// A number that several threads count.
final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add() { count.add(1, ordering: .relaxed) }
}
