/// One data message on its way: its header and its payload, in place or copied.
package struct OutgoingMessage {
  package private(set) var header: [UInt8]
  package private(set) var payload: any Payload
  /// Bytes of the payload that are sent: all, but for a part of an element at its end.
  package private(set) var payloadBytes: Int
  package let subscription: UInt32
  package let sequence: UInt64
  /// Records in it; 0 if it is no batch of records.
  package let records: Int
  /// When its newest commit was made; nil: before it could be sent to this subscription.
  package let published: UInt64?
  /// The stream that it is of, which counts what it costs.
  package let source: StreamSource

  package var isCompressed: Bool { payload is CompressedPayload }

  /// The same message with its payload compressed.
  package func compressed(_ payload: CompressedPayload) -> OutgoingMessage {
    var message = self
    message.payload = payload
    message.payloadBytes = payload.count
    DataHeader.change(&message.header, codec: .shuffledDeflate, payloadBytes: payload.count)
    return message
  }

  package var count: Int { header.count + payloadBytes }

  /// Copies a part of the message. What lies past its end is zeros.
  package func copy(_ range: Range<Int>, to target: UnsafeMutableRawBufferPointer) {
    let ofHeader = range.clamped(to: 0..<header.count)
    unsafe target.copyBytes(from: header[ofHeader])
    let ofPayload = range.clamped(to: header.count..<count)
    unsafe payload.withUnsafeBytes { payload in
      let part = ofPayload.lowerBound - header.count..<ofPayload.upperBound - header.count
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[ofHeader.count...])
      unsafe rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: payload[part]))
    }
    for place in (ofHeader.count + ofPayload.count)..<range.count { unsafe target[place] = 0 }
  }
}
