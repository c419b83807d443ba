/// Puts the first bytes of all elements together, then the second ones, and so on.
///
/// In images the high bytes of neighbours are much alike and the low bytes are noise: apart, the first compress well, and together they
/// hide it. (Blosc and HDF5 do the same.) Bytes after the last whole element stay where they are.
package enum ByteShuffle {
  /// - Parameters:
  ///   - source: elements of `itemsize` bytes.
  ///   - target: of as many bytes.
  package static func shuffle(
    _ source: UnsafeRawBufferPointer, itemsize: Int, into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(target.count == source.count && itemsize > 0)
    let elements = source.count / itemsize
    for byte in 0..<itemsize {
      let start = byte * elements
      for element in 0..<elements {
        unsafe target[start + element] = source[element * itemsize + byte]
      }
    }
    let whole = elements * itemsize
    unsafe UnsafeMutableRawBufferPointer(rebasing: target[whole...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[whole...]))
  }
}
