/// A call, a reply or a declaration, as it lies in a log in one or several records.
package struct CommandMessage: Sendable, Equatable {
  /// The call's number, from 1; 0 for a declaration.
  package var call: UInt64
  /// The generation of the log that it is for: a call's is the producer's log, a reply's the command log that the call came in.
  package var to: UInt64
  /// A call must not be begun after this time of CLOCK_MONOTONIC; 0 in other messages.
  package var deadline: UInt64 = 0
  /// JSON in UTF-8.
  package var text: [UInt8]
}
