import ArrayShm

/// The log that a server writes its calls into, and that producers read.
///
/// It has one writer, held by the kernel's lock: that makes the server the only one of its directory.
package final class CommandLog {
  package static let name = "\(SegmentName.reservedPrefix)commands"
  private static let records = 4096

  private let writer: LogWriter

  /// Takes the directory.
  ///
  /// - Parameter about: this server, for whoever looks for one, or finds the directory taken.
  /// - Throws: `ServerError` if another server has it, or the log cannot be made.
  package init(directory: SegmentDirectory, about: RunningServer) throws(ServerError) {
    do throws(SegmentError) {
      let dtype = try DType(descr: CommandRecord.descr)
      writer = try LogWriter(
        directory: directory,
        .log(
          Self.name, dtype: dtype, records: Self.records,
          metadata: String(decoding: JSONText.encode(["webmon": about]), as: UTF8.self)))
    } catch {
      try Self.checkFree(directory)
      throw ServerError(error.message)
    }
  }

  /// Throws if another server has the directory: its process and address are in its log.
  package static func checkFree(_ directory: SegmentDirectory) throws(ServerError) {
    guard let other = RunningServer.of(directory) else { return }
    let who = other.pid.map { " (process \($0))" } ?? ""
    let place = other.address.map { " at \($0)" } ?? ""
    throw ServerError(
      "directory \(directory.path) is served already by webmon\(who)\(place); use that, or another --dir"
    )
  }

  package var generation: UInt64 { writer.segment.description.generation }

  /// Whether so many records fit without overwriting `oldest` or a later one.
  func hasRoom(for count: Int, after newest: UInt64, keeping oldest: UInt64) -> Bool {
    newest + UInt64(count) < oldest + UInt64(Self.records)
  }

  /// - Returns: the number of the message's last record.
  func append(_ message: CommandMessage) throws -> UInt64 {
    try unsafe CommandRecord.encode(message).withUnsafeBytes { try unsafe writer.append($0) }
  }

  package func close() { writer.segment.close() }
}
