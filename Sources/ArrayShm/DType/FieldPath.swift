/// Where in a nested dtype something was found, for error messages: `dtype field ['a']['b']`.
struct FieldPath {
  private var names: [String] = []

  func appending(_ name: String) -> FieldPath {
    var path = self
    path.names.append(name)
    return path
  }

  var text: String {
    guard !names.isEmpty else { return "dtype" }
    // A message stays readable for a dtype that is nested a hundred times.
    let shown = names.count <= 6 ? names[...] : names.suffix(6)
    let steps = shown.map { "[\(PythonLiteral.string($0).excerpt)]" }.joined()
    return "dtype field " + (names.count <= 6 ? "" : "...") + steps
  }

  /// A refusal: what was found here, why it cannot be, and what would be right.
  func refusal(_ message: String) -> SegmentError {
    SegmentError(.dtype, "\(text): \(message)")
  }
}
