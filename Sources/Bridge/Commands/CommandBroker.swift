import ArrayShm
import Logging

/// Brings calls from pages to producers and replies back: who can do what, and who waits for what.
///
/// Confined to the thread that runs the sessions. `DirectoryThread` feeds it with events, its own waiter thread with replies.
package final class CommandBroker {
  private let log: CommandLog
  private let waiters: WaiterPool
  private let logger: Logger
  private let onNews: @Sendable ([StreamKey]) -> Void
  private var targets: [String: CommandTarget] = [:]
  private var calls: [UInt64: PendingCall] = [:]
  private var lastCall: UInt64 = 0
  private var newestRecord: UInt64 = 0
  /// No call that waits has an older first record.
  private var oldestRecord: UInt64 = 1
  private var encodedTargets: [UInt8]?

  /// What sessions and their connections have to know of a change.
  package struct Change {
    /// The list of commands is another one.
    package var targets = false
    /// Sessions that got replies.
    package var sessions: Set<ObjectIdentifier> = []

    package var isNothing: Bool { !targets && sessions.isEmpty }
  }

  /// - Parameter onNews: called on a waiter's thread with the producers that replied, or that ended.
  package init(
    log: CommandLog, logger: Logger, onNews: @escaping @Sendable ([StreamKey]) -> Void
  ) {
    self.log = log
    self.logger = logger
    self.onNews = onNews
    waiters = WaiterPool(logger: logger, onNews: onNews)
  }

  package func stop() {
    waiters.stop()
    log.close()
  }

  // MARK: Who is there

  /// The message `commands`; nil if there is nothing to tell.
  package var announcement: [UInt8]? {
    let declared = targets.values.filter { $0.commands != nil }.sorted { $0.name < $1.name }
    return declared.isEmpty ? nil : encoded(declared)
  }

  /// The same for a change, which may be that nobody is left.
  package var changedAnnouncement: [UInt8] {
    announcement ?? JSONText.encode(Announcement(targets: []))
  }

  private struct Announcement: Encodable {
    let type = "commands"
    let targets: [CommandTarget]
  }

  private func encoded(_ declared: [CommandTarget]) -> [UInt8] {
    if let encodedTargets { return encodedTargets }
    let text = JSONText.encode(Announcement(targets: declared))
    encodedTargets = text
    return text
  }

  package func apply(_ event: CatalogEvent, now: UInt64) -> Change {
    var change = Change()
    switch event {
    case .present(let reader): present(reader, &change)
    case .unreadable(let name, let error):
      guard let target = Self.target(name) else { break }
      logger.warning("\(name): not readable: \(error)")
      drop(target, &change)
    case .absent(let name): if let target = Self.target(name) { drop(target, &change) }
    case .look:
      for target in targets.values where target.state == .live { read(target, &change) }
    }
    return finish(change)
  }

  /// Reads what producers have written.
  package func take(_ news: Set<StreamKey>) -> Change {
    var change = Change()
    for target in targets.values where news.contains(target.key) { read(target, &change) }
    return finish(change)
  }

  private func finish(_ change: Change) -> Change {
    if change.targets { encodedTargets = nil }
    return change
  }

  private static func target(_ segment: String) -> String? {
    guard segment.hasPrefix(CommandTarget.prefix) else { return nil }
    let name = segment.dropFirst(CommandTarget.prefix.count)
    return name.isEmpty ? nil : String(name)
  }

  private func present(_ reader: SegmentReader, _ change: inout Change) {
    guard let name = Self.target(reader.description.name),
      targets[name]?.key.generation != reader.description.generation
    else { return }
    drop(name, &change)
    do {
      let target = try CommandTarget(StreamSource(reader), logger: logger)
      guard makeRoom(&change) else {
        logger.warning(
          "\(reader.description.name): \(targets.count) producers take commands, the most allowed; this one is left out"
        )
        return
      }
      targets[name] = target
      // First watched, then read: nothing is missed between.
      waiters.watch(target.source, onDemand: false)
      read(target, &change)
    } catch {
      logger.warning("\(error)")
    }
  }

  /// What a killed producer left makes room for a new one.
  private func makeRoom(_ change: inout Change) -> Bool {
    if targets.count < Limits.commandTargets { return true }
    guard let dead = targets.values.first(where: { !$0.look() }) else { return false }
    drop(dead.name, &change)
    return true
  }

  private func drop(_ name: String, _ change: inout Change) {
    guard let target = targets[name] else { return }
    read(target, &change)
    fail(target, &change)
    waiters.unwatch(target.key)
    targets[name] = nil
    change.targets = change.targets || target.commands != nil
  }

  private func read(_ target: CommandTarget, _ change: inout Change) {
    let before = target.state
    // First whether it lives, then what it wrote: its last words are all there.
    let isLive = target.look()
    do {
      let news = try target.read()
      if news.isDeclared { change.targets = true }
      for reply in news.replies where reply.to == log.generation {
        guard let call = calls[reply.call], call.target === target else { continue }
        answer(call, CommandReply.forward(reply.text, ref: call.ref), &change)
      }
      if news.hasMore { onNews([target.key]) }
    } catch {
      logger.warning("\(target.key.name): \(error)")
    }
    guard !isLive else { return }
    fail(target, &change)
    if before == .live {
      logger.info("\(target.key.name): \(target.state.name)")
      change.targets = true
    }
  }

  private func fail(_ target: CommandTarget, _ change: inout Change) {
    for call in calls.values where call.target === target {
      let error = CommandError(
        .producerGone, "\(target.name) ended before it answered \(call.command)")
      answer(call, CommandReply.failure(error, ref: call.ref), &change)
    }
  }

  private func answer(_ call: PendingCall, _ text: [UInt8], _ change: inout Change) {
    calls[call.number] = nil
    guard let session = call.session else { return }
    session.answer(call, text)
    change.sessions.insert(ObjectIdentifier(session))
  }

  // MARK: Calls

  /// Sends a call to its producer.
  package func call(
    _ request: CommandRequest, for session: Session, now: UInt64
  ) throws(CommandError) -> PendingCall {
    let (target, command) = try find(request)
    guard target.look() else {
      throw CommandError(
        .producerGone, "\(target.name) is \(target.state.name): nobody would answer")
    }
    try command.check(request.arguments)
    let limit = min(request.timeoutMilliseconds ?? .max, command.timeoutMilliseconds)
    let deadline = now + UInt64(limit) * 1_000_000
    let message = CommandMessage(
      call: lastCall + 1, to: target.key.generation, deadline: deadline,
      text: JSONText.encode(CallText(command: command.name, args: request.arguments)))
    try checkRoom(message)
    let first = newestRecord + 1
    do {
      newestRecord = try log.append(message)
    } catch {
      throw CommandError(.failed, "the call could not be written: \(error)")
    }
    lastCall += 1
    let call = PendingCall(
      number: lastCall, ref: request.ref, command: command.name, target: target,
      deadline: deadline, firstRecord: first, session: session)
    calls[call.number] = call
    return call
  }

  /// Nobody waits for it any more.
  package func forget(_ call: PendingCall) { calls[call.number] = nil }

  package var pendingCalls: Int { calls.count }

  private struct CallText: Encodable {
    let command: String
    let args: [String: JSONValue]
  }

  private func find(
    _ request: CommandRequest
  ) throws(CommandError) -> (CommandTarget, CommandDeclaration) {
    let shown = JSONValue.string(request.name).summary
    guard let name = request.target else {
      let all = targets.values.filter { $0.command(named: request.name) != nil }
      // What a killed producer left does not stand in the way of one that lives.
      let live = all.filter { $0.look() }
      let found = live.isEmpty ? all : live
      guard let target = found.first, let command = target.command(named: request.name) else {
        throw CommandError(.noSuchCommand, "no producer has a command \(shown)")
      }
      guard found.count == 1 else {
        let names = found.map(\.name).sorted().joined(separator: ", ")
        throw CommandError(
          .noSuchTarget, "\(found.count) producers have a command \(shown): \(names); say which one"
        )
      }
      return (target, command)
    }
    guard let target = targets[name], let commands = target.commands else {
      let known = targets.values.filter { $0.commands != nil }.map(\.name).sorted()
      throw CommandError(
        .noSuchTarget,
        "there is no producer \(JSONValue.string(name).summary); "
          + (known.isEmpty ? "none takes commands" : "there are \(known.joined(separator: ", "))"))
    }
    guard let command = target.command(named: request.name) else {
      let known = commands.map(\.name).joined(separator: ", ")
      throw CommandError(
        .noSuchCommand,
        "\(name) has no command \(shown); it has \(known.isEmpty ? "none" : known)")
    }
    return (target, command)
  }

  /// A call that waits must still be there when its producer comes to read it.
  private func checkRoom(_ message: CommandMessage) throws(CommandError) {
    let count = CommandRecord.count(textBytes: message.text.count)
    if log.hasRoom(for: count, after: newestRecord, keeping: oldestRecord) { return }
    oldestRecord = calls.values.map(\.firstRecord).min() ?? newestRecord + 1
    guard log.hasRoom(for: count, after: newestRecord, keeping: oldestRecord) else {
      throw CommandError(
        .tooMany, "the command log is full of \(calls.count) calls that wait; try again later")
    }
  }
}

extension CommandTarget {
  func command(named name: String) -> CommandDeclaration? {
    commands?.first { $0.name == name }
  }
}
