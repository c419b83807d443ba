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
      let prefix = unsafe Array(source[..<16])
      #expect(prefix[0] == UInt8(itemsize) && prefix[8] == UInt8(truncatingIfNeeded: bytes.count))
      let deflated = unsafe UnsafeRawBufferPointer(rebasing: source[16...])
      return unsafe uncompress(&back, &length, deflated.baseAddress, UInt(deflated.count))
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

  @Test func aLinkIsTheMedianOfWhatTheKernelSays() {
    var link = LinkRate()
    // The first two are of a connection that is getting up to speed.
    let estimates: [UInt64] = [1, 1, 10_000_000, 900_000_000, 12_000_000, 11_000_000, 100]
    for (index, estimate) in estimates.enumerated() {
      #expect(link.bytesPerSecond == nil)
      link.look(now: UInt64(index + 1) * 1_000_000_000) { estimate }
    }
    #expect(link.bytesPerSecond == 11e6)
  }

  @Test func theKernelIsNotAskedAtEachMessage() {
    var link = LinkRate()
    var asked = 0
    for message in 0..<1000 as Range<UInt64> {
      link.look(now: 1_000_000_000 + message * 1_000_000) {
        asked += 1
        return nil
      }
    }
    #expect(asked == 10 && link.bytesPerSecond == nil)
  }

  @Test func onlySlowLinksOfOthersAreCompressedFor() {
    var link = Link()
    #expect(!link.isSlow)
    for look in 1...10 as ClosedRange<UInt64> {
      link.rate.look(now: look * 1_000_000_000) { 2_000_000 }
    }
    #expect(!link.isSlow && !Compression.auto.isWanted(bytes: 1 << 20, on: link))
    #expect(Compression.deflate.isWanted(bytes: 1 << 20, on: link))
    link.isLocal = false
    #expect(link.isSlow && Compression.auto.isWanted(bytes: 1 << 20, on: link))
    #expect(!Compression.auto.isWanted(bytes: 1000, on: link))
    #expect(!Compression.none.isWanted(bytes: 1 << 20, on: link))
    for look in 11...20 as ClosedRange<UInt64> {
      link.rate.look(now: look * 1_000_000_000) { 200_000_000 }
    }
    #expect(!link.isSlow)
  }
}
