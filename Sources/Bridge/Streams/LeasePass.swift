/// A pass through the sessions: which streams keep a lease until it ends. Few do, of perhaps a thousand.
package final class LeasePass {
  private var sources: [StreamSource] = []

  package init() {}

  /// To be called once for each stream that keeps a lease.
  func add(_ source: StreamSource) { sources.append(source) }

  /// Every session that could send had its turn.
  func end() {
    for source in sources { source.endPass() }
    sources.removeAll(keepingCapacity: true)
  }
}
