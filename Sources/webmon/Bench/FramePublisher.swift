import ArrayShm
import CLimits

/// Publishes numbered frames: one after the other, or at the times when they are due.
protocol FramePublisher: AnyObject {
  var source: FrameSource { get }
  /// The number of the next frame.
  var next: UInt64 { get }
  /// Publishes the source as it is. False if the frame was dropped.
  func publish(isLast: Bool) throws -> Bool
}

extension FramePublisher {
  /// - Returns: frames that were dropped.
  func publish(_ count: Int, every period: UInt64) throws -> Int {
    // Room for the first to be made.
    let start = limit_now() + max(period, 5_000_000)
    var dropped = 0
    for number in 0..<count {
      let due = start + UInt64(number) * period
      source.stamp(next, due: due)
      limit_wait_until(due)
      let isLast = number == count - 1
      while try !publish(isLast: isLast) {
        dropped += 1
        // Without the last one the readers would wait for ever.
        if !isLast { break }
      }
    }
    return dropped
  }

  /// As fast as it goes, for so long, and at least so many.
  /// - Returns: frames published a second.
  func publish(for nanoseconds: UInt64, atLeast least: Int) throws -> Double {
    let start = limit_now()
    var count = 0
    while limit_now() - start < nanoseconds || count < least {
      source.stamp(next)
      if try publish(isLast: false) { count += 1 }
    }
    let took = limit_now() - start
    source.stamp(next)
    while try !publish(isLast: true) {}
    return Double(count) * 1e9 / Double(max(took, 1))
  }
}

/// Into a segment.
final class StreamPublisher: FramePublisher {
  let source: FrameSource
  let name: String
  private(set) var next: UInt64 = 1
  private let writer: FrameWriter

  init(
    _ directory: SegmentDirectory, _ name: String, _ source: FrameSource, slots: Int
  ) throws {
    self.source = source
    self.name = name
    writer = try FrameWriter(
      directory: directory, .benchFrames(name, bytes: source.bytes, slots: slots))
  }

  func publish(isLast: Bool) throws -> Bool {
    guard try source.publish(writer, FrameInfo(user: isLast ? FrameMark.last : 0)) else {
      return false
    }
    next += 1
    return true
  }

  deinit { writer.segment.close() }
}

/// Into the limit's ring.
final class BarePublisher: FramePublisher {
  let source: FrameSource
  let rings: BareRings

  init(_ source: FrameSource, slots: Int) throws {
    self.source = source
    rings = try BareRings(1, slots: slots, frame: source.bytes)
  }

  var next: UInt64 { UInt64(unsafe bare_head(rings[0])) + 1 }

  func publish(isLast: Bool) throws -> Bool {
    if isLast { unsafe bare_announce_last(rings[0]) }
    unsafe bare_put(rings[0], source.base)
    return true
  }
}
