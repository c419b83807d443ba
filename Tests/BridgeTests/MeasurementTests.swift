import ArrayShm
import Logging
import Testing

@testable import Bridge

/// The stream to measure with, without a socket.
@Suite struct MeasurementTests {
  let directory: PrivateDirectory
  let catalog: SegmentCatalog
  let made = AsyncStream<MeasurementHost.Delivery>.makeStream()
  let host: MeasurementHost

  init() throws {
    directory = try PrivateDirectory()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    catalog = SegmentCatalog(directory: directory.segments, logger: logger) { _ in }
    let deliveries = made.continuation
    host = MeasurementHost(directory: directory.segments, logger: logger) { deliveries.yield($0) }
  }

  private func session() -> Session {
    let session = Session(
      catalog: catalog, measurement: host, identity: .init(version: "1", server: "s"),
      logger: Logger(label: "test"), now: Clock.monotonic)
    _ = said(session)
    return session
  }

  private func say(_ session: Session, _ text: String) {
    session.receive(text: Array(text.utf8), now: Clock.monotonic)
  }

  /// The control messages and the data that go now.
  private func said(_ session: Session) -> (
    controls: [[String: JSONValue]], data: [OutgoingMessage]
  ) {
    var controls: [[String: JSONValue]] = []
    var data: [OutgoingMessage] = []
    while true {
      switch session.next(now: Clock.monotonic) {
      case .control(let text): controls.append(JSONValue(parsing: text)?.object ?? [:])
      case .data(let message): data.append(message)
      default:
        session.settle()
        if session.readiness(now: Clock.monotonic) != .now { return (controls, data) }
      }
    }
  }

  private func deliver() async throws -> Session? {
    var deliveries = made.stream.makeAsyncIterator()
    return host.take(try #require(await deliveries.next()))
  }

  private var names: [String] { (try? directory.segments.names()) ?? [] }

  @Test func framesComeAsFastAsTheyAreTaken() async throws {
    let page = session()
    say(page, #"{"type": "measure", "bytes": 8192}"#)
    #expect(try await deliver() === page)
    let answer = try #require(said(page).controls.first)
    #expect(answer["stream"] == .string("webmon.measurement"))
    #expect(answer["bytes"] == .integer(8192))
    #expect(catalog.all.isEmpty && names == ["webmon.measurement"])

    say(page, #"{"type": "subscribe", "id": 1, "stream": "webmon.measurement", "credits": 1}"#)
    var last: UInt64 = 0
    for _ in 0..<20 {
      let message = try #require(said(page).data.first)
      #expect(message.sequence > last && message.payloadBytes == 8192)
      last = message.sequence
      unsafe message.payload.withUnsafeBytes { bytes in
        let words = unsafe bytes.bindMemory(to: UInt32.self)
        for index in words.indices {
          let isStamp = (0..<16).contains { $0 * 2047 / 15 == index }
          let wanted = isStamp ? UInt32(last) : UInt32(index) &* 0x9E37_79B1
          #expect(unsafe words[index] == wanted)
        }
      }
      page.finish(message, isSent: true)
      host.endPass()
      say(page, #"{"type": "credit", "id": 1, "seq": 1}"#)
    }
    #expect(last == 22)

    say(page, #"{"type": "measure", "bytes": 0}"#)
    #expect(names == [])
    #expect(said(page).controls.contains { $0["type"] == .string("waiting") })
    page.end()
  }

  @Test func oneAtATimeAndForNobodyElse() async throws {
    let (first, second) = (session(), session())
    say(first, #"{"type": "measure", "bytes": 4096}"#)
    say(second, #"{"type": "measure", "bytes": 4096}"#)
    let refusal = try #require(said(second).controls.first)
    #expect(refusal["stream"] == .null)
    #expect(refusal["reason"] != .string(""))
    #expect(try await deliver() === first)
    say(second, #"{"type": "subscribe", "id": 1, "stream": "webmon.measurement"}"#)
    #expect(said(second).controls.map { $0["type"] } == [.string("waiting")])
    // When the page goes, so does the segment, and the other one's turn has come.
    first.end()
    #expect(names == [])
    say(second, #"{"type": "measure", "bytes": 4096}"#)
    #expect(try await deliver() === second)
    #expect(names == ["webmon.measurement"])
    second.end()
    #expect(names == [])
  }

  @Test func whoeverAsksAgainGetsWhatWasAskedForLast() async throws {
    let page = session()
    say(page, #"{"type": "measure", "bytes": 4096}"#)
    say(page, #"{"type": "measure", "bytes": 65536}"#)
    #expect(try await deliver() == nil)
    #expect(try await deliver() === page)
    #expect(said(page).controls.first?["bytes"] == .integer(65536))
    page.end()
    #expect(names == [])
  }

  @Test func itEndsByItself() async throws {
    let page = session()
    say(page, #"{"type": "measure", "bytes": 4096}"#)
    _ = try await deliver()
    #expect(host.look(now: Clock.monotonic) == nil)
    let later = Clock.monotonic + 61_000_000_000
    #expect(host.look(now: later) === page && names == [])
    #expect(said(page).controls.last?["stream"] == .null)
    #expect(host.look(now: later) == nil)
  }

  @Test(arguments: ["-1", "100", "33558528", "\"4096\"", "null"])
  func sizesAreBounded(_ bytes: String) {
    let page = session()
    say(page, #"{"type": "measure", "bytes": \#(bytes)}"#)
    #expect(said(page).controls.first?["code"] == .string("bad-field"))
  }
}
