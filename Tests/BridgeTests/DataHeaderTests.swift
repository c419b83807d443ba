import ArrayShm
import Testing

@testable import Bridge

@Suite struct DataHeaderTests {
  private func number(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
    bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  @Test func everyFieldIsWhereTheDocumentSays() throws {
    var header = DataHeader(
      opcode: .records, dtype: try DType(descr: "'>f4'"), subscription: 0xfedc_ba98,
      generation: 0x1122_3344_5566_7788, sequence: 0x0102_0304_0506_0708, published: 1_000_000_007,
      sent: 1_000_000_009, payloadBytes: 6_000_000_000, lost: 77, shape: [3, 5, 70000])
    (header.level, header.plane) = (2, 3)
    (header.y, header.x, header.h, header.w) = (10, 11, 12, 13)
    header.records = 99
    let bytes = header.encoded()

    #expect(bytes.count == 112 && header.length == 112)
    #expect(Array(bytes[0..<4]) == Array("WMD1".utf8))
    #expect(bytes[4] == 1 && bytes[5] == 2 && bytes[6] == 14 && bytes[7] == 0)
    #expect(number(bytes, 8..<10) == 1)
    #expect(bytes[10] == 11 && bytes[11] == 3)
    #expect(number(bytes, 12..<16) == 0xfedc_ba98)
    #expect(number(bytes, 16..<24) == 0x1122_3344_5566_7788)
    #expect(number(bytes, 24..<32) == 0x0102_0304_0506_0708)
    #expect(number(bytes, 32..<40) == 1_000_000_007)
    #expect(number(bytes, 40..<48) == 1_000_000_009)
    #expect(number(bytes, 48..<56) == 6_000_000_000)
    #expect(number(bytes, 56..<64) == 77)
    #expect(
      stride(from: 64, to: 88, by: 4).map { number(bytes, $0..<$0 + 4) } == [2, 3, 10, 11, 12, 13])
    #expect(number(bytes, 88..<92) == 0)
    #expect(number(bytes, 92..<96) == 99)
    #expect(stride(from: 96, to: 108, by: 4).map { number(bytes, $0..<$0 + 4) } == [3, 5, 70000])
    #expect(bytes[108...].allSatisfy { $0 == 0 })
  }

  @Test(arguments: 0...64)
  func theLengthIsAMultipleOf16(dimensions: Int) throws {
    let header = DataHeader(
      opcode: .frame, dtype: try DType(descr: "'<u2'"), subscription: 1, generation: 1, sequence: 1,
      published: 0, sent: 0, payloadBytes: 2, lost: 0, shape: Array(repeating: 1, count: dimensions)
    )
    let bytes = header.encoded()
    #expect(bytes.count % 16 == 0 && bytes.count == header.length)
    #expect(bytes.count - (96 + 4 * dimensions) < 16)
    #expect(Int(bytes[6]) * 8 == bytes.count && Int(bytes[11]) == dimensions)
  }

  @Test(arguments: [
    ("'|b1'", 1, 0), ("'|u1'", 2, 0), ("'|i1'", 3, 0), ("'<u2'", 4, 0), ("'>u2'", 4, 1),
    ("'<i2'", 5, 0), ("'<u4'", 6, 0), ("'>i4'", 7, 1), ("'<u8'", 8, 0), ("'<i8'", 9, 0),
    ("'<f2'", 10, 0), ("'>f4'", 11, 1), ("'<f8'", 12, 0), ("'<c8'", 13, 0), ("'>c16'", 14, 1),
    ("'|S5'", 0, 0), ("'>U5'", 0, 0), ("'|V3'", 0, 0), ("'>M8[ns]'", 0, 0), ("'<m8[s]'", 0, 0),
    ("[('a', '>u2')]", 0, 0),
  ])
  func dtypeCodes(descr: String, code: UInt8, flags: UInt8) throws {
    let bytes = DataHeader(
      opcode: .frame, dtype: try DType(descr: descr), subscription: 1, generation: 1, sequence: 1,
      published: 0, sent: 0, payloadBytes: 2, lost: 0, shape: []
    ).encoded()
    #expect(bytes[10] == code && bytes[8] == flags && bytes[9] == 0)
  }
}
