import ArrayShm
import Logging

/// Who is there: the open segments of one directory, each with its newest generation. Those of webmon itself are no streams.
///
/// Confined to the thread that runs the sessions. `DirectoryThread` feeds it with events, `WaiterPool` wakes it for the streams that
/// somebody is subscribed to.
package final class SegmentCatalog {
  package let directory: SegmentDirectory
  private var sources: [String: StreamSource] = [:]
  private var unreadable: [String: SegmentError] = [:]
  private let waiters: WaiterPool
  private let worker: PayloadWorker?
  private let tiles = TileCache()
  private let pass = LeasePass()
  private let logger: Logger

  /// - Parameters:
  ///   - worker: makes cuts and tiles; nil: they are made where they are asked for.
  ///   - onNews: called on a waiter's thread with the streams that have something new, or that ended.
  package init(
    directory: SegmentDirectory, logger: Logger, worker: PayloadWorker? = nil,
    onNews: @escaping @Sendable ([StreamKey]) -> Void
  ) {
    self.directory = directory
    self.logger = logger
    self.worker = worker
    waiters = WaiterPool(logger: logger, onNews: onNews)
  }

  package func stop() {
    waiters.stop()
    worker?.stop()
  }

  // MARK: Looking

  package func source(named name: String) -> StreamSource? { sources[name] }

  /// Why a name that is there is no stream.
  package func reasonUnreadable(_ name: String) -> String? { unreadable[name]?.message }

  /// All streams by name. A stream that cannot be asked right now is left out and logged.
  package var all: [StreamSource] { sources.values.sorted { $0.key.name < $1.key.name } }

  package func objects(now: UInt64) -> [StreamObject] {
    all.compactMap { object(of: $0, now: now) }
  }

  package func object(of source: StreamSource, now: UInt64) -> StreamObject? {
    do {
      return try source.object(now: now)
    } catch {
      logger.warning("\(source.key.name): its status cannot be read: \(error)")
      return nil
    }
  }

  // MARK: Events

  package func apply(_ event: CatalogEvent) -> [CatalogChange] {
    switch event {
    case .present(let reader): present(reader)
    case .unreadable(let name, let error): unreadable(name, error)
    case .absent(let name): absent(name)
    case .look: look()
    }
  }

  private func present(_ reader: SegmentReader) -> [CatalogChange] {
    let name = reader.description.name
    if SegmentName.isReserved(name) { return [] }
    if sources[name]?.key.generation == reader.description.generation { return [] }
    let source: StreamSource
    do {
      source = try StreamSource(reader, tiles: tiles, worker: worker, pass: pass)
    } catch {
      return unreadable(name, error)
    }
    retire(name)
    unreadable[name] = nil
    sources[name] = source
    logger.info(
      "\(name): \(source.description.kind.name) \(source.description.descr) \(source.description.shape)"
    )
    return [.added(source)]
  }

  private func unreadable(_ name: String, _ error: SegmentError) -> [CatalogChange] {
    if unreadable[name] == error || SegmentName.isReserved(name) { return [] }
    unreadable[name] = error
    logger.warning("\(name): not readable: \(error)")
    let wasThere = retire(name)
    return (wasThere ? [.removed(name: name)] : [])
      + [.unreadable(name: name, reason: error.message)]
  }

  private func absent(_ name: String) -> [CatalogChange] {
    unreadable[name] = nil
    guard retire(name) else { return [] }
    logger.info("\(name): removed")
    return [.removed(name: name)]
  }

  /// Takes a name's stream off the list. Subscriptions keep it until they have sent what is left in it.
  @discardableResult
  private func retire(_ name: String) -> Bool {
    guard let source = sources.removeValue(forKey: name) else { return false }
    source.isListed = false
    source.endPass()
    source.state = source.reader.state
    return true
  }

  /// A writer that was killed tells nobody, and one that goes on with its segment does not either.
  private func look() -> [CatalogChange] {
    for source in sources.values {
      let state = source.reader.state
      guard state != source.state else { continue }
      logger.info("\(source.key.name): \(source.state.name), now \(state.name)")
      source.state = state
    }
    waiters.revive()
    return []
  }

  /// To be called when every session that could send had its turn.
  package func endPass() { pass.end() }

  // MARK: Demand

  package func subscribe(_ source: StreamSource) throws(SegmentError) {
    do {
      try source.addSubscriber()
    } catch {
      source.removeSubscriber()
      throw error
    }
    waiters.watch(source, onDemand: true)
  }

  package func unsubscribe(_ source: StreamSource) {
    source.removeSubscriber()
    if !source.isSubscribed { waiters.unwatch(source.key) }
  }
}
