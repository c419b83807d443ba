/// Puts messages together from their records. What does not fit together is dropped: the other side hears nothing and its time runs out.
package struct MessageAssembler {
  private let limit: Int
  private var message: CommandMessage?
  private var parts: UInt16 = 0
  private var next: UInt16 = 1

  /// - Parameter limit: bytes of text in one message; longer ones are dropped.
  package init(limit: Int) { self.limit = limit }

  /// Records were lost: what was begun cannot be ended.
  package mutating func reset() { message = nil }

  /// Takes the next record of the log.
  ///
  /// - Returns: the message that it ends, if it ends one.
  package mutating func add(_ record: CommandRecord) -> CommandMessage? {
    if record.part == 1 {
      message = CommandMessage(
        call: record.call, to: record.to, deadline: record.deadline, text: [])
      parts = record.parts
      next = 1
    }
    guard var begun = message, record.part == next, record.parts == parts,
      record.call == begun.call, record.to == begun.to,
      begun.text.count + record.text.count <= limit
    else {
      message = nil
      return nil
    }
    message = nil
    begun.text += record.text
    if record.part == parts { return begun }
    message = begun
    next += 1
    return nil
  }
}
