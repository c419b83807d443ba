import Testing

@testable import ArrayShm

@Suite struct LogTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  @Test func recordsComeInOrderAcrossTheRingsEnd() throws {
    let writer = try directory.log(records: 8)
    let reader = try LogReader(#require(directory.read("log")))
    var sequence: UInt64 = 0
    var expected: UInt64 = 1
    // Every batch size against every position in the ring.
    for size in [1, 3, 5, 7, 8, 2, 8, 6] as [UInt64] {
      #expect(try writer.append(Array(expected..<expected + size)) == expected + size - 1)
      let batch = reader.records(after: sequence, limit: 100)
      #expect(batch.values == Array(expected..<expected + size))
      #expect(batch.lost == 0)
      sequence = batch.sequence
      expected += size
    }
  }

  @Test func overwrittenRecordsAreCounted() throws {
    let writer = try directory.log(records: 8)
    let reader = try LogReader(#require(directory.read("log")))
    try writer.append(Array(1...5))
    #expect(reader.records(after: 0, limit: 2).values == [1, 2])
    try writer.append(Array(6...30))
    let batch = reader.records(after: 2, limit: 100)
    #expect(batch.values == Array(23...30))
    #expect(batch.lost == 20 && batch.sequence == 30)
    let none = reader.records(after: 30, limit: 100)
    #expect(none.count == 0 && none.sequence == 30 && none.lost == 0)
  }

  @Test func limitsAreKept() throws {
    let writer = try directory.log(records: 8)
    let reader = try LogReader(#require(directory.read("log")))
    try writer.append(Array(1...8))
    var seen: [UInt64] = []
    while true {
      let batch = reader.records(after: UInt64(seen.count), limit: 3)
      if batch.count == 0 { break }
      seen += batch.values
    }
    #expect(seen == Array(1...8))
    #expect(reader.records(after: 0, limit: 0).count == 0)
    #expect(reader.records(after: 0, limit: -1).count == 0)
    #expect(reader.records(after: .max, limit: 3).count == 0)
  }

  @Test func partsOfRecordsAreRefused() throws {
    let writer = try directory.log()
    let bytes = [UInt8](repeating: 0, count: 12)
    #expect(
      code { _ = try unsafe bytes.withUnsafeBytes { try unsafe writer.append($0) } } == .invalid)
    #expect(try writer.append([] as [UInt64]) == 0)
  }

  @Test func logOfOneRecord() throws {
    let writer = try directory.log(records: 1)
    let reader = try LogReader(#require(directory.read("log")))
    try writer.append([1, 2, 3])
    let batch = reader.records(after: 0, limit: 5)
    #expect(batch.values == [3] && batch.lost == 2)
  }
}
