import ArrayShm
import Logging
import Testing

@testable import Bridge

/// Sessions on real segments, without a socket.
@Suite struct SessionTests {
  let directory: PrivateDirectory
  let catalog: SegmentCatalog

  init() throws {
    directory = try PrivateDirectory()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
  }

  private func session() -> Session {
    Session(
      catalog: catalog, identity: .init(version: "1", server: "s"), logger: Logger(label: "test"),
      now: Clock.monotonic)
  }

  /// What the directory thread would tell, and all sessions hear.
  private func appear(_ name: String, _ sessions: Session...) throws {
    for change in catalog.apply(.present(try directory.reader(name))) {
      for session in sessions { session.hear(change, now: Clock.monotonic) }
    }
  }

  private func vanish(_ name: String, _ sessions: Session...) {
    for change in catalog.apply(.absent(name: name)) {
      for session in sessions { session.hear(change, now: Clock.monotonic) }
    }
  }

  private enum Sent: Equatable {
    case control(String, [String: JSONValue])
    case data(id: UInt32, sequence: UInt64, lost: UInt64)
    case close(UInt16)

    var type: String? { if case .control(let type, _) = self { type } else { nil } }
  }

  /// Takes everything that the session sends now, as in one pass of the loop.
  private func drain(_ session: Session, now: UInt64 = Clock.monotonic) -> [Sent] {
    var sent: [Sent] = []
    defer { catalog.endPass() }
    while true {
      switch session.next(now: now) {
      case .control(let text):
        let object = JSONValue(parsing: text)?.object ?? [:]
        guard case .string(let type) = object["type"] else {
          Issue.record("a control message without a type")
          return sent
        }
        sent.append(.control(type, object))
      case .data(let message):
        let lost = message.header[56..<64].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        sent.append(.data(id: message.subscription, sequence: message.sequence, lost: lost))
      case .close(let code, _): sent.append(.close(code))
      case .nothing:
        session.settle()
        if session.readiness(now: now) != .now { return sent }
      }
    }
  }

  private func say(_ session: Session, _ text: String) {
    session.receive(text: Array(text.utf8), now: Clock.monotonic)
  }

  private func gap(_ from: Int64, _ to: Int64, id: Int64 = 1) -> Sent {
    .control(
      "gap",
      ["type": .string("gap"), "id": .integer(id), "from": .integer(from), "to": .integer(to)])
  }

  @Test func helloAndStreamsComeFirst() throws {
    let writer = try directory.frames()
    defer { writer.segment.close() }
    try appear("camera")
    let sent = drain(session())
    #expect(sent.map(\.type) == ["hello", "streams"])
  }

  @Test func newestWinsAndGapsComeBeforeTheData() throws {
    let writer = try directory.frames()
    try appear("camera")
    let session = session()
    _ = drain(session)
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera"}"#)
    #expect(drain(session).map(\.type) == ["subscribed"])
    #expect(session.readiness(now: Clock.monotonic) == .idle)
    for value in 1...3 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(session.readiness(now: Clock.monotonic) == .now)
    #expect(drain(session) == [.data(id: 1, sequence: 3, lost: 0)])
    for value in 4...9 as ClosedRange<UInt32> { try writer.put(value) }
    // No credit, no data.
    #expect(session.readiness(now: Clock.monotonic) == .idle)
    say(session, #"{"type": "credit", "id": 1, "seq": 3}"#)
    #expect(drain(session) == [gap(4, 8), .data(id: 1, sequence: 9, lost: 5)])
  }

  @Test func controlGoesBeforeData() throws {
    let writer = try directory.frames()
    try writer.put(1)
    try appear("camera")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera"}"#)
    say(session, #"{"type": "ping", "t": 1}"#)
    #expect(drain(session).map(\.type) == ["hello", "streams", "subscribed", "pong", nil])
  }

  @Test func policyAllSendsEveryFrameThatIsThere() throws {
    let writer = try directory.frames(slots: 4)
    try writer.put(1)
    try appear("camera")
    let session = session()
    say(
      session,
      #"{"type": "subscribe", "id": 1, "stream": "camera", "policy": "all", "credits": 64}"#)
    _ = drain(session)
    for value in 2...4 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(drain(session) == (2...4).map { .data(id: 1, sequence: $0, lost: 0) })
    for value in 5...12 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(drain(session) == [gap(5, 8)] + (9...12).map { .data(id: 1, sequence: $0, lost: 4) })
  }

  @Test func oneLeaseForAllSessions() throws {
    let writer = try directory.frames(slots: 2)
    try appear("camera")
    let source = try #require(catalog.source(named: "camera"))
    try writer.put(7)
    let first = try source.leaseNewest()
    let second = try source.leaseNewest()
    #expect(first === second)
    #expect(source.reader.leasedSlots == 1)
    try writer.put(8)
    let third = try source.leaseNewest()
    #expect(third !== first && third.info.sequence == 2)
    #expect(try source.leaseNext(after: 0) === first)
  }

  @Test func aSessionFollowsOnlyWhatItReads() throws {
    let writers = try [directory.frames("camera"), directory.frames("other")]
    try appear("camera")
    try appear("other")
    let keys = try ["camera", "other"].map { try #require(catalog.source(named: $0)).key }
    let session = session()
    #expect(!session.follows(Set(keys)))
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera"}"#)
    #expect(session.follows([keys[0]]) && session.follows(Set(keys)) && !session.follows([keys[1]]))
    for writer in writers { writer.segment.close() }
  }

  @Test func aLeaseEndsWithItsLastUser() throws {
    let writer = try directory.frames(slots: 2)
    try writer.put(7)
    try appear("camera")
    let source = try #require(catalog.source(named: "camera"))
    do {
      let lease = try source.leaseNewest()
      #expect(lease.count == 16 && source.reader.leasedSlots == 1)
    }
    // The next session in the same pass gets it again without a lock.
    #expect(source.reader.leasedSlots == 1)
    catalog.endPass()
    #expect(source.reader.leasedSlots == 0)
  }

  @Test func aStreamThatIsGoneKeepsNoLease() throws {
    let writer = try directory.frames(slots: 2)
    try writer.put(7)
    try appear("camera")
    let source = try #require(catalog.source(named: "camera"))
    _ = try source.leaseNewest()
    vanish("camera")
    #expect(source.reader.leasedSlots == 0)
    _ = try source.leaseNewest()
    #expect(source.reader.leasedSlots == 0)
  }

  @Test func theEndOfASessionReleasesEverything() throws {
    let writer = try directory.frames()
    try writer.put(1)
    try appear("camera")
    let source = try #require(catalog.source(named: "camera"))
    let session = session()
    for id in 1...5 { say(session, #"{"type": "subscribe", "id": \#(id), "stream": "camera"}"#) }
    #expect(source.isSubscribed)
    #expect(try writer.segment.wanted())
    session.end()
    #expect(!source.isSubscribed)
    #expect(try !writer.segment.wanted())
    #expect(source.reader.leasedSlots == 0)
    if case .nothing = session.next(now: Clock.monotonic) {} else { Issue.record("it still sends") }
  }

  @Test func maxFPSIsKept() throws {
    let writer = try directory.frames()
    try appear("camera")
    let session = session()
    say(
      session, #"{"type": "subscribe", "id": 1, "stream": "camera", "max_fps": 10, "credits": 64}"#)
    var now = Clock.monotonic
    _ = drain(session, now: now)
    try writer.put(1)
    #expect(drain(session, now: now) == [.data(id: 1, sequence: 1, lost: 0)])
    try writer.put(2)
    #expect(session.readiness(now: now) == .at(now + 100_000_000))
    #expect(drain(session, now: now).isEmpty)
    now += 100_000_000
    #expect(session.readiness(now: now) == .now)
    #expect(drain(session, now: now) == [.data(id: 1, sequence: 2, lost: 0)])
  }

  /// A producer commits between the moment that a pass reads its clock and the moment it takes.
  @Test func whatIsCommittedDuringAPassIsNotSentBeforeIt() throws {
    let writer = try directory.frames()
    try appear("camera")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera"}"#)
    _ = drain(session)
    let now = Clock.monotonic
    try writer.put(1)
    guard case .data(let message) = session.next(now: now) else {
      Issue.record("no frame")
      return
    }
    let times = [32, 40].map { start in
      message.header[start..<start + 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    }
    #expect(now < times[0] && times[0] <= times[1])
  }

  @Test func logsComeInBatchesAndInOrder() throws {
    let writer = try directory.log(records: 16)
    try writer.append(1...5)
    try appear("loads")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "loads", "backlog": 3, "credits": 2}"#)
    #expect(drain(session).last == .data(id: 1, sequence: 5, lost: 0))
    #expect(session.counters.copiedBytes == 24)
    try writer.append(6...45)
    #expect(drain(session) == [gap(6, 29), .data(id: 1, sequence: 45, lost: 24)])
  }

  @Test func aStreamThatWasWaitedForIsReadFromItsFirstCommit() throws {
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "loads", "credits": 64}"#)
    #expect(drain(session).map(\.type) == ["hello", "streams", "waiting"])
    let writer = try directory.log()
    try writer.append(1...3)
    try appear("loads", session)
    #expect(drain(session).map(\.type) == ["added", "subscribed", nil])
    #expect(session.counters.copiedBytes == 24)
  }

  @Test func aNewGenerationIsGoneOnWith() throws {
    let first = try directory.frames()
    try first.put(1)
    try appear("camera")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera", "credits": 3}"#)
    _ = drain(session)
    try first.put(2)
    try first.put(3)
    first.segment.close()
    let second = try directory.frames(shape: [8])
    try second.put(1)
    try appear("camera", session)
    // What of the old one was not sent is told; then the new one begins.
    let sent = drain(session)
    #expect(sent.map(\.type) == ["added", "gap", "subscribed", nil])
    #expect(sent[1] == gap(2, 3) && sent[3] == .data(id: 1, sequence: 1, lost: 2))
    let source = try #require(catalog.source(named: "camera"))
    #expect(source.key.generation == second.segment.description.generation)
  }

  @Test func aMessageThatWaitedForItsGapIsTakenBack() throws {
    let first = try directory.frames()
    try first.put(1)
    try appear("camera")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera", "credits": 2}"#)
    _ = drain(session)
    for value in 2...4 as ClosedRange<UInt32> { try first.put(value) }
    // The gap 2 to 3 goes, frame 4 is next; before it goes, the generation ends.
    guard case .control = session.next(now: Clock.monotonic) else {
      Issue.record("a gap was expected")
      return
    }
    first.segment.close()
    let second = try directory.frames()
    try second.put(1)
    try appear("camera", session)
    let sent = drain(session)
    #expect(sent.map(\.type) == ["added", "gap", "subscribed", nil])
    #expect(sent[1] == gap(4, 4))
    #expect(sent.last == .data(id: 1, sequence: 1, lost: 3))
    // Its credit came back too: of two, one is left.
    try second.put(2)
    #expect(drain(session).isEmpty)
    say(session, #"{"type": "credit", "id": 1, "seq": 1}"#)
    #expect(drain(session) == [.data(id: 1, sequence: 2, lost: 3)])
  }

  @Test func whatIsLeftOfAStreamThatEndedIsSent() throws {
    let writer = try directory.log()
    try writer.append(1...2)
    try appear("loads")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "loads", "backlog": 9}"#)
    _ = drain(session)
    try writer.append(3...4)
    writer.segment.close()
    vanish("loads", session)
    #expect(drain(session).map(\.type) == ["removed"])
    say(session, #"{"type": "credit", "id": 1, "seq": 2}"#)
    let sent = drain(session)
    #expect(sent.first == .data(id: 1, sequence: 4, lost: 0))
    #expect(sent.dropFirst().map(\.type) == ["waiting"])
  }

  @Test func anArrayIsSentAtFirstAndWhenItChanged() throws {
    let writer = try directory.array()
    try appear("labels")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "labels", "credits": 64}"#)
    #expect(drain(session).last == .data(id: 1, sequence: 0, lost: 0))
    #expect(drain(session).isEmpty)
    for _ in 0..<3 { try unsafe writer.edit { unsafe $0[0] = 1 } }
    #expect(drain(session) == [.data(id: 1, sequence: 3, lost: 0)])
    #expect(session.counters.copiedBytes == 240)
  }

  @Test func oneCopyOfAnArrayForAllSessions() throws {
    let writer = try directory.array()
    defer { writer.segment.close() }
    try appear("labels")
    let source = try #require(catalog.source(named: "labels"))
    let (first, isNew) = try source.copyArray()
    let (second, isNewAgain) = try source.copyArray()
    #expect(first === second && isNew && !isNewAgain)
  }

  @Test func anOpenEditIsTriedAgainLater() throws {
    let writer = try directory.array()
    try appear("labels")
    let session = session()
    let now = Clock.monotonic
    try unsafe writer.edit { bytes in
      unsafe bytes[0] = 9
      say(session, #"{"type": "subscribe", "id": 1, "stream": "labels"}"#)
      #expect(drain(session, now: now).map(\.type) == ["hello", "streams", "subscribed"])
      #expect(session.readiness(now: now) == .at(now + 20_000_000))
    }
    #expect(drain(session, now: now + 20_000_000) == [.data(id: 1, sequence: 1, lost: 0)])
  }

  @Test func statusTellsRatesAndReaders() throws {
    let writer = try directory.frames()
    try appear("camera")
    let session = session()
    _ = drain(session)
    var now = Clock.monotonic
    session.receive(text: Array(#"{"type": "status", "every_ms": 100}"#.utf8), now: now)
    #expect(drain(session, now: now).map(\.type) == ["status"])
    for _ in 0..<5 { try writer.put(1) }
    #expect(session.readiness(now: now) == .at(now + 100_000_000))
    now += 100_000_000
    let sent = drain(session, now: now)
    guard case .control("status", let fields) = sent.first,
      case .array(let streams) = fields["streams"],
      let stream = streams.first?.object
    else {
      Issue.record("no status: \(sent)")
      return
    }
    #expect(stream["sequence"] == .integer(5) && stream["readers"] == .integer(0))
    #expect(stream["rate"] == .integer(50))
    #expect(
      Set(fields["session"]?.object?.keys.map { $0 } ?? [])
        == [
          "sent_bytes", "copied_bytes", "sends", "partial_sends", "messages", "data_messages",
          "lost", "leases",
        ])
    #expect(
      Set(stream["served"]?.object?.keys.map { $0 } ?? [])
        == [
          "sent_bytes", "copied_bytes", "sends", "partial_sends", "messages", "lost", "leased",
          "leases", "subscribers",
        ])
  }

  // MARK: The body

  private func drainBody(_ session: Session) -> [UInt64] {
    var sequences: [UInt64] = []
    while let message = session.nextOfBody(now: Clock.monotonic) {
      sequences.append(message.sequence)
      session.finish(message, isSent: true)
    }
    return sequences
  }

  private func resume(
    _ session: Session, turn: UInt64, of writer: FrameWriter, after: UInt64?, held: Int
  ) {
    let generation = hexadecimal(writer.segment.description.generation)
    let after = after.map { #""after": \#($0), "# } ?? ""
    say(
      session,
      #"{"type": "resume", "id": 1, "turn": \#(turn), \#(after)"generation": "\#(generation)", "held": \#(held)}"#
    )
  }

  @Test func eachLaneSendsItsOwnSubscriptions() throws {
    let frames = try directory.frames()
    let log = try directory.log()
    try appear("camera")
    try appear("loads")
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera", "credits": 8}"#)
    say(session, #"{"type": "subscribe", "id": 2, "stream": "loads", "credits": 8}"#)
    _ = drain(session)
    try session.takeBody(for: 1, of: "camera")
    #expect(session.hasBody(1) && !session.hasBody(2))
    #expect(drain(session).map(\.type) == ["transport"])
    try frames.put(1)
    try log.append(1...3)
    // Until the page has answered, nothing of it goes either way.
    #expect(drainBody(session).isEmpty)
    #expect(drain(session) == [.data(id: 2, sequence: 3, lost: 0)])
    resume(session, turn: 1, of: frames, after: nil, held: 0)
    #expect(session.bodyReadiness(now: Clock.monotonic) == .now)
    #expect(session.readiness(now: Clock.monotonic) == .idle)
    #expect(drainBody(session) == [1])
    // Gaps go over the WebSocket.
    for value in 2...5 as ClosedRange<UInt32> { try frames.put(value) }
    #expect(drainBody(session) == [5])
    #expect(drain(session) == [gap(2, 4)])
  }

  @Test func aSessionHasOneBody() throws {
    let frames = try directory.frames()
    defer { frames.segment.close() }
    try appear("camera")
    let session = session()
    for id in 1...2 { say(session, #"{"type": "subscribe", "id": \#(id), "stream": "camera"}"#) }
    #expect(throws: Session.BodyRefusal.noSubscription) {
      try session.takeBody(for: 3, of: "camera")
    }
    #expect(throws: Session.BodyRefusal.noSubscription) {
      try session.takeBody(for: 1, of: "other")
    }
    try session.takeBody(for: 1, of: "camera")
    #expect(throws: Session.BodyRefusal.taken) { try session.takeBody(for: 2, of: "camera") }
    say(session, #"{"type": "transport", "id": 1, "transport": "websocket"}"#)
    #expect(!session.hasBody(1))
    #expect(try session.takeBody(for: 2, of: "camera") == 2)
    #expect(session.hasBody(2) && !session.hasBody(1))
    say(session, #"{"type": "unsubscribe", "id": 2}"#)
    #expect(!session.hasBody(2))
  }

  @Test func whatABrokenBodyLostIsSentAgainWithItsCredits() throws {
    let writer = try directory.frames(slots: 8)
    try appear("camera")
    let session = session()
    say(
      session,
      #"{"type": "subscribe", "id": 1, "stream": "camera", "policy": "all", "credits": 3}"#)
    _ = drain(session)
    try session.takeBody(for: 1, of: "camera")
    _ = drain(session)
    resume(session, turn: 1, of: writer, after: nil, held: 0)
    for value in 1...5 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(drainBody(session) == [1, 2, 3])
    // The page got the first alone and has not given its credit back yet.
    session.leaveBody("broken")
    #expect(drain(session).map(\.type) == ["transport"])
    // An answer to an earlier turn counts for nothing.
    resume(session, turn: 1, of: writer, after: nil, held: 0)
    #expect(drain(session).isEmpty)
    resume(session, turn: 2, of: writer, after: 1, held: 1)
    #expect(drain(session) == [2, 3].map { .data(id: 1, sequence: $0, lost: 0) })
    say(session, #"{"type": "credit", "id": 1, "seq": 1}"#)
    #expect(drain(session) == [.data(id: 1, sequence: 4, lost: 0)])
    // A page cannot go forward, nor get credits that it never had.
    try session.takeBody(for: 1, of: "camera")
    _ = drain(session)
    resume(session, turn: 3, of: writer, after: 400, held: 0)
    #expect(drainBody(session) == [5])
    for value in 6...12 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(drainBody(session) == [6, 7])
  }

  @Test func theCountersAreExact() throws {
    let writer = try directory.frames(slots: 8)
    try appear("camera")
    let source = try #require(catalog.source(named: "camera"))
    let session = session()
    say(session, #"{"type": "subscribe", "id": 1, "stream": "camera", "credits": 2}"#)
    _ = drain(session)
    try writer.put(1)
    guard case .data(let message) = session.next(now: Clock.monotonic) else {
      Issue.record("no frame")
      return
    }
    #expect(session.counters.leases == 1 && source.counters.leased == 1)
    session.finish(message, isSent: true)
    #expect(session.counters.leases == 0 && session.counters.dataMessages == 1)
    for value in 2...6 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(drain(session) == [gap(2, 5), .data(id: 1, sequence: 6, lost: 4)])
    #expect(session.counters.lost == 4 && source.counters.lost == 4)
    #expect(source.counters.leased == 2 && source.counters.messages == 1)
    #expect(source.counters.copiedBytes == 0 && session.counters.copiedBytes == 0)
    #expect(source.subscribers == 1)
  }

  @Test func aBodyOfItsOwnEndsWithItsStreamUnlessItWaits() throws {
    let first = try directory.frames()
    for value in 1...3 as ClosedRange<UInt32> { try first.put(value) }
    try appear("camera")
    func feed(waits: Bool) throws -> StreamFeed {
      let query = [(name: "wait", value: waits ? "1" : "0"), (name: "policy", value: "all")]
      return try StreamFeed(
        BodyRequest(stream: "camera", query: query), catalog: catalog, logger: Logger(label: "test")
      )
    }
    func take(_ feed: StreamFeed) -> UInt64? {
      guard let message = feed.next(now: Clock.monotonic) else { return nil }
      feed.finish(message, isSent: true)
      return message.sequence
    }
    let one = try feed(waits: false)
    let other = try feed(waits: true)
    #expect(take(one) == 3 && take(other) == 3 && take(one) == nil)
    try first.put(4)
    first.segment.close()
    #expect(!one.isOver)
    #expect(take(one) == 4 && one.isOver && !other.isOver)
    let second = try directory.frames(shape: [8])
    for change in catalog.apply(.present(try directory.reader("camera"))) {
      one.hear(change, now: Clock.monotonic)
      other.hear(change, now: Clock.monotonic)
    }
    try second.put(9)
    #expect(take(other) == 1 && take(one) == nil && other.counters.lost == 1)
    #expect(try second.segment.wanted())
    one.end("test")
    other.end("test")
    #expect(try !second.segment.wanted())
  }

  @Test func badMessagesAreAnsweredAndTheWorstEndTheSession() throws {
    let session = session()
    _ = drain(session)
    say(session, #"{"type": "credit", "id": 1, "seq": 1}"#)
    #expect(drain(session).map(\.type) == ["error"])
    say(session, "nonsense")
    let sent = drain(session)
    #expect(sent.map(\.type) == ["error", nil] && sent.last == .close(1003))
    say(session, #"{"type": "ping"}"#)
    #expect(drain(session).isEmpty && session.readiness(now: Clock.monotonic) == .idle)
  }

  @Test func whatIsNotReadIsBounded() throws {
    let session = session()
    let ping = #"{"type": "ping", "t": "\#(String(repeating: "x", count: 60_000))"}"#
    for _ in 0..<200 { say(session, ping) }
    #expect(drain(session) == [.close(1008)])
  }

  @Test func aGenerationIsAddedOnce() throws {
    let writer = try directory.frames()
    defer { writer.segment.close() }
    #expect(catalog.apply(.present(try directory.reader("camera"))).count == 1)
    #expect(catalog.apply(.present(try directory.reader("camera"))).isEmpty)
    #expect(catalog.apply(.absent(name: "camera")).count == 1)
    #expect(catalog.apply(.absent(name: "camera")).isEmpty)
  }

  @Test func anUnreadableFileIsToldOnce() throws {
    let error = SegmentError(.corrupt, "bad")
    #expect(catalog.apply(.unreadable(name: "x", error: error)).count == 1)
    #expect(catalog.apply(.unreadable(name: "x", error: error)).isEmpty)
    let session = session()
    _ = drain(session)
    say(session, #"{"type": "subscribe", "id": 1, "stream": "x"}"#)
    #expect(drain(session).map(\.type) == ["error", "waiting"])
    let writer = try directory.frames("x")
    defer { writer.segment.close() }
    try appear("x", session)
    #expect(drain(session).map(\.type) == ["added", "subscribed"])
  }

  @Test func controlMessagesThatComeTooFastEndTheSession() throws {
    let start = Clock.monotonic
    let session = session()
    var last = drain(session).last
    for _ in 0..<10 {
      for number in 0..<10_000 {
        session.receive(
          text: Array(#"{"type":"credit","id":\#(number)}"#.utf8), now: start + 1_000_000_000)
        if number % 100 == 0 { last = drain(session).last ?? last }
      }
    }
    #expect(last == .close(1008))
  }

  @Test func aThousandCreditsASecondPassForEver() {
    let start = Clock.monotonic
    let session = session()
    for second in 0..<100 {
      for number in 0..<1000 {
        session.receive(
          text: Array(#"{"type":"ping","t":1}"#.utf8),
          now: start + UInt64(second) * 1_000_000_000 + UInt64(number) * 1_000_000)
      }
      #expect(!drain(session).contains(.close(1008)))
    }
  }

  @Test func subscriptionsCostMore() {
    let now = Clock.monotonic
    let session = session()
    _ = drain(session)
    var sent: [Sent] = []
    for _ in 0..<3000 where !sent.contains(.close(1008)) {
      session.receive(text: Array(#"{"type":"subscribe","id":1,"stream":"a"}"#.utf8), now: now)
      session.receive(text: Array(#"{"type":"unsubscribe","id":1}"#.utf8), now: now)
      sent += drain(session)
    }
    let count = sent.filter { $0.type == "unsubscribed" }.count
    #expect(sent.last == .close(1008) && (1500...2000).contains(count), "\(count)")
  }
}
