/// The text of a `reply` to a page.
package enum CommandReply {
  private struct Failure: Encodable {
    let type = "reply"
    let ref: UInt64
    let ok = false
    let error: CommandError
  }

  private struct Success<Value: Encodable>: Encodable {
    let type = "reply"
    let ref: UInt64
    let ok = true
    let value: Value
  }

  package static func success(_ value: some Encodable, ref: UInt64) -> [UInt8] {
    JSONText.encode(Success(ref: ref, value: value))
  }

  package static func failure(_ error: CommandError, ref: UInt64) -> [UInt8] {
    JSONText.encode(Failure(ref: ref, error: error))
  }

  /// The reply that a producer wrote, for the page that asked.
  ///
  /// The producer's text is checked, and then goes out as it is with the message's type and reference before it: a value of 1 MB is
  /// not written anew.
  package static func forward(_ text: [UInt8], ref: UInt64) -> [UInt8] {
    guard isReply(text), let open = text.firstIndex(of: UInt8(ascii: "{")) else {
      return failure(
        CommandError(.failed, "the producer's reply is not valid (\(text.count) bytes)"), ref: ref)
    }
    return Array(#"{"type":"reply","ref":\#(ref),"#.utf8) + text[(open + 1)...]
  }

  /// Exactly `{"ok": true, "value": ...}` or `{"ok": false, "error": {"code": text, "message": text}}`.
  private static func isReply(_ text: [UInt8]) -> Bool {
    guard let reply = JSONValue(parsing: text)?.object, reply.count == 2 else { return false }
    switch reply["ok"] {
    case .bool(true): return reply["value"] != nil
    case .bool(false):
      guard let error = reply["error"]?.object, error.count == 2,
        case .string = error["code"], case .string = error["message"]
      else { return false }
      return true
    default: return false
    }
  }
}
