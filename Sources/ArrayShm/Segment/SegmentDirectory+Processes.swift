import Glibc

/// A process of this user that has a segment open.
public struct SegmentProcess: Sendable, Hashable {
  public let id: Int32
  /// As the kernel names it, and after an interpreter the script.
  public let program: String
  public let isWriter: Bool
  /// It asks for data.
  public let isSubscribed: Bool
  /// Slots that it uses in place now.
  public let leases: Int
}

/// Who has a segment open, as far as /proc tells: processes of other users it does not show.
extension SegmentDirectory {
  /// A walk through all descriptors of all processes of this user: milliseconds.
  public func processes(of name: String) throws(SegmentError) -> [SegmentProcess] {
    try SegmentName.check(name)
    let path = file(name)
    let file = try SegmentError.wrapping("look at segment \(path)") { () throws(Errno) in
      try SystemCalls.status(path: path)
    }
    let all = try SegmentError.wrapping("list processes") { () throws(Errno) in
      try SystemCalls.entries("/proc")
    }
    return all.compactMap { Int32($0) }.sorted().compactMap { Self.process($0, opening: file) }
  }

  private static func process(_ id: Int32, opening file: stat) -> SegmentProcess? {
    // One that has gone meanwhile, or is somebody else's, shows none.
    let descriptors = (try? SystemCalls.entries("/proc/\(id)/fd")) ?? []
    let held = descriptors.filter { number in
      guard let status = try? SystemCalls.statusBehind("/proc/\(id)/fd/\(number)") else {
        return false
      }
      return status.st_dev == file.st_dev && status.st_ino == file.st_ino
    }
    if held.isEmpty { return nil }
    let locks = held.flatMap { lockedBytes("/proc/\(id)/fdinfo/\($0)") }
    let wanted = LockByte.wanted..<LockByte.wanted + LockByte.wantedCount
    return SegmentProcess(
      id: id, program: program(id), isWriter: locks.contains(LockByte.writer),
      isSubscribed: locks.contains(where: wanted.contains),
      leases: locks.count { $0 >= LockByte.slot(0) })
  }

  /// `lock: 1: OFDLCK ADVISORY WRITE -1 00:1b:145215 FIRST LAST`: those of this description alone.
  private static func lockedBytes(_ path: String) -> [Int64] {
    text(path).split(separator: "\n").filter { $0.hasPrefix("lock:") }.flatMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 9, let first = Int64(words[7]) else { return [Int64]() }
      // The kernel joins neighbours: slots that are leased side by side are one lock.
      let last = Int64(words[8]) ?? first
      return Array(first...max(first, min(last, first + 1024)))
    }
  }

  private static func program(_ id: Int32) -> String {
    let name = text("/proc/\(id)/comm").split(separator: "\n").first.map(String.init) ?? ""
    // Of the arguments only a script's name: others may be secrets.
    let arguments = text("/proc/\(id)/cmdline").split(
      separator: "\0", omittingEmptySubsequences: false)
    guard arguments.count > 1 else { return name }
    let script =
      arguments[1] == "-m" && arguments.count > 2
      ? arguments[2]
      : arguments[1].hasSuffix(".py") ? arguments[1].split(separator: "/").last ?? "" : ""
    return script.isEmpty ? name : "\(name) \(script)"
  }

  private static func text(_ path: String) -> String {
    guard let descriptor = try? Descriptor(opening: path, O_RDONLY) else { return "" }
    // It is closed with the last use of the object, not of its number.
    defer { withExtendedLifetime(descriptor) {} }
    let bytes = (try? SystemCalls.read(descriptor.number, 0..<4096)) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }
}
