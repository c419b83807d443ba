/// The fields of one object of a declaration.
struct DeclarationFields {
  let object: [String: JSONValue]
  private let what: String

  /// - Parameter what: "a command", for messages.
  init(_ value: JSONValue, _ what: String) throws(InvalidDeclaration) {
    guard let object = value.object else {
      throw InvalidDeclaration("\(what) is \(value.summary); an object is needed")
    }
    self.object = object
    self.what = what
  }

  func text(_ key: String) throws(InvalidDeclaration) -> String? {
    switch object[key] {
    case nil, .null: return nil
    case .string(let text): return text
    case .some(let value):
      throw InvalidDeclaration("\(key) of \(what) is \(value.summary); a string is needed")
    }
  }

  /// A name that a page can show and a log can hold: as short and plain as those of segments, but letters of all languages may be in it.
  func name() throws(InvalidDeclaration) -> String {
    guard let name = try text("name"), Self.isName(name) else {
      throw InvalidDeclaration(
        "the name of \(what) is \(object["name"]?.summary ?? "missing"); "
          + "1 to 120 letters, digits and . _ - are needed")
    }
    return name
  }

  private static func isName(_ name: String) -> Bool {
    (1...120).contains(name.utf8.count)
      && name.unicodeScalars.allSatisfy { scalar in
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "._-".unicodeScalars.contains(scalar)
          || scalar.properties.generalCategory == .nonspacingMark
          || scalar.properties.generalCategory == .spacingMark
      }
  }
}
