/// The Python values of which numpy's dtype descriptions consist.
enum PythonLiteral: Sendable {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case none
  case tuple([PythonLiteral])
  case list([PythonLiteral])
}

extension PythonLiteral {
  /// What the value is, in Python's words.
  var typeName: String {
    switch self {
    case .string: "str"
    case .integer: "int"
    case .boolean: "bool"
    case .none: "None"
    case .tuple: "tuple"
    case .list: "list"
    }
  }
}
