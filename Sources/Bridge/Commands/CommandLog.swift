import ArrayShm
import Glibc

/// The log that a server writes its calls into, and that producers read.
///
/// It has one writer, held by the kernel's lock: that makes the server the only one of its directory.
package final class CommandLog {
  package static let name = "\(SegmentName.reservedPrefix)commands"
  private static let records = 4096

  private let writer: LogWriter

  /// Takes the directory.
  ///
  /// - Parameter address: of this server, for whoever finds the directory taken.
  /// - Throws: `ServerError` if another server has it, or the log cannot be made.
  package init(directory: SegmentDirectory, address: String) throws(ServerError) {
    let about = Metadata(server: .init(address: address, pid: getpid(), version: ArrayShm.version))
    do throws(SegmentError) {
      let dtype = try DType(descr: CommandRecord.descr)
      writer = try LogWriter(
        directory: directory,
        .log(
          Self.name, dtype: dtype, records: Self.records,
          metadata: String(decoding: JSONText.encode(about), as: UTF8.self)))
    } catch {
      try Self.checkFree(directory)
      throw ServerError(error.message)
    }
  }

  /// Throws if another server has the directory: its process and address are in its log.
  package static func checkFree(_ directory: SegmentDirectory) throws(ServerError) {
    guard let other = try? SegmentReader(directory: directory, name: name), other.state == .live
    else { return }
    let about = JSONValue(parsing: Array(other.description.metadata.utf8))?.object?["webmon"]?
      .object
    var who = ""
    if case .integer(let pid)? = about?["pid"] { who = " (process \(pid))" }
    var place = ""
    if case .string(let address)? = about?["address"] { place = " at \(address)" }
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

  private struct Metadata: Encodable {
    struct Server: Encodable {
      let address: String
      let pid: Int32
      let version: String
    }
    let server: Server

    private enum CodingKeys: String, CodingKey { case server = "webmon" }
  }
}
