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
}
