import ArrayShm
import Testing

@testable import Bridge

/// Values computed by hand; every dtype is held against numpy in `Tests/server/test_tiles.py`.
@Suite struct ReductionTests {
  /// One row of blocks, `width` columns each, reduced.
  private func reduce<Number: FixedWidthInteger & BitwiseCopyable>(
    _ reduction: Reduction, _ descr: String, _ rows: [[Number]], width: Int, lanes: Int = 1
  ) throws -> [Number] {
    let reducer = BandReducer(reduction, try DType(descr: descr))
    let columns = rows[0].count / lanes
    let band = Band(rows: rows.count, columns: columns, lanes: lanes, width: width)
    var out = [Number](repeating: 0, count: band.blocks * lanes)
    unsafe rows.flatMap(\.self).withUnsafeBytes { samples in
      unsafe out.withUnsafeMutableBytes { unsafe reducer.reduce(samples, band, into: $0) }
    }
    return out
  }

  @Test func integersAreRoundedToTheNearestAndFromTheMiddleToEven() throws {
    // 10 / 4, 14 / 4, 11 / 4, and 255 / 2 at the edge.
    let rows: [[UInt8]] = [[1, 2, 3, 4, 5, 1, 255], [3, 4, 5, 2, 3, 2, 0]]
    #expect(try reduce(.mean, "'|u1'", rows, width: 2) == [2, 4, 3, 128])
    #expect(
      try reduce(.mean, "'<i2'", [[-1, -2, -3, -4, -2, -3] as [Int16]], width: 2) == [-2, -4, -2])
    #expect(roundedHalfToEven(-5, 2) == -2 && roundedHalfToEven(-7, 2) == -4)
    #expect(
      roundedHalfToEven(-7, 4) == -2 && roundedHalfToEven(7, 4) == 2 && roundedHalfToEven(0, 9) == 0
    )
  }

  @Test func sumsOfWideIntegersAreExact() throws {
    #expect(
      try reduce(.mean, "'<u8'", [[UInt64.max, .max, .max, .max - 4]], width: 4) == [.max - 1])
    #expect(try reduce(.mean, "'<i8'", [[Int64.min, .min, .max, .max]], width: 2) == [.min, .max])
    #expect(try reduce(.mean, "'<i8'", [[Int64.min, .max]], width: 2) == [0])
  }

  @Test func bytesAreTurnedRoundForSums() throws {
    let rows = [[UInt16(256).bigEndian, UInt16(258).bigEndian]]
    #expect(try reduce(.mean, "'>u2'", rows, width: 2) == [UInt16(257).bigEndian])
    let floats = [[Float(1).bitPattern.bigEndian, Float(2).bitPattern.bigEndian]]
    #expect(try reduce(.mean, "'>f4'", floats, width: 2) == [Float(1.5).bitPattern.bigEndian])
  }

  @Test func aNaNCountsOnlyWhereThereIsNothingElse() throws {
    let rows = [[Float.nan, 2, 4, .nan, .nan, .infinity, 1].map(\.bitPattern)]
    let means = try reduce(.mean, "'<f4'", rows, width: 2).map { Float(bitPattern: $0) }
    #expect(means[0] == 2 && means[1] == 4 && means[2] == .infinity && means[3] == 1)
    let none = try reduce(
      .mean, "'<f8'", [[Double.nan.bitPattern, Double.nan.bitPattern]], width: 2)
    #expect(Double(bitPattern: none[0]).isNaN)
    let half = try reduce(
      .mean, "'<f2'", [[Float16(1).bitPattern, Float16(2).bitPattern]], width: 2)
    #expect(Float16(bitPattern: half[0]) == 1.5)
  }

  @Test func channelsAndPartsOfComplexNumbersStayApart() throws {
    let pixels: [[UInt8]] = [[10, 20, 30, 20, 40, 60]]
    #expect(try reduce(.mean, "'|u1'", pixels, width: 2, lanes: 3) == [15, 30, 45])
    #expect(BandReducer(.mean, try DType(descr: "'<c8'")).lanesPerElement == 2)
  }

  @Test func theModeIsTheMostFrequentAndTheSmallestOfSeveral() throws {
    #expect(try reduce(.mode, "'|u1'", [[3, 3, 1, 9, 9, 1]] as [[UInt8]], width: 3) == [3, 9])
    #expect(try reduce(.mode, "'<i4'", [[5, -5, -5, 5, 7, 7]] as [[Int32]], width: 4) == [-5, 7])
    let floats: [[UInt32]] = [[Float.nan, .nan, -1, -0.0, 0, .nan].map(\.bitPattern)]
    let modes = try reduce(.mode, "'<f4'", floats, width: 3).map { Float(bitPattern: $0) }
    #expect(modes[0].isNaN && modes[1] == 0)
    let ties = try reduce(.mode, "'<f8'", [[-1.5, -2.5, .nan, 3].map(\.bitPattern)], width: 4)
    #expect(Double(bitPattern: ties[0]) == -2.5)
    // numpy takes every byte but 0 for true.
    #expect(try reduce(.mode, "'|b1'", [[0, 2, 1]] as [[UInt8]], width: 3) == [1])
    #expect(try reduce(.mean, "'|b1'", [[0, 2, 0, 7, 1, 0]] as [[UInt8]], width: 3) == [0, 1])
  }

  @Test func whatIsUsualDependsOnTheDtype() throws {
    func usual(_ descr: String, labels: Bool = false) throws -> Reduction {
      .usual(for: try DType(descr: descr), labels: labels)
    }
    #expect(try usual("'<u2'") == .mean && usual("'<u2'", labels: true) == .nearest)
    #expect(try usual("'|b1'") == .nearest && usual("'<c16'") == .mean)
    #expect(try usual("'<M8[ns]'") == .nearest && usual("[('a', '<f4')]") == .nearest)
    let complex = try DType(descr: "'<c8'")
    #expect(!Reduction.mode.works(on: complex) && Reduction.mean.works(on: complex))
  }

  @Test func whatIsReadIsBounded() throws {
    func sampling(_ level: Int, tile: Int = 256, shape: [Int] = [1 << 20, 1 << 20]) -> Sampling {
      let geometry = ViewGeometry(
        shape: shape, itemsize: 1, yAxis: shape.count == 1 ? nil : 0, xAxis: shape.count - 1,
        channelAxis: nil, reduction: .mean)
      return Sampling(
        geometry, level: level, pixels: shape.count == 1 ? tile : tile * tile, limit: 1 << 24)
    }
    #expect(sampling(0) == sampling(0) && !sampling(0).isPartial && sampling(0).count == 1)
    #expect(sampling(4).step == 1 && sampling(4).count == 16 && !sampling(4).isPartial)
    #expect(sampling(5).step == 4 && sampling(5).count == 8 && sampling(5).isPartial)
    #expect(sampling(20).step == 1 << 17 && sampling(20).count == 8)
    // Of the largest tiles not even 8 x 8.
    #expect(sampling(5, tile: 2048).count == 2)
    #expect(
      sampling(12, shape: [1 << 40]).count == 4096 && !sampling(12, shape: [1 << 40]).isPartial)
    #expect(sampling(13, shape: [1 << 40]).count == 64 && sampling(13, shape: [1 << 40]).isPartial)
    for level in 0...31 {
      for tile in [16, 256, 2048] {
        let sampling = sampling(level, tile: tile)
        #expect(sampling.step * sampling.count == 1 << level)
        #expect(tile * tile * sampling.count * sampling.count <= 1 << 24)
      }
    }
  }
}
