import Testing

@testable import Bridge

@Suite struct FragmentCursorTests {
  /// All bytes that a cursor sends, when the kernel takes `portion(bytes left)` at a time.
  private func transmit(
    _ message: [UInt8], fragmentBytes: Int, portion: (Int) -> Int
  ) -> [UInt8] {
    var cursor = FragmentCursor(messageBytes: message.count, fragmentBytes: fragmentBytes)
    var sent: [UInt8] = []
    while !cursor.isComplete {
      let pending = cursor.webSocketHeader[cursor.pendingHeader] + message[cursor.pendingMessage]
      #expect(pending.count == cursor.pendingBytes && !pending.isEmpty)
      let count = portion(pending.count)
      sent += pending.prefix(count)
      let isWhole = count == pending.count
      cursor.advance(by: count)
      // Mid-fragment exactly while something of a begun fragment is left.
      #expect(cursor.isMidFragment == (!isWhole && (count > 0 || cursor.isMidFragment)))
    }
    return sent
  }

  /// Reads WebSocket frames: opcodes, final bits, payloads.
  private func parse(_ bytes: [UInt8]) -> [(opcode: UInt8, isFinal: Bool, payload: [UInt8])] {
    var frames: [(UInt8, Bool, [UInt8])] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let head = [rest.removeFirst(), rest.removeFirst()]
      #expect(head[0] & 0x70 == 0 && head[1] & 0x80 == 0)
      var length = Int(head[1])
      if length >= 126 {
        let extra = length == 126 ? 2 : 8
        length = rest.prefix(extra).reduce(0) { $0 << 8 | Int($1) }
        #expect(length >= (extra == 2 ? 126 : 65536))
        rest = rest.dropFirst(extra)
      }
      frames.append((head[0] & 0x0f, head[0] & 0x80 != 0, Array(rest.prefix(length))))
      rest = rest.dropFirst(length)
    }
    return frames
  }

  @Test(arguments: [1, 2, 124, 125, 126, 127, 1000, 65534, 65535, 65536, 65537, 200_000])
  func everyMessageArrivesWhole(size: Int) {
    let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }
    for fragmentBytes in [1, 125, 126, 65535, 65536, 100_000] where size / fragmentBytes < 3000 {
      var random = SystemRandomNumberGenerator()
      let sent = transmit(message, fragmentBytes: fragmentBytes) { left in
        // Parts of any size, among them none and single bytes.
        left < 40
          ? Int.random(in: 0...left, using: &random) : Int.random(in: 1...left, using: &random)
      }
      let frames = parse(sent)
      #expect(frames.flatMap(\.payload) == message)
      #expect(frames.count == (size + fragmentBytes - 1) / fragmentBytes)
      #expect(frames.map(\.opcode) == [2] + Array(repeating: 0, count: frames.count - 1))
      #expect(frames.map(\.isFinal) == Array(repeating: false, count: frames.count - 1) + [true])
      #expect(frames.dropLast().allSatisfy { $0.payload.count == fragmentBytes })
    }
  }

  @Test func aWholeFragmentAtOnceIsNeverMidFragment() {
    var cursor = FragmentCursor(messageBytes: 250, fragmentBytes: 100)
    for _ in 0..<3 {
      #expect(!cursor.isMidFragment && !cursor.isComplete)
      cursor.advance(by: cursor.pendingBytes)
    }
    #expect(cursor.isComplete && !cursor.isMidFragment)
  }

  @Test func aBodyHasNoFrameHeaders() {
    var cursor = FragmentCursor(messageBytes: 250, fragmentBytes: 100, framing: .none)
    var sent = 0
    while !cursor.isComplete {
      #expect(cursor.pendingHeader.isEmpty && cursor.pendingMessage.lowerBound == sent)
      let count = min(37, cursor.pendingBytes)
      cursor.advance(by: count)
      sent += count
    }
    #expect(sent == 250)
  }

  @Test func theHeaderAloneIsMidFragment() {
    var cursor = FragmentCursor(messageBytes: 70_000, fragmentBytes: 1 << 20)
    cursor.advance(by: 3)
    #expect(cursor.isMidFragment)
    #expect(cursor.pendingHeader == 3..<10 && cursor.pendingMessage == 0..<70_000)
    cursor.advance(by: 9)
    #expect(cursor.pendingHeader.isEmpty && cursor.pendingMessage == 2..<70_000)
  }
}
