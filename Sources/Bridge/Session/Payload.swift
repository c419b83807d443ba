/// The bytes of a data message or of a download, in place or copied; several sessions may send the same ones.
package protocol Payload: AnyObject {
  var count: Int { get }
  /// false if the bytes may have changed since: then what was sent of them is worth nothing.
  var isIntact: Bool { get }
  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
}
