import CZlib
import Testing

@testable import Bridge

@Suite struct CompressionTests {
  private final class Bytes: Payload {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    var count: Int { bytes.count }
    var isIntact: Bool { true }
    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
      try unsafe bytes.withUnsafeBytes { try unsafe body($0) }
    }
  }

  private func shuffled(_ bytes: [UInt8], _ itemsize: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: bytes.count)
    unsafe bytes.withUnsafeBytes { source in
      unsafe result.withUnsafeMutableBytes { target in
        unsafe ByteShuffle.shuffle(source, itemsize: itemsize, into: target)
      }
    }
    return result
  }

  @Test func shufflingPutsEqualPlacesTogether() {
    #expect(shuffled([1, 2, 3, 4, 5, 6], 2) == [1, 3, 5, 2, 4, 6])
    #expect(shuffled([1, 2, 3, 4, 5, 6, 7], 3) == [1, 4, 2, 5, 3, 6, 7])
    #expect(shuffled([1, 2, 3], 1) == [1, 2, 3])
    #expect(shuffled([1, 2], 8) == [1, 2])
    #expect(shuffled([], 2) == [])
  }

  @Test(arguments: [1, 2, 4, 8]) func whatIsInflatedIsWhatWasShuffled(itemsize: Int) throws {
    // A ramp: high bytes alike, low bytes not.
    let bytes = (0..<40_000).flatMap { value in
      (0..<itemsize).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let payload = try #require(
      CompressedPayload.of(Bytes(bytes), bytes: bytes.count, itemsize: itemsize))
    #expect(payload.count < bytes.count * 9 / 10)
    var back = [UInt8](repeating: 0, count: bytes.count)
    var length = UInt(back.count)
    let status = unsafe payload.withUnsafeBytes { source in
      unsafe uncompress(&back, &length, source.baseAddress, UInt(source.count))
    }
    #expect(status == Z_OK && length == UInt(bytes.count))
    #expect(back == shuffled(bytes, itemsize))
  }

  @Test func noiseIsNotWorthIt() {
    var generator = SystemRandomNumberGenerator()
    let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    #expect(CompressedPayload.of(Bytes(noise), bytes: noise.count, itemsize: 2) == nil)
    #expect(CompressedPayload.of(Bytes([]), bytes: 0, itemsize: 2) == nil)
  }

  @Test func aFullLinkIsMeasured() {
    var link = LinkRate()
    var now: UInt64 = 1_000_000_000
    link.sent(5_000_000, now: now)
    // 1 MB every 100 ms, the socket full in between: 10 MB/s.
    for _ in 0..<20 {
      link.isFull(now: now)
      now += 100_000_000
      link.sent(1_000_000, now: now)
    }
    let rate = link.bytesPerSecond ?? 0
    #expect(abs(rate - 10e6) < 1e5)
  }

  @Test func whatIsNotFullIsNotMeasured() {
    var link = LinkRate()
    for second in 1...100 {
      link.sent(1_000_000, now: UInt64(second) * 1_000_000_000)
      link.isIdle()
    }
    #expect(link.bytesPerSecond == nil)
  }
}
