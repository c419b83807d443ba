import Testing

extension InteropTests {
  @Suite struct EmbeddedPythonTests {
    @Test func resultsAndVariablesPass() throws {
      let python = try EmbeddedPython.shared
      #expect(try python.run("result = a + b", with: ["a": "Müller\0", "b": "𝄞"]) == "Müller\0𝄞")
      #expect(try python.run("unused = 1") == "")
      #expect(try python.run("import numpy; result = str(numpy.arange(6).sum())") == "15")
    }

    @Test func namespacesAreSeparate() throws {
      let python = try EmbeddedPython.shared
      try python.run("leftover = 1")
      #expect(try python.run("result = str('leftover' in globals())") == "False")
    }

    @Test func exceptionsArriveWithTheirTraceback() throws {
      let python = try EmbeddedPython.shared
      let error = #expect(throws: PythonError.self) {
        try python.run("def f():\n  return [][1]\nf()")
      }
      let text = try #require(error).description
      #expect(text.contains("IndexError: list index out of range"))
      #expect(text.contains("return [][1]"))
      #expect(text.contains("line 2, in f"))
      #expect(throws: PythonError.self) { try python.run("result = 1") }
      #expect(throws: PythonError.self) { try python.run("this is no python") }
      #expect(throws: PythonError.self) { try python.run("raise SystemExit(1)") }
    }

    /// Other threads than the one that started Python.
    @Test func anyThreadMayRunCode() async throws {
      let python = try EmbeddedPython.shared
      let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for n in 0..<20 {
          group.addTask {
            Int(try python.run("result = str(int(n) ** 2)", with: ["n": "\(n)"])) ?? -1
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(sum == 2470)
    }
  }
}
