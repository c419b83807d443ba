/// A value that an expectation may change: what it looks at cannot be a variable.
final class Kept<Value> {
  private var value: Value

  init(_ value: Value) { self.value = value }

  func with<Result>(_ body: (inout Value) -> Result) -> Result { body(&value) }
}
