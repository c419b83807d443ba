package typealias CompressionJob = PayloadJob<CompressedPayload?>

/// The compression that was begun last, as long as somebody waits for it.
struct RecentCompression {
  weak var job: CompressionJob?
  weak var payload: (any Payload)?
  var bytes: Int
}

extension StreamSource {
  /// Has the payload of a message compressed by a worker: once for all sessions that send it.
  func compress(_ message: OutgoingMessage) -> CompressionJob {
    let (payload, bytes) = (message.payload, message.payloadBytes)
    if let recent = compression, recent.payload === payload, recent.bytes == bytes,
      let job = recent.job
    {
      return job
    }
    let itemsize = description.dtype.itemsize
    // A payload is only read, and its owners outlive the job.
    nonisolated(unsafe) let source = payload
    let job = CompressionJob {
      unsafe CompressedPayload.of(source, bytes: bytes, itemsize: itemsize)
    }
    compression = RecentCompression(job: job, payload: payload, bytes: bytes)
    perform(job)
    return job
  }
}
