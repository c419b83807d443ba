import Foundation
import Testing

/// Runs a body in a thread with so much stack, and expects that it returns true. Too deep a
/// recursion ends the test process.
func onSmallStack(
  bytes: Int, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @escaping @Sendable () -> Bool
) {
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    #expect(body(), sourceLocation: sourceLocation)
    done.signal()
  }
  thread.stackSize = bytes
  thread.start()
  done.wait()
}
