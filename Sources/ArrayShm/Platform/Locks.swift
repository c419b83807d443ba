import Glibc

/// The bytes of a segment's file whose locks say who is there (`docs/segment-format.md`, "Locks").
enum LockByte {
  private static let base: Int64 = 1 << 62
  static let writer = base
  static let wanted = base + 4096
  static let wantedCount: Int64 = 1 << 20
  static func slot(_ index: Int) -> Int64 { base + (1 << 24) + Int64(index) }
}

/// Open-file-description locks: the kernel drops them with their holder, however it dies.
extension Descriptor {
  /// Takes an exclusive lock if nobody else has one on that byte.
  func tryExclusive(_ byte: Int64) throws(Errno) -> Bool { try tryLock(F_WRLCK, byte) }

  /// Takes a shared lock if nobody else has an exclusive one on that byte.
  func tryShared(_ byte: Int64) throws(Errno) -> Bool { try tryLock(F_RDLCK, byte) }

  func unlock(_ byte: Int64) {
    guard isOurs else { return }
    try? SystemCalls.lock(number, F_UNLCK, at: byte)
  }

  /// Whether anybody else holds any lock on these bytes.
  func isHeldByOthers(_ byte: Int64, count: Int64 = 1) throws(Errno) -> Bool {
    try SystemCalls.findLock(number, at: byte, count: count) != nil
  }

  /// How many bytes of a range others have locked. The kernel tells one lock a question, in no
  /// order, so the range is cut at each answer; n locks take 2n + 1 questions.
  func countHeldByOthers(_ byte: Int64, count: Int64) throws(Errno) -> Int {
    var open = [(start: byte, end: byte + count)]
    var total = 0
    while let range = open.popLast() {
      guard range.start < range.end,
        let found = try SystemCalls.findLock(
          number, at: range.start, count: range.end - range.start)
      else { continue }
      total += 1
      open.append((range.start, min(found, range.end)))
      open.append((max(found + 1, range.start), range.end))
    }
    return total
  }

  private func tryLock(_ type: Int32, _ byte: Int64) throws(Errno) -> Bool {
    do throws(Errno) {
      try SystemCalls.lock(number, type, at: byte)
      return true
    } catch {
      if error.rawValue == EAGAIN || error.rawValue == EACCES { return false }
      throw error
    }
  }
}
