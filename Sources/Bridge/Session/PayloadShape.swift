import ArrayShm

/// The shape of a frame as it is sent.
package enum PayloadShape {
  /// The stream's shape for a whole frame. A frame whose writer filled less keeps the other extents and has fewer rows; where
  /// the bytes are no whole number of rows it is flat.
  ///
  /// - Returns: the shape, and the bytes that it covers: all valid ones but a part of an element.
  package static func of(
    frame shape: [Int], itemsize: Int, stride: Int, validBytes: Int
  ) -> (shape: [Int], bytes: Int) {
    guard validBytes < stride, itemsize > 0 else { return (shape, stride) }
    let row = shape.dropFirst().reduce(itemsize, *)
    if !shape.isEmpty, row > 0, validBytes % row == 0 {
      return ([validBytes / row] + shape.dropFirst(), validBytes)
    }
    let elements = validBytes / itemsize
    return ([elements], elements * itemsize)
  }
}
