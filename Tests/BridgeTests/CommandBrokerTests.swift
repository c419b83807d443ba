import ArrayShm
import Logging
import Testing

@testable import Bridge

/// Calls from sessions to producers on real logs, without a socket.
@Suite struct CommandBrokerTests {
  let directory: PrivateDirectory
  let catalog: SegmentCatalog
  let broker: CommandBroker
  let log: CommandLog

  init() throws {
    directory = try PrivateDirectory()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
    log = try CommandLog(
      directory: directory.segments,
      about: RunningServer(address: "http://127.0.0.1:5000/", pid: 1, version: "9"))
    broker = CommandBroker(log: log, logger: logger) { _ in }
  }

  private static let double =
    #"{"commands": [{"name": "double", "args": [{"name": "n", "type": "int"}]}]}"#

  private func producer(_ name: String = "p", _ declaration: String? = double) throws -> LogWriter {
    let writer = try LogWriter(
      directory: directory.segments,
      .log(
        "webmon.producer.\(name)", dtype: DType(descr: CommandRecord.descr), records: 256))
    if let declaration { try write(declaration, to: writer) }
    return writer
  }

  private func write(
    _ text: String, to writer: LogWriter, call: UInt64 = 0, generation: UInt64 = 0
  ) throws {
    let message = CommandMessage(call: call, to: generation, text: Array(text.utf8))
    try unsafe CommandRecord.encode(message).withUnsafeBytes { _ = try unsafe writer.append($0) }
  }

  @discardableResult
  private func appear(_ name: String = "p") throws -> CommandBroker.Change {
    broker.apply(.present(try directory.reader("webmon.producer.\(name)")), now: Clock.monotonic)
  }

  private func key(_ writer: LogWriter) -> Set<StreamKey> {
    let description = writer.segment.description
    return [StreamKey(name: description.name, generation: description.generation)]
  }

  private func session() -> Session {
    Session(
      catalog: catalog, commands: broker, identity: .init(version: "1", server: "s"),
      logger: Logger(label: "test"), now: Clock.monotonic)
  }

  private func say(_ session: Session, _ text: String) {
    session.receive(text: Array(text.utf8), now: Clock.monotonic)
  }

  /// Everything that the session sends now.
  private func drain(_ session: Session, now: UInt64 = Clock.monotonic) -> [[String: JSONValue]] {
    var sent: [[String: JSONValue]] = []
    while case .control(let text) = session.next(now: now) {
      sent.append(JSONValue(parsing: text)?.object ?? [:])
    }
    return sent
  }

  private func code(_ message: [String: JSONValue]?) -> JSONValue? {
    message?["error"]?.object?["code"]
  }

  /// The calls that lie in the command log for this producer.
  private func calls(for writer: LogWriter) throws -> [CommandMessage] {
    let reader = try LogReader(directory.reader(CommandLog.name))
    let batch = reader.records(after: 0, limit: .max)
    var assembler = MessageAssembler(limit: 1 << 20)
    return (0..<batch.count).compactMap {
      CommandRecord(batch.bytes, at: $0 * CommandRecord.bytes).flatMap { assembler.add($0) }
    }.filter { $0.to == writer.segment.description.generation }
  }

  @Test func aCallAndItsReply() throws {
    let writer = try producer()
    #expect(try appear().targets)
    let (caller, other) = (session(), session())
    #expect(
      drain(caller).map { $0["type"] } == ["hello", "streams", "commands"].map { .string($0) })
    _ = drain(other)
    say(caller, #"{"type": "command", "ref": 7, "name": "double", "args": {"n": 21}}"#)
    #expect(drain(caller).isEmpty)
    let call = try #require(try calls(for: writer).first)
    #expect(String(decoding: call.text, as: UTF8.self) == #"{"args":{"n":21},"command":"double"}"#)
    #expect(call.deadline > Clock.monotonic && call.deadline < Clock.monotonic + 1_100_000_000)

    try write(
      #"{"ok": true, "value": 42}"#, to: writer, call: call.call, generation: log.generation)
    let change = broker.take(key(writer))
    #expect(change.sessions == [ObjectIdentifier(caller)] && !change.targets)
    #expect(
      drain(caller) == [
        ["type": .string("reply"), "ref": .integer(7), "ok": .bool(true), "value": .integer(42)]
      ])
    #expect(drain(other).isEmpty && broker.pendingCalls == 0)
    // Once more the same: nobody waits for it.
    try write(
      #"{"ok": true, "value": 42}"#, to: writer, call: call.call, generation: log.generation)
    #expect(broker.take(key(writer)).isNothing)
  }

  @Test func timeLimits() throws {
    let writer = try producer()
    try appear()
    let session = session()
    _ = drain(session)
    say(
      session,
      #"{"type": "command", "ref": 1, "name": "double", "args": {"n": 1}, "timeout_ms": 50}"#)
    guard case .at(let due) = session.readiness(now: Clock.monotonic) else {
      Issue.record("it waits for nothing")
      return
    }
    #expect(drain(session, now: due - 1).isEmpty)
    #expect(session.readiness(now: due) == .now)
    #expect(drain(session, now: due).map(code) == [.string("timeout")])
    #expect(broker.pendingCalls == 0)
    let call = try #require(try calls(for: writer).first)
    try write(#"{"ok": true, "value": 2}"#, to: writer, call: call.call, generation: log.generation)
    #expect(broker.take(key(writer)).isNothing && drain(session).isEmpty)
  }

  @Test func theEndOfAProducer() throws {
    var writer: LogWriter? = try producer()
    let name = try #require(writer).segment.description
    try appear()
    let session = session()
    _ = drain(session)
    for ref in 1...3 {
      say(session, #"{"type": "command", "ref": \#(ref), "name": "double", "args": {"n": 1}}"#)
    }
    writer?.segment.close()
    writer = nil
    let change = broker.take([StreamKey(name: name.name, generation: name.generation)])
    #expect(change.targets && !change.sessions.isEmpty)
    #expect(drain(session).map(code) == Array(repeating: .string("producer-gone"), count: 3))
    say(session, #"{"type": "command", "ref": 1, "name": "double", "args": {"n": 1}}"#)
    #expect(drain(session).map(code) == [.string("producer-gone")])
    #expect(broker.apply(.absent(name: name.name), now: 0).targets)
    #expect(broker.announcement == nil)
    say(session, #"{"type": "command", "ref": 1, "name": "double", "args": {"n": 1}}"#)
    #expect(drain(session).map(code) == [.string("no-such-command")])
  }

  @Test func theEndOfASession() throws {
    let writer = try producer()
    try appear()
    var session: Session? = session()
    say(
      try #require(session), #"{"type": "command", "ref": 1, "name": "double", "args": {"n": 1}}"#)
    #expect(broker.pendingCalls == 1)
    session?.end()
    #expect(broker.pendingCalls == 0)
    session = nil
    let call = try #require(try calls(for: writer).first)
    try write(#"{"ok": true, "value": 2}"#, to: writer, call: call.call, generation: log.generation)
    #expect(broker.take(key(writer)).isNothing)
  }

  @Test func aNewGenerationIsAnotherProducer() throws {
    let first = try producer()
    try appear()
    let session = session()
    _ = drain(session)
    say(session, #"{"type": "command", "ref": 1, "name": "double", "args": {"n": 1}}"#)
    let call = try #require(try calls(for: first).first)
    first.segment.close()
    let second = try producer()
    try appear()
    #expect(drain(session).map(code) == [.string("producer-gone")])
    try write(#"{"ok": true, "value": 2}"#, to: second, call: call.call, generation: log.generation)
    #expect(broker.take(key(second)).isNothing)
    #expect(try calls(for: second).isEmpty)
  }

  @Test func callsInFlightAreBounded() throws {
    let writer = try producer()
    try appear()
    let session = session()
    _ = drain(session)
    for ref in 0..<(Limits.callsInFlight + 3) {
      say(session, #"{"type": "command", "ref": \#(ref), "name": "double", "args": {"n": 1}}"#)
    }
    #expect(drain(session).map(code) == Array(repeating: .string("too-many"), count: 3))
    #expect(try calls(for: writer).count == Limits.callsInFlight)
  }

  @Test func repliesThatNobodyReadsDoNotPileUp() throws {
    let writer = try LogWriter(
      directory: directory.segments,
      .log("webmon.producer.p", dtype: DType(descr: CommandRecord.descr), records: 8192))
    try write(Self.double, to: writer)
    try appear()
    let session = session()
    _ = drain(session)
    let text = #"{"ok": true, "value": ""# + String(repeating: "x", count: 1_000_000) + "\"}"
    for ref in 1...4 {
      say(session, #"{"type": "command", "ref": \#(ref), "name": "double", "args": {"n": 1}}"#)
      let call = try #require(try calls(for: writer).last)
      try write(text, to: writer, call: call.call, generation: log.generation)
      _ = broker.take(key(writer))
    }
    #expect(
      drain(session).map { $0["ok"] } == [.bool(true), .bool(true), .bool(false), .bool(false)])
  }

  @Test func oneServerADirectory() throws {
    let segments = directory.segments
    let expected = "is served already by webmon (process "
    #expect {
      _ = try CommandLog(
        directory: segments,
        about: RunningServer(address: "http://127.0.0.1:6000/", pid: 1, version: "9"))
    } throws: { error in
      let message = (error as? ServerError)?.message ?? ""
      return message.contains(expected) && message.contains("at http://127.0.0.1:5000/; use that")
    }
    #expect(throws: ServerError.self) { try CommandLog.checkFree(segments) }
    log.close()
    try CommandLog.checkFree(segments)
    let next = try CommandLog(
      directory: segments,
      about: RunningServer(address: "http://127.0.0.1:6000/", pid: 1, version: "9"))
    #expect(next.generation != log.generation)
  }

  @Test func reservedNamesAreNoStreams() throws {
    let writer = try producer()
    #expect(catalog.apply(.present(try directory.reader("webmon.producer.p"))).isEmpty)
    #expect(catalog.apply(.present(try directory.reader(CommandLog.name))).isEmpty)
    #expect(catalog.objects(now: Clock.monotonic).isEmpty)
    #expect(catalog.source(named: CommandLog.name) == nil)
    writer.segment.close()
    // What is no producer's is none: another kind, another dtype, no name.
    let frames = try directory.frames("webmon.producer.frames")
    let other = try directory.log("webmon.producer.other")
    for name in ["frames", "other"] { #expect(!(try appear(name).targets)) }
    #expect(broker.announcement == nil)
    frames.segment.close()
    other.segment.close()
  }

  @Test func producersAreBounded() throws {
    var writers = try (0..<Limits.commandTargets).map { try producer("p\($0)") }
    for index in writers.indices { try appear("p\(index)") }
    let late = try producer("late")
    #expect(try !appear("late").targets)
    // What has ended makes room.
    writers.removeFirst().segment.close()
    #expect(try appear("late").targets)
    #expect(String(decoding: try #require(broker.announcement), as: UTF8.self).contains(#""late""#))
    late.segment.close()
  }
}
