import ArrayShm
import Testing

@testable import Bridge

@Suite struct ControlMessageTests {
  private func decode(_ text: String) throws(ControlError) -> ControlMessage {
    try ControlMessage(decoding: Array(text.utf8))
  }

  @Test func subscribe() throws {
    #expect(
      try decode(#"{"type": "subscribe", "id": 1, "stream": "camera"}"#)
        == .subscribe(SubscribeRequest(id: 1, stream: "camera")))
    #expect(
      try decode(
        #"""
        {"id": 4294967295, "policy": "all", "credits": 64, "max_fps": 2.5, "backlog": 100,
         "stream": "a.b-C_9", "type": "subscribe", "unknown": [1, {"x": null}]}
        """#)
        == .subscribe(
          SubscribeRequest(
            id: .max, stream: "a.b-C_9", policy: .all, credits: 64, maxFPS: 2.5, backlog: 100)))
    // null is as good as not there.
    #expect(
      try decode(
        #"{"type": "subscribe", "id": 1, "stream": "c", "policy": null, "credits": null, "max_fps": null, "backlog": null}"#
      )
        == .subscribe(SubscribeRequest(id: 1, stream: "c")))
  }

  @Test func views() throws {
    var view = ViewRequest()
    view.level = 2
    #expect(
      try decode(#"{"type": "subscribe", "id": 1, "stream": "c", "level": 2}"#)
        == .subscribe(SubscribeRequest(id: 1, stream: "c", view: view)))
    view.axes = [2, 0]
    view.channels = 1
    view.index = [7, 0]
    view.region = PixelRegion(-5, 0, 10, 20)
    view.reduction = .mode
    (view.tileHeight, view.tileWidth) = (16, 2048)
    #expect(
      try decode(
        #"""
        {"type": "subscribe", "id": 1, "stream": "c", "level": 2, "axes": [2, 0], "channels": 1,
         "index": [7, 0], "region": [-5, 0, 10.0, 20], "reduce": "mode", "tile": [16, 2048]}
        """#) == .subscribe(SubscribeRequest(id: 1, stream: "c", view: view)))
    guard
      case .view(let move) = try decode(
        #"{"type": "view", "id": 3, "region": [0, 0, 1, 1], "fresh": true}"#)
    else {
      Issue.record("no view")
      return
    }
    #expect(move.id == 3 && move.fresh && move.level == nil)
    let moved = move.applied(to: view)
    #expect(moved.region == PixelRegion(0, 0, 1, 1) && moved.level == 2 && moved.index == [7, 0])
  }

  @Test func theOthers() throws {
    #expect(try decode(#"{"type": "unsubscribe", "id": 7}"#) == .unsubscribe(id: 7))
    #expect(
      try decode(#"{"type": "credit", "id": 7, "seq": 9007199254740993}"#)
        == .credit(id: 7, sequence: 9_007_199_254_740_993, painted: nil))
    #expect(
      try decode(#"{"type": "credit", "id": 7, "seq": 3, "painted_ns": 12.75}"#)
        == .credit(id: 7, sequence: 3, painted: 12))
    #expect(
      try decode(#"{"type": "transport", "id": 7, "transport": "websocket"}"#) == .leaveBody(id: 7))
    #expect(
      try decode(#"{"type": "resume", "id": 7, "turn": 2}"#)
        == .resume(ResumeRequest(id: 7, turn: 2)))
    #expect(
      try decode(
        #"{"type": "resume", "id": 7, "turn": 2, "generation": "00000000000000ff", "after": 0, "held": 64}"#
      )
        == .resume(ResumeRequest(id: 7, turn: 2, generation: 255, after: 0, held: 64)))
    #expect(try decode(#"{"type": "status", "every_ms": 0}"#) == .status(everyMilliseconds: nil))
    #expect(try decode(#"{"type": "status", "every_ms": 500}"#) == .status(everyMilliseconds: 500))
    #expect(
      try decode(#"{"type": "ping", "t": {"a": [1]}}"#)
        == .ping(.object(["a": .array([.integer(1)])])))
    #expect(try decode(#"{"type": "ping"}"#) == .ping(.null))
  }

  @Test(arguments: [
    ("", ControlError.Code.malformed), ("{", .malformed), ("[]", .malformed), ("\"x\"", .malformed),
    ("{\"type\": \"ping\"} {}", .malformed), ("nul", .malformed), ("1e999", .malformed),
    ("{}", .unknownType), ("{\"type\": null}", .unknownType),
    ("{\"type\": \"hello\"}", .unknownType),
    ("{\"type\": \"subscribe\", \"stream\": \"a\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": \"1\", \"stream\": \"a\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": -1, \"stream\": \"a\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1e30, \"stream\": \"a\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": \".a\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": \"a/b\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": 5}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": \"a\", \"credits\": 0}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": \"a\", \"credits\": 1.5}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": \"a\", \"max_fps\": \"5\"}", .badField),
    ("{\"type\": \"subscribe\", \"id\": 1, \"stream\": \"a\", \"policy\": 1}", .badField),
    ("{\"type\": \"credit\", \"id\": 1, \"seq\": -1}", .badField),
    ("{\"type\": \"credit\", \"id\": 1, \"seq\": 1, \"painted_ns\": -1}", .badField),
    ("{\"type\": \"credit\", \"id\": 1, \"seq\": 1, \"painted_ns\": 1e300}", .badField),
    ("{\"type\": \"status\", \"every_ms\": 60001}", .badField),
  ])
  func errors(text: String, code: ControlError.Code) {
    let error = #expect(throws: ControlError.self) { try decode(text) }
    #expect(error?.code == code)
    #expect(error?.message.isEmpty == false)
  }

  @Test func anErrorCarriesTheIdAndSaysWhatWouldBeRight() throws {
    let error = #expect(throws: ControlError.self) {
      try decode(#"{"type": "subscribe", "id": 12, "stream": "a", "credits": 100}"#)
    }
    #expect(error?.id == 12)
    #expect(error?.message == "subscribe.credits is 100; an integer from 1 to 64 is needed")
  }

  @Test func othersTextIsKeptShortInMessages() {
    let error = #expect(throws: ControlError.self) {
      try decode(
        #"{"type": "subscribe", "id": 12, "stream": "\#(String(repeating: "x", count: 50_000))"}"#)
    }
    #expect((error?.message.count ?? 0) < 300)
  }

  @Test func namesAreThoseOfSegments() throws {
    let directory = try PrivateDirectory()
    let long = String(repeating: "n", count: 120)
    for name in [
      "a", "A.b_c-9", long, "-", "_", "", ".a", "a b", "ä", "a/b", "a\u{0}", long + "n", "..",
      "a\n",
    ] {
      // A valid name of nothing is not found, an invalid one is refused.
      let error = #expect(throws: SegmentError.self) { try directory.reader(name) }
      #expect(SegmentName.isValid(name) == (error?.code == .notFound), "\(name)")
    }
  }

  @Test func randomBytesAreErrorsOnly() {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("{}[]\":,0123456789.eE-+truefalsnl\\u \u{ff}typeidsubscribe".utf8)
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0...40)).map { _ in
        alphabet.randomElement(using: &generator) ?? 0
      }
      _ = try? ControlMessage(decoding: text)
    }
  }
}
