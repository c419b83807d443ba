import ArrayShm
import Glibc
import Logging
import Synchronization
import Testing

@testable import Bridge

@Suite struct SegmentErrandsTests {
  let directory: PrivateDirectory
  let catalog: SegmentCatalog
  let errands: SegmentErrands
  let done = Done()

  /// What the errands' thread tells.
  final class Done: Sendable {
    let outcomes = Mutex<[SegmentErrands.Outcome]>([])
  }

  init() throws {
    directory = try PrivateDirectory()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
    let done = done
    errands = SegmentErrands(directory: directory.segments, logger: logger) { outcome in
      done.outcomes.withLock { $0.append(outcome) }
    }
  }

  private func session(isReadOnly: Bool = false) -> Session {
    Session(
      catalog: catalog, errands: errands,
      identity: .init(version: "1", server: "s", isReadOnly: isReadOnly),
      logger: Logger(label: "test"), now: Clock.monotonic)
  }

  /// What the session answers to a message, once its errands are done.
  private func replies(of session: Session, to texts: String...) async throws -> [[String:
    JSONValue]]
  {
    for text in texts { session.receive(text: Array(text.utf8), now: Clock.monotonic) }
    while !session.errandRefs.isEmpty {
      for outcome in done.outcomes.withLock({ outcomes in
        defer { outcomes = [] }
        return outcomes
      }) {
        _ = errands.finish(outcome)
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    var replies: [[String: JSONValue]] = []
    while case .control(let text) = session.next(now: Clock.monotonic) {
      let object = JSONValue(parsing: text)?.object ?? [:]
      if object["type"] == .string("reply") || object["type"] == .string("error") {
        replies.append(object)
      }
    }
    return replies
  }

  private func code(_ reply: [String: JSONValue]?) -> JSONValue? {
    reply?["error"]?.object?["code"] ?? reply?["code"]
  }

  private func kept(_ name: String) throws -> String {
    var specification = SegmentSpecification.frames(
      name, dtype: try DType(descr: "'<u4'"), shape: [4], slots: 4)
    specification.persist = true
    let writer = try FrameWriter(directory: directory.segments, specification)
    defer { writer.segment.close() }
    return hexadecimal(writer.segment.description.generation)
  }

  @Test func onlyThisGenerationIsRemovedAndOnlyWithoutItsWriter() async throws {
    let session = session()
    let old = try kept("camera")
    let new = try kept("camera")
    var reply = try await replies(
      of: session, to: #"{"type":"remove","ref":1,"name":"camera","generation":"\#(old)"}"#)
    #expect(code(reply.first) == .string("superseded") && reply.first?["ref"] == .integer(1))
    let writer = try directory.frames("live")
    defer { writer.segment.close() }
    let live = hexadecimal(writer.segment.description.generation)
    reply = try await replies(
      of: session, to: #"{"type":"remove","ref":1,"name":"live","generation":"\#(live)"}"#)
    #expect(code(reply.first) == .string("busy"))
    #expect(try directory.segments.names() == ["camera", "live"])
    reply = try await replies(
      of: session, to: #"{"type":"remove","ref":1,"name":"camera","generation":"\#(new)"}"#,
      #"{"type":"remove","ref":2,"name":"camera","generation":"\#(new)"}"#)
    #expect(reply.map { $0["ok"] } == [.bool(true), .bool(false)])
    #expect(code(reply.last) == .string("not-found"))
    #expect(try directory.segments.names() == ["live"])
  }

  @Test func aReadOnlyServerRemovesNothing() async throws {
    let generation = try kept("camera")
    let reply = try await replies(
      of: session(isReadOnly: true),
      to: #"{"type":"remove","ref":1,"name":"camera","generation":"\#(generation)"}"#,
      #"{"type":"command","ref":2,"name":"x"}"#)
    #expect(reply.map(code) == [.string("read-only"), .string("read-only")])
    #expect(try directory.segments.names() == ["camera"])
  }

  @Test(arguments: [
    (#"{"type":"remove","name":"a","generation":"0000000000000001"}"#, "bad-field"),
    (#"{"type":"remove","ref":1,"generation":"0000000000000001"}"#, "bad-field"),
    (#"{"type":"remove","ref":1,"name":"a"}"#, "bad-field"),
    (#"{"type":"remove","ref":1,"name":"a","generation":"1"}"#, "bad-field"),
    (#"{"type":"remove","ref":1,"name":"a","generation":"000000000000000x"}"#, "bad-field"),
    (#"{"type":"remove","ref":1,"name":"../a","generation":"0000000000000001"}"#, "not-found"),
    (#"{"type":"remove","ref":1,"name":"","generation":"0000000000000001"}"#, "not-found"),
    (
      #"{"type":"remove","ref":1,"name":"webmon.commands","generation":"0000000000000001"}"#,
      "not-found"
    ),
    (#"{"type":"remove","ref":1,"name":"none","generation":"0000000000000001"}"#, "not-found"),
    (#"{"type":"processes","ref":1,"name":"none"}"#, "not-found"),
    (#"{"type":"processes","ref":1,"name":"/etc/passwd"}"#, "not-found"),
  ])
  func whatIsWrongIsSaid(text: String, expected: String) async throws {
    let reply = try await replies(of: session(), to: text)
    #expect(reply.count == 1 && code(reply.first) == .string(expected))
  }

  @Test func aRefIsOneErrandsAlone() async throws {
    let reply = try await replies(
      of: session(), to: #"{"type":"processes","ref":7,"name":"none"}"#,
      #"{"type":"processes","ref":7,"name":"none"}"#)
    #expect(Set(reply.map(code)) == [.string("id-in-use"), .string("not-found")])
  }

  @Test func whoHasItOpen() async throws {
    let writer = try directory.frames()
    defer { writer.segment.close() }
    let reader = try directory.reader("camera")
    try reader.subscribe(true)
    let reply = try await replies(
      of: session(), to: #"{"type":"processes","ref":1,"name":"camera"}"#)
    guard case .array(let found)? = reply.first?["value"] else {
      Issue.record("\(reply)")
      return
    }
    #expect(found.count == 1)
    let own = found.first?.object
    #expect(own?["pid"] == .integer(Int64(getpid())))
    #expect(own?["writer"] == .bool(true) && own?["subscribed"] == .bool(true))
    withExtendedLifetime(reader) {}
  }

  @Test func whoIsGoneGetsNoReply() async throws {
    var session: Session? = session()
    session?.receive(
      text: Array(#"{"type":"processes","ref":1,"name":"none"}"#.utf8), now: Clock.monotonic)
    session = nil
    while done.outcomes.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(2)) }
    let outcome = try #require(done.outcomes.withLock { $0.first })
    #expect(errands.finish(outcome) == nil)
  }
}
