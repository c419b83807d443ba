/// Why a command was not done: the `error` of a `reply`.
package struct CommandError: Error, Sendable, Equatable, Encodable {
  package enum Code: String, Sendable, Encodable, CaseIterable {
    case badField = "bad-field"
    case noSuchTarget = "no-such-target"
    case noSuchCommand = "no-such-command"
    case badArgument = "bad-argument"
    case timeout
    case producerGone = "producer-gone"
    case failed
    case tooLarge = "too-large"
    case tooMany = "too-many"
    case busy
    case notFound = "not-found"
    case superseded
    case readOnly = "read-only"
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  static func readOnly(_ what: String) -> CommandError {
    CommandError(.readOnly, "this server \(what): it was started with --read-only")
  }
}
