import ArrayShm
import Glibc
import Logging
import Synchronization

/// Watches the segment directory and opens what appears in it, so that no file is opened on the thread that runs the sessions.
package final class DirectoryThread: Sendable {
  private let directory: SegmentDirectory
  private let logger: Logger
  private let onEvent: @Sendable (CatalogEvent) -> Void
  private let isStopped = Atomic(false)

  /// Between two looks at who is alive.
  private static let period = Duration.seconds(1)
  /// How long `stop` may take to be seen.
  private static let slice = Duration.milliseconds(250)

  package init(
    directory: SegmentDirectory, logger: Logger, onEvent: @escaping @Sendable (CatalogEvent) -> Void
  ) {
    self.directory = directory
    self.logger = logger
    self.onEvent = onEvent
  }

  package func start() {
    NamedThread.start("webmon-watcher") { self.run() }
  }

  package func stop() { isStopped.store(true, ordering: .relaxed) }

  private var goesOn: Bool { !isStopped.load(ordering: .relaxed) }

  private func run() {
    while goesOn {
      do {
        // Somebody may have removed the directory: then it is made again, and watched anew.
        try directory.create()
        try watch(try DirectoryWatcher(directory: directory))
      } catch {
        logger.error("\(directory.path) cannot be watched, trying again: \(error)")
        sleep(1)
      }
    }
  }

  private func watch(_ watcher: DirectoryWatcher) throws(SegmentError) {
    var failed: Set<String> = []
    var nextLook = ContinuousClock.now + Self.period
    while goesOn {
      if let event = try watcher.next(timeout: Self.slice) {
        switch event {
        case .added(let name):
          if !open(name) { failed.insert(name) }
        case .removed(let name):
          failed.remove(name)
          onEvent(.absent(name: name))
        }
      }
      if ContinuousClock.now >= nextLook {
        nextLook = ContinuousClock.now + Self.period
        failed = failed.filter { !open($0) }
        onEvent(.look)
      }
    }
  }

  /// - Returns: false if it is worth another try: the file is there but could not be opened.
  private func open(_ name: String) -> Bool {
    do {
      onEvent(.present(try SegmentReader(directory: directory, name: name)))
      return true
    } catch {
      // Gone again already: the watcher tells that too.
      if error.code == .notFound { return true }
      onEvent(.unreadable(name: name, error: error))
      return false
    }
  }
}
