import ArrayShm

/// The commands that a page calls.
extension Session {
  func call(_ request: CommandRequest, _ now: UInt64) throws(ControlError) {
    try checkFree(request.ref)
    do throws(CommandError) {
      guard !isReadOnly else { throw .readOnly("calls no commands") }
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

  /// Every ref that waits for its reply belongs to one call or errand.
  func checkFree(_ ref: UInt64) throws(ControlError) {
    guard let what = calls[ref]?.command ?? (errandRefs.contains(ref) ? "an errand" : nil) else {
      return
    }
    throw ControlError(
      .idInUse,
      "the ref \(ref) is in use for \(what), which was not answered yet; choose another")
  }

  func refuse(_ error: CommandError, ref: UInt64) {
    queue(CommandReply.failure(error, ref: ref))
  }

  /// The reply to a call of this session has come, or will not come.
  func answer(_ call: PendingCall, _ text: [UInt8]) {
    calls[call.ref] = nil
    answer(call.ref, text)
  }

  func answer(_ ref: UInt64, _ text: [UInt8]) {
    // A page that has to read megabytes of replies first is told so, rather than dropped.
    if queuedControlBytes + text.count > Limits.queuedControlBytes / 2 {
      refuse(
        CommandError(
          .tooLarge,
          "\(queuedControlBytes) bytes of replies wait for the page to read them; there is no room for \(text.count) more"
        ),
        ref: ref)
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
