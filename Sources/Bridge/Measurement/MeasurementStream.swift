import ArrayShm

/// A segment that the server itself writes, for a page to measure with: frames like any others, on the way of all others.
///
/// A new frame is there as soon as the newest was leased: the way to the page is what limits the rate, and while nobody takes frames
/// none are made.
package final class MeasurementStream {
  package static let name = "\(SegmentName.reservedPrefix)measurement"
  private static let slots = 3

  package let source: StreamSource
  private let writer: FrameWriter
  private var next: UInt64
  /// The newest frame was leased, but no slot was free for one after it.
  private var isBehind = false

  /// What takes long, done by another thread: memory is taken and filled.
  struct Made: Sendable {
    let writer: FrameWriter
    let reader: SegmentReader

    init(_ directory: SegmentDirectory, bytes: Int) throws(SegmentError) {
      writer = try FrameWriter(
        directory: directory,
        .frames(
          MeasurementStream.name, dtype: try DType(descr: "'<u4'"), shape: [bytes / 4],
          slots: MeasurementStream.slots))
      for sequence in 1...UInt64(MeasurementStream.slots) {
        let loan = try writer.loan()
        unsafe loan.withUnsafeMutableBytes {
          unsafe MeasurementPattern.fill($0)
          unsafe MeasurementPattern.stamp($0, sequence: sequence)
        }
        try loan.commit()
      }
      reader = try SegmentReader(directory: directory, name: MeasurementStream.name)
    }
  }

  init(_ made: Made) throws(SegmentError) {
    writer = made.writer
    source = try StreamSource(made.reader)
    next = UInt64(Self.slots) + 1
    source.whenLeased = { [unowned self] in commitNext() }
  }

  private func commitNext() {
    do throws(SegmentError) {
      let loan = try writer.loan()
      unsafe loan.withUnsafeMutableBytes {
        unsafe MeasurementPattern.stamp($0, sequence: next)
      }
      next = try loan.commit() + 1
      isBehind = false
    } catch {
      isBehind = true
    }
  }

  /// To be called now and then.
  func look() {
    if isBehind { commitNext() }
  }

  /// Removes the segment. What is being sent of it still goes.
  func end() {
    source.whenLeased = nil
    source.isListed = false
    source.endPass()
    writer.segment.close()
  }
}
