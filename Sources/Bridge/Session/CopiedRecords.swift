import ArrayShm

/// Records of a log, as they were copied out of its ring.
package final class CopiedRecords: Payload {
  private let bytes: [UInt8]

  package init(_ batch: LogBatch) { bytes = batch.bytes }

  package var count: Int { bytes.count }
  package var isIntact: Bool { true }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe bytes.withUnsafeBytes { try unsafe body($0) }
  }
}
