import ArrayShm
import Bridge

/// The lines that `tail` prints of one segment, and how far it has come.
struct TailLines {
  private let json: Bool
  private var left: Int
  /// The last commit that was printed or that is gone.
  private(set) var sequence: UInt64
  /// An array is shown at first even if it was never edited.
  private var showsArray = true

  private static let recordsAtFirst: UInt64 = 10
  private static let batch = 4096

  init(of source: StreamSource, json: Bool, limit: Int) {
    self.json = json
    left = limit
    let newest = source.reader.sequence
    sequence =
      switch source.description.kind {
      case .log: newest - min(newest, Self.recordsAtFirst)
      case .frames, .array: newest > 0 ? newest - 1 : 0
      }
  }

  var isFull: Bool { left <= 0 }

  mutating func print(newIn source: StreamSource) throws(SegmentError) {
    switch source.description.kind {
    case .log: try printRecords(source)
    case .frames: try printFrames(source)
    case .array: try printArray(source)
    }
  }

  private mutating func printRecords(_ source: StreamSource) throws(SegmentError) {
    let dtype = source.description.dtype
    let reader = ElementReader(dtype)
    while !isFull {
      let batch = try source.records(after: sequence, limit: min(Self.batch, left))
      if batch.lost > 0 { complain(lost: batch.lost, "records") }
      let first = batch.sequence - UInt64(batch.count) + 1
      for index in 0..<batch.count {
        let value = reader.value(batch.bytes, at: index * dtype.itemsize)
        let number = first + UInt64(index)
        emit(json ? "{\"seq\": \(number), \"record\": \(value.json)}" : "\(number)  \(value)")
      }
      sequence = batch.sequence
      if batch.count == 0 { return }
    }
  }

  private mutating func printFrames(_ source: StreamSource) throws(SegmentError) {
    while !isFull, source.reader.sequence > sequence {
      let lease: SharedLease
      do {
        lease = try source.leaseNext(after: sequence)
      } catch  where error.code == .none || error.code == .closed || error.code == .superseded {
        return
      }
      let info = lease.info
      if info.sequence > sequence + 1 { complain(lost: info.sequence - sequence - 1, "frames") }
      sequence = info.sequence
      let range = unsafe lease.withUnsafeBytes {
        unsafe ValueRange($0, source.description.dtype)
      }
      commit(info.published, range)
    }
  }

  private mutating func printArray(_ source: StreamSource) throws(SegmentError) {
    guard showsArray || source.reader.sequence > sequence else { return }
    let copy: CopiedArray
    do {
      copy = try source.copyArray().copy
    } catch  where error.code == .torn {
      return
    }
    showsArray = false
    sequence = copy.version
    let range = unsafe copy.withUnsafeBytes { unsafe ValueRange($0, source.description.dtype) }
    commit(try source.reader.status().heartbeat, range)
  }

  /// One line for the commit of a frame or an edit, with the wall clock's time.
  private mutating func commit(_ monotonic: UInt64, _ range: ValueRange?) {
    let since = Int64(bitPattern: Clock.monotonic &- monotonic)
    let time = TimeText.iso(Int64(bitPattern: Clock.realtime) - since, unit: "ns")
    if json {
      let numbers = range.map {
        ", \"min\": \(Self.number($0.minimum)), \"max\": \(Self.number($0.maximum)), \"mean\": \(Self.number($0.mean))"
      }
      emit("{\"seq\": \(sequence), \"time\": \"\(time)\"\(numbers ?? "")}")
    } else {
      let numbers = range.map { "  min \($0.minimum)  max \($0.maximum)  mean \($0.mean)" }
      emit("\(sequence)  \(time)\(numbers ?? "")")
    }
  }

  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }

  private func complain(lost: UInt64, _ what: String) {
    Console.complain("\(lost) \(what) were overwritten before they could be read")
  }

  private mutating func emit(_ line: String) {
    Console.print(line)
    left -= 1
  }
}
