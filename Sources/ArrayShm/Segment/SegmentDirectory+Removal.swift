import Glibc

/// Removing segments whose writers are gone.
extension SegmentDirectory {
  /// Removes a segment. Readers keep what they have mapped.
  /// - Parameter generation: the only one that may go; nil: whichever is there, and files of that
  ///   name that are no valid segment.
  /// - Throws: `.busy` if its writer lives, `.superseded` if it is of another generation,
  ///   `.notFound`.
  public func remove(_ name: String, generation: UInt64? = nil) throws(SegmentError) {
    try SegmentName.check(name)
    let path = file(name)
    try withLock { () throws(SegmentError) in
      if let generation {
        let found = try OpenedSegment(directory: self, name: name, populate: false).description
        guard found.generation == generation else {
          throw SegmentError(
            .superseded,
            "remove segment \(path): another generation has its name now; the one to be removed is gone"
          )
        }
      }
      let isHeld = try SegmentError.wrapping("remove segment \(path)") { () throws(Errno) in
        try Descriptor(opening: path, O_RDONLY).isHeldByOthers(LockByte.writer)
      }
      guard !isHeld else {
        throw SegmentError(.busy, "remove segment \(path): its writer is alive; close it first")
      }
      try SegmentError.wrapping("remove segment \(path)") { () throws(Errno) in
        try SystemCalls.unlink(path)
      }
    }
  }

  /// Removes what dead writers left: their segments, unless made to persist, and files in the
  /// making. What is not a valid segment is left alone.
  /// - Parameter dryRun: only says what would go.
  /// - Returns: names of files, sorted.
  public func collectGarbage(dryRun: Bool) throws(SegmentError) -> [String] {
    let candidates = try fileNames()
    if candidates.isEmpty { return [] }
    return try withLock { () throws(SegmentError) in
      var removed: [String] = []
      for fileName in candidates.sorted() where try isLeftover(fileName) {
        if !dryRun {
          do throws(Errno) {
            try SystemCalls.unlink("\(path)/\(fileName)")
          } catch  where error.rawValue == ENOENT {
            // A writer whose creation failed has removed its own.
            continue
          } catch {
            throw SegmentError(error, "remove leftover \(path)/\(fileName)")
          }
        }
        removed.append(fileName)
      }
      return removed
    }
  }

  private func isLeftover(_ fileName: String) throws(SegmentError) -> Bool {
    if let name = SegmentName.from(fileName: fileName) {
      do throws(SegmentError) {
        let segment = try OpenedSegment(directory: self, name: name, populate: false)
        if segment.description.persist { return false }
        return try !SegmentError.wrapping("look at \(fileName)") { () throws(Errno) in
          try segment.descriptor.isHeldByOthers(LockByte.writer)
        }
      } catch  where error.code != .tooManyFiles {
        // Whatever it is, it is no segment of ours.
        return false
      }
    }
    guard fileName.hasPrefix(SegmentWriter.temporaryPrefix) else { return false }
    // Temporary files get their writer's lock before the directory's lock, which we hold, is let
    // go.
    guard let descriptor = try? Descriptor(opening: "\(path)/\(fileName)", O_RDONLY) else {
      return false
    }
    return (try? descriptor.isHeldByOthers(LockByte.writer)) == false
  }
}

extension SegmentError {
  /// Runs system calls and names what they were for.
  static func wrapping<R>(
    _ doing: @autoclosure () -> String, _ body: () throws(Errno) -> R
  ) throws(SegmentError) -> R {
    do throws(Errno) {
      return try body()
    } catch {
      throw SegmentError(error, doing())
    }
  }
}
