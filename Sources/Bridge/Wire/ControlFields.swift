/// The fields of one control message, read with errors that name the field, the value found and the values allowed.
struct ControlFields {
  let type: String
  let object: [String: JSONValue]

  /// The id of the message if it has a valid one: errors carry it along.
  var knownID: UInt32? {
    guard let value = whole(object["id"]), value >= 1 else { return nil }
    return UInt32(exactly: value)
  }

  func id() throws(ControlError) -> UInt32 {
    guard let id = knownID else {
      throw wrong("id", "an integer from 1 to 4294967295")
    }
    return id
  }

  func unsigned(
    _ name: String, allowed: String = "an integer, 0 or more",
    where isAllowed: (UInt64) -> Bool = { _ in true }
  ) throws(ControlError) -> UInt64 {
    guard let value = whole(object[name]), isAllowed(value) else { throw wrong(name, allowed) }
    return value
  }

  /// An optional time: any number that is not negative, a fraction dropped.
  func time(_ name: String) throws(ControlError) -> UInt64? {
    guard let value = present(name) else { return nil }
    if let whole = whole(value) { return whole }
    guard case .number(let number) = value, number >= 0, number < 0x1p63 else {
      throw wrong(name, "a number, 0 or more")
    }
    return UInt64(number)
  }

  func string(_ name: String, allowed: String) throws(ControlError) -> String {
    guard case .string(let value) = object[name] else { throw wrong(name, allowed) }
    return value
  }

  func generation() throws(ControlError) -> UInt64 {
    let digits = "16 hexadecimal digits"
    let text = try string("generation", allowed: digits)
    guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else {
      throw wrong("generation", digits)
    }
    return value
  }

  /// Whether an optional field is true; false if it is left out.
  func flag(_ name: String) throws(ControlError) -> Bool {
    switch present(name) {
    case nil: return false
    case .bool(let value): return value
    default: throw wrong(name, "true or false")
    }
  }

  /// A field that is there and not null.
  func present(_ name: String) -> JSONValue? {
    guard let value = object[name], value != .null else { return nil }
    return value
  }

  func wrong(_ name: String, _ allowed: String) -> ControlError {
    let found = object[name].map { "is \($0.summary)" } ?? "is missing"
    return ControlError(
      .badField, "\(type).\(name) \(found); \(allowed) is needed", id: knownID)
  }

  /// An optional list of integers.
  func integers(
    _ name: String, counts: ClosedRange<Int>, in values: ClosedRange<Int>, _ allowed: String
  ) throws(ControlError) -> [Int]? {
    guard let value = present(name) else { return nil }
    guard case .array(let elements) = value, counts.contains(elements.count) else {
      throw wrong(name, allowed)
    }
    var integers: [Int] = []
    for element in elements {
      guard let integer = signed(element), values.contains(integer) else {
        throw wrong(name, allowed)
      }
      integers.append(integer)
    }
    return integers
  }

  private func signed(_ value: JSONValue) -> Int? {
    switch value {
    case .integer(let value): Int(exactly: value)
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  private func whole(_ value: JSONValue?) -> UInt64? {
    switch value {
    case .integer(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    case .number(let value): UInt64(exactly: value)
    default: nil
    }
  }
}
