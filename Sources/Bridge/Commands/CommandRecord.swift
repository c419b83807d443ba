import ArrayShm

/// One record of a command log or of a producer's log: a part of a message (`docs/commands.md`).
package struct CommandRecord: Sendable, Equatable {
  package static let descr =
    "[('call', '<u8'), ('to', '<u8'), ('deadline', '<u8'), ('part', '<u2'), ('parts', '<u2'), "
    + "('length', '<u4'), ('text', '|S480')]"
  package static let bytes = 512
  /// Bytes of text in one record.
  package static let textBytes = 480

  package var call: UInt64
  package var to: UInt64
  package var deadline: UInt64
  /// From 1.
  package var part: UInt16
  package var parts: UInt16
  package var text: ArraySlice<UInt8>

  /// The records that carry a message, one after the other.
  package static func encode(_ message: CommandMessage) -> [UInt8] {
    let parts = count(textBytes: message.text.count)
    var out = LittleEndianBytes(capacity: parts * bytes)
    for part in 0..<parts {
      let start = part * textBytes
      let text = message.text[start..<min(start + textBytes, message.text.count)]
      out.append(message.call)
      out.append(message.to)
      out.append(message.deadline)
      out.append(UInt16(part + 1))
      out.append(UInt16(parts))
      out.append(UInt32(text.count))
      out.append(Array(text))
      out.pad(to: (part + 1) * bytes)
    }
    return out.bytes
  }

  /// Records that a text of so many bytes takes.
  package static func count(textBytes: Int) -> Int {
    max(1, (textBytes + Self.textBytes - 1) / Self.textBytes)
  }

  /// Reads the record that begins at `start`; nil if its numbers cannot be.
  package init?(_ bytes: [UInt8], at start: Int) {
    func number(_ offset: Int, _ width: Int) -> UInt64 {
      bytes[(start + offset)..<(start + offset + width)].reversed().reduce(0) {
        $0 << 8 | UInt64($1)
      }
    }
    let length = number(28, 4)
    guard length <= Self.textBytes else { return nil }
    call = number(0, 8)
    to = number(8, 8)
    deadline = number(16, 8)
    part = UInt16(number(24, 2))
    parts = UInt16(number(26, 2))
    guard part >= 1, part <= parts else { return nil }
    text = bytes[(start + 32)..<(start + 32 + Int(length))]
  }
}
