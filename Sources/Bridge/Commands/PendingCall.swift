/// A call that has not been answered yet.
package final class PendingCall {
  package let number: UInt64
  /// The page's own number for it.
  package let ref: UInt64
  package let command: String
  package let target: CommandTarget
  package let deadline: UInt64
  /// Its first record in the command log.
  let firstRecord: UInt64
  private(set) weak var session: Session?

  init(
    number: UInt64, ref: UInt64, command: String, target: CommandTarget, deadline: UInt64,
    firstRecord: UInt64, session: Session
  ) {
    self.number = number
    self.ref = ref
    self.command = command
    self.target = target
    self.deadline = deadline
    self.firstRecord = firstRecord
    self.session = session
  }
}
