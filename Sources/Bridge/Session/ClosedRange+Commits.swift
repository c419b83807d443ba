extension ClosedRange where Bound == UInt64 {
  /// How many commits a gap has. `count` is an Int, and traps where a segment's numbers are not to be believed.
  var commits: UInt64 { upperBound &- lowerBound &+ 1 }
}
