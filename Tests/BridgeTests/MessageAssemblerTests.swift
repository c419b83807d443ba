import Testing

@testable import Bridge

@Suite struct MessageAssemblerTests {
  private func message(_ count: Int, call: UInt64 = 3) -> CommandMessage {
    CommandMessage(
      call: call, to: 0x0102_0304_0506_0708, deadline: .max,
      text: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
  }

  private func records(_ message: CommandMessage) throws -> [CommandRecord] {
    let bytes = CommandRecord.encode(message)
    #expect(
      bytes.count
        == CommandRecord.count(textBytes: message.text.count) * CommandRecord.bytes)
    return try stride(from: 0, to: bytes.count, by: CommandRecord.bytes).map {
      try #require(CommandRecord(bytes, at: $0))
    }
  }

  private func assemble(_ records: [CommandRecord], limit: Int = 1 << 20) -> [CommandMessage] {
    var assembler = MessageAssembler(limit: limit)
    return records.compactMap { assembler.add($0) }
  }

  @Test(arguments: [0, 1, 479, 480, 481, 960, 961, 100_000])
  func backAndForth(_ count: Int) throws {
    let message = message(count)
    #expect(assemble(try records(message)) == [message])
  }

  @Test func whatDoesNotFitTogetherIsDropped() throws {
    let long = try records(message(1000))
    let short = try records(message(5, call: 4))
    #expect(assemble(Array(long[1...]) + short) == [message(5, call: 4)])
    #expect(assemble([long[0]] + short + long[1...]) == [message(5, call: 4)])
    #expect(assemble([long[0], long[2]]).isEmpty)
    #expect(assemble([long[0], long[1], long[1], long[2]]).isEmpty)
    #expect(assemble([long[0]] + long) == [message(1000)])
    #expect(assemble(long, limit: 999).isEmpty)
    var other = long
    other[1].call = 9
    #expect(assemble(other).isEmpty)
    other = long
    other[2].parts = 4
    #expect(assemble(other).isEmpty)
  }

  @Test func aLossEndsWhatWasBegun() throws {
    let long = try records(message(1000))
    var assembler = MessageAssembler(limit: 1 << 20)
    #expect(assembler.add(long[0]) == nil)
    assembler.reset()
    #expect(assembler.add(long[1]) == nil && assembler.add(long[2]) == nil)
  }

  @Test func recordsWithImpossibleNumbers() {
    let good = CommandRecord.encode(message(5))
    #expect(CommandRecord(good, at: 0) != nil)
    for (offset, value) in [(24, 0), (24, 2), (29, 2), (31, 0x80)] as [(Int, UInt8)] {
      var bad = good
      bad[offset] = value
      #expect(CommandRecord(bad, at: 0) == nil, "byte \(offset) = \(value)")
    }
  }
}
