import ArrayShm

/// The commands that a page calls.
extension Session {
  func call(_ request: CommandRequest, _ now: UInt64) throws(ControlError) {
    if let other = calls[request.ref] {
      throw ControlError(
        .idInUse,
        "the ref \(request.ref) is in use for \(other.command), which was not answered yet; choose another"
      )
    }
    do throws(CommandError) {
      guard let commands else { throw CommandError(.noSuchTarget, "this server takes no commands") }
      guard calls.count < Limits.callsInFlight else {
        throw CommandError(
          .tooMany, "\(calls.count) calls of this session wait for their replies, the most allowed")
      }
      calls[request.ref] = try commands.call(request, for: self, now: now)
    } catch {
      refuse(error, ref: request.ref)
    }
  }

  func refuse(_ error: CommandError, ref: UInt64) {
    queue(CommandReply.failure(error, ref: ref))
  }

  /// The reply to a call of this session has come, or will not come.
  func answer(_ call: PendingCall, _ text: [UInt8]) {
    calls[call.ref] = nil
    // A page that has to read megabytes of replies first is told so, rather than dropped.
    if queuedControlBytes + text.count > Limits.queuedControlBytes / 2 {
      refuse(
        CommandError(
          .tooLarge,
          "\(queuedControlBytes) bytes of replies wait for the page to read them; there is no room for \(text.count) more"
        ),
        ref: call.ref)
    } else {
      queue(text)
    }
  }

  /// Tells who takes commands now.
  package func tell(_ announcement: [UInt8]) {
    if closing == nil { queue(announcement) }
  }

  var firstDeadline: UInt64? { calls.values.lazy.map(\.deadline).min() }

  func expireCalls(_ now: UInt64) {
    for call in calls.values.filter({ $0.deadline <= now }) {
      commands?.forget(call)
      calls[call.ref] = nil
      refuse(
        CommandError(.timeout, "\(call.target.name) did not answer \(call.command) in time"),
        ref: call.ref)
    }
  }

  /// The page is gone: replies that come are nobody's.
  func forgetCalls() {
    for call in calls.values { commands?.forget(call) }
    calls = [:]
  }
}
