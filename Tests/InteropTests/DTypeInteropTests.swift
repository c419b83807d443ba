import ArrayShm
import Foundation
import Testing

extension InteropTests {
  /// numpy's dtypes and ours, in one process.
  @Suite struct DTypeTests {
    private let python: EmbeddedPython

    init() throws {
      python = try EmbeddedPython.shared
    }

    @Test func everyDTypeOfTheMatrixIsTheSameOnBothSides() throws {
      let text = try python.run(
        NumpyDTypes.facts + NumpyDTypes.matrix + "result = json.dumps([facts(d) for d in dtypes])")
      let all = try JSONDecoder().decode([DTypeFacts].self, from: Data(text.utf8))
      #expect(all.count > 1000)
      for facts in all {
        let dtype = try DType(descr: facts.descr)
        facts.expectEqual(to: dtype)
        #expect(try DType(descr: dtype.descr) == dtype)
      }
    }

    /// The lists with which numpy tests its own file format.
    @Test func theDTypesOfNumpysOwnTestsAreTheSameOnBothSides() throws {
      let text = try python.run(
        NumpyDTypes.facts + """
          from numpy.lib.tests.test_format import basic_arrays, record_arrays
          dtypes = [array.dtype for array in basic_arrays + record_arrays]
          result = json.dumps([facts(d) for d in dtypes])
          """)
      let all = try JSONDecoder().decode([DTypeFacts].self, from: Data(text.utf8))
      #expect(all.contains { $0.kind == "O" })
      #expect(all.contains { $0.fields != nil })
      for facts in all {
        if facts.kind == "O" {
          let error = #expect(throws: SegmentError.self) { try DType(descr: facts.descr) }
          #expect(error?.code == .dtype)
        } else {
          facts.expectEqual(to: try DType(descr: facts.descr))
        }
      }
    }

    /// What numpy writes for dtypes that cannot be shared is refused, with the field's name.
    @Test func whatCannotBeSharedIsRefused() throws {
      let text = try python.run(
        NumpyDTypes.facts + """
          refused = [np.dtype(object), np.dtypes.StringDType(), np.dtype("g"), np.dtype(">g"), np.dtype("G"),
                     np.dtype("S0"), np.dtype("U0"), np.dtype("V0"), np.dtype([])]
          structures = [np.dtype([("fine", "u1"), ("bad one", each)]) for each in refused
                        if each.char != "T"]  # numpy itself does not put these into structures.
          structures += [np.dtype([("bad one", "f4", (2, 0))])]
          with warnings.catch_warnings():
              warnings.simplefilter("ignore")  # "Custom dtypes are saved as python objects"
              result = json.dumps([[repr(dtype_to_descr(each)) for each in group]
                                   for group in (refused, structures)])
          """)
      let groups = try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
      for descr in groups.joined() {
        let error = #expect(throws: SegmentError.self, "\(descr)") { try DType(descr: descr) }
        #expect(error?.code == .dtype)
      }
      for descr in groups[1] {
        let error = #expect(throws: SegmentError.self) { try DType(descr: descr) }
        #expect(error?.message.contains("['bad one']") == true)
      }
    }

    /// All codes of a letter, a number and an order mark: ours means what numpy means by it, and
    /// nothing that can be shared is refused.
    @Test func everyShortCodeMeansWhatNumpyMeans() throws {
      let text = try python.run(
        NumpyDTypes.facts + """
          import string
          warnings.simplefilter("ignore")
          names = ["bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
                   "float16", "float32", "float64", "complex64", "complex128",
                   "datetime64[ns]", "datetime64", "timedelta64[2D]", "M[s]", "m[2s]"]
          codes = [order + letter + str(size) for order in ("", "<", ">", "=", "|")
                   for letter in [*string.ascii_letters, "?"] for size in ("", *range(34), 2**31 - 1, 2**31)]
          codes += names + [">" + name for name in names] + ["c1", "S05", "<M8[01s]", "M8[+1s]", "M8[0s]", "m8[generic]", "M8[5generic]",
                            "M8[s/2]", "M8[]", "M8[ns", "M8ns]", "M8[B]", "M8[2147483648s]", "f4[ns]", "V4[s]", "<<f4",
                            "f4 ", " f4", "", "<", "é4", "f４", "M8[μs]", "M8[１s]", "S9223372036854775808"]

          def canonical(code):
              try:
                  dtype = descr_to_dtype(code)
                  return {"code": code, "descr": repr(dtype_to_descr(dtype)), "itemsize": dtype.itemsize,
                          "kind": dtype.kind, "hasobject": dtype.hasobject}
              except (TypeError, ValueError):
                  return {"code": code, "descr": None, "itemsize": 0, "kind": "", "hasobject": False}

          result = json.dumps([canonical(code) for code in codes])
          """)
      struct Meaning: Decodable {
        let code: String
        let descr: String?
        let itemsize: Int
        let kind: String
        let hasobject: Bool

        /// As segment-format.md has it.
        var canBeShared: Bool {
          descr != nil && itemsize > 0 && !hasobject && descr?.hasSuffix("f16'") == false
            && descr?.hasSuffix("c32'") == false
        }
      }
      // numpy calculates these units; nobody writes them.
      let tolerated: Set = ["M8[s/2]", "M8[+1s]"]
      for meaning in try JSONDecoder().decode([Meaning].self, from: Data(text.utf8)) {
        let ours = try? DType(descr: "'\(meaning.code)'")
        if meaning.canBeShared, !tolerated.contains(meaning.code) {
          #expect(ours?.descr == meaning.descr, "\(meaning.code)")
          #expect(ours?.itemsize == meaning.itemsize, "\(meaning.code)")
        } else {
          #expect(ours == nil, "\(meaning.code), numpy: \(meaning.descr ?? "refused")")
        }
      }
    }

    /// Everything else that `descr_to_dtype` takes or refuses, in our words.
    @Test func otherSpellingsMeanWhatNumpyMeans() throws {
      let text = try python.run(
        NumpyDTypes.facts + #"""
          import ast
          texts = """
          [['a', '<f4']]
          [('a', '<f4', 3)]
          [('a', '<f4', 1)]
          [('a', '<f4', ())]
          [('a', '<f4', [2, 3])]
          [('a', ('<f4', 2))]
          [('a', ('<f4', (2,)))]
          [('a', ('<f4', ()), (2,))]
          [('a', ('<f4', (2,)), ())]
          [((None, 'a'), '<f4')]
          [(('', 'a'), '<f4')]
          [(('t', ''), 'V4')]
          [('', '<f4')]
          [('', [('x', '<f4')])]
          [('', 'V4')]
          [('', 'V0'), ('a', 'u1')]
          [('', 'V4', (2,)), ('a', 'u1')]
          [('', '<f4', (2,)), ('a', 'u1')]
          [('', ('<f4', (2,))), ('a', 'u1'), ('', '|V3'), ('', '|V4')]
          [('a', '<f4'), ('a', '<f4')]
          [(('a', 'b'), '<f4'), ('a', '<f4')]
          [(('a', 'a'), '<f4')]
          [(('t', 'a'), '<f4'), (('t', 'b'), '<f4')]
          [('a', '<f4', (-1,))]
          [('a', '<f4', (True,))]
          [('a', '<f4', None)]
          [('a', '<f4', '2')]
          [('a',)]
          [('a', '<f4', (1,), 2)]
          [(1, '<f4')]
          [(['t', 'a'], '<f4')]
          [(('x', 't', 'a'), '<f4')]
          [[]]
          ['<f4']
          [('a', 5)]
          [('a', '<f4', (2147483647,))]
          [('a', '<f4', (536870911,))]
          [('a', 'V2147483647'), ('', 'V1')]
          [('a', 'V2147483646'), ('', 'V1')]
          [('a', 'S2147483647'), ('b', 'S1')]
          [('a', '<f4', (65536, 65536, 65536, 65536))]
          ('<f4')
          (('<f4'), ())
          ("<f4")
          u'<f4'
          ' <f4'
          7
          None
          """.strip().splitlines()
          texts = [text.strip() for text in texts]
          texts += [repr([("a", "<f4", (1,) * n)]) for n in (32, 64, 65)]

          def meaning(text):
              try:
                  return {"text": text, "facts": facts(descr_to_dtype(ast.literal_eval(text)))}
              except (TypeError, ValueError):
                  return {"text": text, "facts": None}

          result = json.dumps([meaning(text) for text in texts])
          """#)
      struct Meaning: Decodable {
        let text: String
        let facts: DTypeFacts?
      }
      let meanings = try JSONDecoder().decode([Meaning].self, from: Data(text.utf8))
      #expect(meanings.contains { $0.facts == nil } && meanings.contains { $0.facts != nil })
      for meaning in meanings {
        if let facts = meaning.facts {
          facts.expectEqual(to: try DType(descr: meaning.text))
        } else {
          let error = #expect(throws: SegmentError.self, "\(meaning.text)") {
            try DType(descr: meaning.text)
          }
          #expect(error?.code == .dtype)
        }
      }
    }

    /// The deepest dtype that numpy can read from a file, and one more.
    @Test func asDeepAsNumpyAndNoDeeper() throws {
      // 198 brackets, 199, 200; the header's braces are one more.
      for (levels, inside, isReadable) in [
        (99, "'<f4'", true), (99, "('<f4')", true), (100, "'<f4'", false),
      ] {
        let descr =
          String(repeating: "[('a', ", count: levels) + inside
          + String(repeating: ")]", count: levels)
        let result = try python.run(
          """
          import ast
          from numpy.lib.format import descr_to_dtype
          try:
              header = ast.literal_eval("{'descr': " + descr + "}")
              result = str(descr_to_dtype(header["descr"]).itemsize)
          except SyntaxError:
              pass
          """, with: ["descr": descr])
        #expect((result == "4") == isReadable)
        #expect((try? DType(descr: descr))?.itemsize == (isReadable ? 4 : nil))
      }
    }

    /// Every character as part of a field's name is printed as Python prints it.
    @Test func everyCharacterIsPrintedAsInPython() throws {
      // The characters that this Python's Unicode does not know yet may be printed either way.
      let text = try python.run(
        #"""
        import unicodedata
        known = [n for n in range(0x110000) if unicodedata.category(chr(n)) not in ("Cn", "Cs")]
        unknown = [n for n in range(0x110000) if unicodedata.category(chr(n)) == "Cn"][::50]
        lines = []
        for codes in (known, unknown):
            for start in range(0, len(codes), 900):
                chunk = codes[start:start + 900]
                escaped = "".join(f"\\U{n:08x}" for n in chunk)
                descr = repr([("".join(map(chr, chunk)), "|u1")]) if codes is known else ""
                lines.append(f"[('{escaped}', 'u1')]\t{descr}")
        result = "\n".join(lines)
        """#)
      var characters = 0
      for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        let dtype = try DType(descr: String(Substring(parts[0])))
        characters += dtype.fields[0].name.unicodeScalars.count
        if parts[1].isEmpty {
          #expect(try DType(descr: dtype.descr) == dtype)
        } else {
          // Not inside #expect, which would look for the differences for minutes.
          let isSame = dtype.descr.utf8.elementsEqual(parts[1])
          #expect(isSame, "the characters from \(dtype.fields[0].name.unicodeScalars.first ?? " ")")
        }
      }
      #expect(characters > 280_000)
    }
  }
}
