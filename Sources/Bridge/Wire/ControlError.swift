/// What was wrong with a page's message: the `error` message of the protocol.
package struct ControlError: Error, Sendable, Equatable {
  package enum Code: String, Sendable, Encodable, CaseIterable {
    case malformed
    case unknownType = "unknown-type"
    case badField = "bad-field"
    case idInUse = "id-in-use"
    case noSuchID = "no-such-id"
    case tooLarge = "too-large"
    case tooMany = "too-many"
    case unreadable
  }

  package let code: Code
  package let message: String
  /// The subscription that it is about, if it is about one.
  package var id: UInt32?
  /// The call that it is about: then it goes out as a `reply`.
  package var ref: UInt64?

  package init(_ code: Code, _ message: String, id: UInt32? = nil, ref: UInt64? = nil) {
    self.code = code
    self.message = message
    self.id = id
    self.ref = ref
  }
}
