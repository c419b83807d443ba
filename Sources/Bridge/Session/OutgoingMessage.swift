/// One data message on its way: its header and its payload, in place or copied.
package struct OutgoingMessage {
  package let header: [UInt8]
  package let payload: any Payload
  /// Bytes of the payload that are sent: all, but for a part of an element at its end.
  package let payloadBytes: Int
  package let subscription: UInt32
  package let sequence: UInt64
  /// Records in it; 0 if it is no batch of records.
  package let records: Int

  package var count: Int { header.count + payloadBytes }

  /// Copies a part of the message.
  package func copy(_ range: Range<Int>, to target: UnsafeMutableRawBufferPointer) {
    let ofHeader = range.clamped(to: 0..<header.count)
    unsafe target.copyBytes(from: header[ofHeader])
    let start = max(0, range.lowerBound - header.count)
    let end = max(start, range.upperBound - header.count)
    unsafe payload.withUnsafeBytes { payload in
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[ofHeader.count...])
      unsafe rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: payload[start..<end]))
    }
  }
}
