import ArrayShm

/// How long each hop of one generation takes, over all sessions and bodies.
///
/// Confined to the thread that runs the sessions, but for `notice`.
package final class StreamHops {
  /// From when the writer took a slot to its commit, of the frames that this server leased.
  package private(set) var fill = HopLatency()
  /// From a commit until a waiter thread noticed it.
  package let notice = NoticeLatency()
  /// From a commit until the socket was given the first byte of its message. The wait for a credit, for the socket and for workers is in it.
  package private(set) var wait = HopLatency()
  /// From a message's first byte until the kernel has taken its last one. Its count is that of the messages.
  package private(set) var send = HopLatency()
  /// Messages of commits that were made before their subscription could be sent them: how long they waited says nothing.
  package private(set) var earlier: UInt64 = 0

  package init() {}

  /// A frame was leased, once for all that send it.
  func leased(_ frame: FrameInfo, now: UInt64) {
    // 0: written by a writer that does not tell.
    guard frame.begun > 0, frame.begun <= frame.published else { return }
    fill.record(frame.published - frame.begun, at: now)
  }

  /// The kernel has taken all of a message.
  func sent(published: UInt64?, begun: UInt64, ended: UInt64) {
    if let published {
      // A writer may give its frames any time.
      wait.record(begun > published ? begun - published : 0, at: ended)
    } else {
      earlier += 1
    }
    send.record(ended > begun ? ended - begun : 0, at: ended)
  }
}
