/// Counts what sending costs: of one session, or of one stream.
protocol SendCounters {
  /// Calls that sent something.
  var sends: UInt64 { get set }
  /// Of these, calls of which the kernel took only a part.
  var partialSends: UInt64 { get set }
  /// Bytes that the kernel took.
  var sentBytes: UInt64 { get set }
}

extension SendCounters {
  /// One call handed `count` of `wanted` bytes to the kernel.
  mutating func countSend(_ count: Int, of wanted: Int) {
    sends += 1
    sentBytes += UInt64(count)
    if count < wanted { partialSends += 1 }
  }
}
