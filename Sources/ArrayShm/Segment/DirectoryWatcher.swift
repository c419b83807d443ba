import Glibc
import Synchronization

/// A change among the names of a segment directory.
public enum DirectoryEvent: Sendable, Hashable {
  /// A segment appeared, or has a new generation.
  case added(String)
  case removed(String)
}

/// Tells which segments appear and disappear in a directory, beginning with those that are there.
public final class DirectoryWatcher: Sendable {
  private let directory: SegmentDirectory
  private let notifier: Descriptor
  private let state: ForkSafeLock<State>

  private struct State {
    var known: Set<String> = []
    var pending: [DirectoryEvent] = []
    /// The kernel dropped events: only the directory itself can tell now.
    var needsScan = true
    var isRemoved = false
  }

  /// - Throws: `.notFound` if the directory does not exist, `.tooManyFiles`.
  public init(directory: SegmentDirectory) throws(SegmentError) {
    self.directory = directory
    notifier = try SegmentError.wrapping("watch segment directory \(directory.path)") {
      () throws(Errno) in
      let notifier = try Descriptor(path: directory.path) { () throws(Errno) in
        try SystemCalls.makeNotifier()
      }
      try SystemCalls.watch(
        notifier.number, directory.path,
        UInt32(
          IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR))
      return notifier
    }
    // The watch is there before the names are listed, so none is missed between.
    state = ForkSafeLock(State())
    try state.withLock { state throws(SegmentError) in try scan(&state) }
  }

  /// The next event.
  /// - Parameter timeout: nil waits for ever; zero only looks.
  /// - Returns: nil after the time limit.
  /// - Throws: `.notFound` if the directory was removed or renamed; `.forked`.
  public func next(timeout: Duration?) throws(SegmentError) -> DirectoryEvent? {
    let deadline = Deadline(timeout)
    while true {
      let event = try state.withLock { state throws(SegmentError) -> DirectoryEvent? in
        guard notifier.isOurs else {
          throw SegmentError(
            .forked,
            "watcher of \(directory.path): belongs to the parent process; make one after fork")
        }
        if state.pending.isEmpty { try readEvents(&state) }
        if state.needsScan { try scan(&state) }
        if state.pending.isEmpty && state.isRemoved {
          throw SegmentError(.notFound, "segment directory \(directory.path): was removed")
        }
        return state.pending.isEmpty ? nil : state.pending.removeFirst()
      }
      if let event { return event }
      if deadline.hasPassed { return nil }
      // Rounded up, or the last fraction of a millisecond would be spent spinning.
      let milliseconds = (deadline.remaining(atMost: SegmentReader.slice) + 999_999) / 1_000_000
      _ = try SegmentError.wrapping("watch segment directory \(directory.path)") {
        () throws(Errno) in
        try SystemCalls.poll(notifier.number, milliseconds: Int32(milliseconds))
      }
    }
  }

  /// Compares the names that there are with those known.
  private func scan(_ state: inout State) throws(SegmentError) {
    let names = Set(try directory.names())
    state.pending += state.known.subtracting(names).sorted().map { .removed($0) }
    state.pending += names.sorted().map { .added($0) }
    state.known = names
    state.needsScan = false
  }

  private func readEvents(_ state: inout State) throws(SegmentError) {
    let notifier = notifier.number
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 8)
    defer { unsafe buffer.deallocate() }
    let count: Int
    do throws(Errno) {
      count = try unsafe SystemCalls.read(notifier, into: buffer)
    } catch  where error.rawValue == EAGAIN {
      return
    } catch {
      throw SegmentError(error, "watch segment directory \(directory.path)")
    }
    let bytes = unsafe [UInt8](buffer[..<count])
    // struct inotify_event: wd, mask, cookie, len (four bytes each), then len bytes of name padded
    // with NULs.
    var offset = 0
    while offset + 16 <= bytes.count {
      let mask = bytes.number(UInt32.self, at: offset + 4)
      let length = Int(bytes.number(UInt32.self, at: offset + 12))
      let nameBytes = bytes[(offset + 16)..<min(offset + 16 + length, bytes.count)]
      offset += 16 + length
      handle(mask, String(decoding: nameBytes.prefix { $0 != 0 }, as: UTF8.self), &state)
    }
  }

  private func handle(_ mask: UInt32, _ fileName: String, _ state: inout State) {
    if mask & UInt32(IN_Q_OVERFLOW) != 0 {
      state.needsScan = true
    } else if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0 {
      state.isRemoved = true
    } else if let name = SegmentName.from(fileName: fileName) {
      if mask & UInt32(IN_CLOSE_WRITE) != 0 {
        // Writers put their segments in place by a rename; this is a copy that somebody brought
        // here, or the end of a writer.
        guard !state.known.contains(name),
          (try? SystemCalls.status(path: directory.file(name))) != nil
        else { return }
        state.known.insert(name)
        state.pending.append(.added(name))
      } else if mask & UInt32(IN_MOVED_TO) != 0 {
        state.known.insert(name)
        state.pending.append(.added(name))
      } else if state.known.remove(name) != nil {
        state.pending.append(.removed(name))
      }
    }
  }
}
