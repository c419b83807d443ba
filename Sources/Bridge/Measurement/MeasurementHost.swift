import ArrayShm
import Logging

/// Lends the one measurement stream that a server may have to one session at a time, for a while.
///
/// Confined to the thread that runs the sessions; only the memory is taken by a thread of its own.
package final class MeasurementHost {
  /// What that thread has made, or why not.
  package struct Delivery: Sendable {
    fileprivate let number: UInt64
    fileprivate let result: Result<MeasurementStream.Made, SegmentError>
  }

  private struct Loan {
    let number: UInt64
    let bytes: Int
    let due: UInt64
    weak var session: Session?
    var stream: MeasurementStream?
  }

  private let directory: SegmentDirectory
  private let logger: Logger
  private let onMade: @Sendable (Delivery) -> Void
  private var loan: Loan?
  private var loans: UInt64 = 0
  /// A thread takes memory, perhaps for somebody who wants it no more: another one would take as much again.
  private var isMaking = false

  /// - Parameter onMade: called on another thread; what it is given is for `take`.
  package init(
    directory: SegmentDirectory, logger: Logger, onMade: @escaping @Sendable (Delivery) -> Void
  ) {
    self.directory = directory
    self.logger = logger
    self.onMade = onMade
    // Of a server that was killed while somebody measured. If it cannot be removed, the next measurement takes its place.
    try? directory.remove(MeasurementStream.name)
  }

  // MARK: For sessions

  /// The stream, for the session that it was made for and for no other.
  func source(named name: String, for session: Session) -> StreamSource? {
    guard name == MeasurementStream.name, loan?.session === session else { return nil }
    return loan?.stream?.source
  }

  /// Makes the stream anew for this session. The answer comes when it is there.
  func begin(bytes: Int, for session: Session, now: UInt64) {
    if let other = loan?.session, other !== session {
      return tell(
        session, "another page measures now; only one can, or both would measure each other")
    }
    endLoan()
    loans += 1
    loan = Loan(
      number: loans, bytes: bytes,
      due: now + UInt64(Limits.measurementSeconds) * 1_000_000_000, session: session)
    if !isMaking { make(bytes, number: loans) }
  }

  private func make(_ bytes: Int, number: UInt64) {
    isMaking = true
    let (directory, onMade) = (directory, onMade)
    NamedThread.start("webmon-measure") {
      let result: Result<MeasurementStream.Made, SegmentError>
      do throws(SegmentError) {
        result = .success(try MeasurementStream.Made(directory, bytes: bytes))
      } catch {
        result = .failure(error)
      }
      onMade(Delivery(number: number, result: result))
    }
  }

  /// This session measures no more.
  func end(for session: Session) {
    guard loan?.session === session else { return }
    endLoan()
  }

  // MARK: For the server

  /// - Returns: the session that has something to send now.
  package func take(_ delivery: Delivery) -> Session? {
    isMaking = false
    guard let session = loan?.session, loan?.number == delivery.number else {
      if case .success(let made) = delivery.result { made.writer.segment.close() }
      if let loan, loan.session != nil { make(loan.bytes, number: loan.number) }
      return nil
    }
    do throws(SegmentError) {
      loan?.stream = try MeasurementStream(try delivery.result.get())
      session.send(
        .measuring(stream: MeasurementStream.name, bytes: loan?.bytes ?? 0, reason: ""))
    } catch {
      loan = nil
      logger.warning("no measurement: \(error)")
      tell(session, "the measurement's memory cannot be had: \(error.message)")
    }
    return session
  }

  /// To be called every second. A page that forgot to end is reminded, and the memory let go.
  ///
  /// - Returns: the session that has something to send now.
  package func look(now: UInt64) -> Session? {
    loan?.stream?.look()
    guard let loan, loan.due <= now else { return nil }
    endLoan()
    guard let session = loan.session else { return nil }
    tell(session, "a measurement takes \(Limits.measurementSeconds) s at most")
    return session
  }

  /// To be called when every session that could send had its turn.
  package func endPass() { loan?.stream?.source.endPass() }

  package func stop() { endLoan() }

  private func endLoan() {
    guard let loan else { return }
    self.loan = nil
    guard let stream = loan.stream else { return }
    stream.end()
    loan.session?.drain()
  }

  private func tell(_ session: Session, _ reason: String) {
    session.send(.measuring(stream: nil, bytes: 0, reason: reason))
  }
}
