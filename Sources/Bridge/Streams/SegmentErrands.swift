import ArrayShm
import Logging
import Synchronization

/// Work on segments that may take a while (the directory's lock, a walk through /proc): done one after the other, on a thread that is
/// there while there is some.
///
/// Confined to the thread that runs the sessions, but for what is done.
package final class SegmentErrands {
  /// One that is done: the reply to its page.
  package struct Outcome: Sendable {
    let number: UInt64
    let text: [UInt8]
  }

  private struct Task: Sendable {
    let number: UInt64
    let request: ErrandRequest
  }

  private struct Owner {
    weak var session: Session?
    let ref: UInt64
  }

  /// What the threads share.
  private final class Queue: Sendable {
    struct State {
      var tasks: [Task] = []
      var isRunning = false
    }
    let state = Mutex(State())
  }

  private let directory: SegmentDirectory
  private let logger: Logger
  private let onDone: @Sendable (Outcome) -> Void
  private let queue = Queue()
  private var owners: [UInt64: Owner] = [:]
  private var lastNumber: UInt64 = 0

  /// - Parameter onDone: called on another thread; `finish` is to be called with it.
  package init(
    directory: SegmentDirectory, logger: Logger, onDone: @escaping @Sendable (Outcome) -> Void
  ) {
    self.directory = directory
    self.logger = logger
    self.onDone = onDone
  }

  func run(_ request: ErrandRequest, for session: Session) {
    lastNumber += 1
    owners[lastNumber] = Owner(session: session, ref: request.ref)
    let task = Task(number: lastNumber, request: request)
    let starts = queue.state.withLock { state in
      state.tasks.append(task)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard starts else { return }
    NamedThread.start("webmon-errands") { [queue, directory, logger, onDone] in
      while let task = Self.next(queue) {
        let text = Self.reply(task.request, directory, logger)
        onDone(Outcome(number: task.number, text: text))
      }
    }
  }

  /// Gives the reply to the session that asked.
  ///
  /// - Returns: that session; nil if it is gone.
  package func finish(_ outcome: Outcome) -> Session? {
    guard let owner = owners.removeValue(forKey: outcome.number) else { return nil }
    owner.session?.finish(errand: owner.ref, outcome.text)
    return owner.session
  }

  // MARK: On the thread

  private static func next(_ queue: Queue) -> Task? {
    queue.state.withLock { state in
      if state.tasks.isEmpty {
        state.isRunning = false
        return nil
      }
      return state.tasks.removeFirst()
    }
  }

  private static func reply(
    _ request: ErrandRequest, _ directory: SegmentDirectory, _ logger: Logger
  ) -> [UInt8] {
    do throws(SegmentError) {
      switch request.errand {
      case .remove(let generation):
        try directory.remove(request.name, generation: generation)
        logger.notice("\(request.name): removed, as a page asked")
        return CommandReply.success(JSONValue.null, ref: request.ref)
      case .processes:
        let processes = try directory.processes(of: request.name)
        return CommandReply.success(processes.map(ProcessObject.init), ref: request.ref)
      }
    } catch {
      return CommandReply.failure(CommandError(code(error), error.message), ref: request.ref)
    }
  }

  private static func code(_ error: SegmentError) -> CommandError.Code {
    switch error.code {
    case .busy: .busy
    case .notFound: .notFound
    case .superseded: .superseded
    default: .failed
    }
  }

  private struct ProcessObject: Encodable {
    let pid: Int32
    let program: String
    let writer: Bool
    let subscribed: Bool
    let leases: Int

    init(_ process: SegmentProcess) {
      pid = process.id
      program = process.program
      writer = process.isWriter
      subscribed = process.isSubscribed
      leases = process.leases
    }
  }
}
