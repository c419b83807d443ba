import ArrayShm
import Logging

/// One producer that takes commands: its log, what it declared there, and the replies that come out of it.
package final class CommandTarget {
  package let name: String
  package let source: StreamSource
  /// Its newest valid declaration; nil before the first one.
  package private(set) var commands: [CommandDeclaration]?
  package private(set) var state: SegmentState

  private let logger: Logger
  private var cursor: UInt64 = 0
  private var assembler = MessageAssembler(limit: Limits.replyBytes)

  static let prefix = "\(SegmentName.reservedPrefix)producer."
  /// Records that are read in one go: a producer that writes without end must not stop the server.
  private static let recordsAtOnce = 8192
  private static let batch = 256

  /// - Throws: `.dtype` if the records are others.
  init(_ source: StreamSource, logger: Logger) throws(SegmentError) {
    let description = source.description
    guard description.kind == .log, description.descr == CommandRecord.descr else {
      throw SegmentError(
        .dtype,
        "\(description.name): it is of kind \(description.kind.name) with records \(description.descr); "
          + "a log with \(CommandRecord.descr) is needed")
    }
    name = String(description.name.dropFirst(Self.prefix.count))
    self.source = source
    self.logger = logger
    state = source.reader.state
  }

  var key: StreamKey { source.key }

  /// Looks whether its writer lives.
  ///
  /// - Returns: false if nothing more will come.
  func look() -> Bool {
    state = source.reader.state
    return state == .live
  }

  /// What one reading brought.
  struct News {
    var replies: [CommandMessage] = []
    var isDeclared = false
    /// There is more: it has to be read again soon.
    var hasMore = false
  }

  func read() throws(SegmentError) -> News {
    var news = News()
    var count = 0
    while count < Self.recordsAtOnce {
      let batch = try source.records(after: cursor, limit: Self.batch)
      if batch.lost > 0 {
        logger.warning("\(key.name): \(batch.lost) records were overwritten before they were read")
        assembler.reset()
      }
      cursor = batch.sequence
      if batch.count == 0 { return news }
      count += batch.count
      for index in 0..<batch.count {
        take(CommandRecord(batch.bytes, at: index * CommandRecord.bytes), &news)
      }
    }
    news.hasMore = true
    return news
  }

  private func take(_ record: CommandRecord?, _ news: inout News) {
    guard let record else { return assembler.reset() }
    guard let message = assembler.add(record) else { return }
    if message.call > 0 {
      news.replies.append(message)
    } else {
      declare(message.text)
      news.isDeclared = true
    }
  }

  /// A declaration that is not valid leaves the one before as it is.
  private func declare(_ text: [UInt8]) {
    do throws(InvalidDeclaration) {
      guard text.count <= Limits.declarationBytes else {
        throw InvalidDeclaration(
          "it has \(text.count) bytes; at most \(Limits.declarationBytes) are allowed")
      }
      commands = try CommandDeclaration.list(parsing: text)
    } catch {
      logger.warning("\(key.name): its declaration of commands is not valid: \(error.message)")
    }
  }
}

extension CommandTarget: Encodable {
  private enum CodingKeys: CodingKey { case target, state, commands }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .target)
    try container.encode(state.name, forKey: .state)
    try container.encode(commands ?? [], forKey: .commands)
  }
}
