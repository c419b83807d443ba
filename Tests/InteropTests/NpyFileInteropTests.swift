import ArrayShm
import Foundation
import Testing

extension InteropTests {
  /// .npy files that numpy writes and we read, and the other way round.
  @Suite final class NpyFileTests {
    private let python: EmbeddedPython
    private let directory: URL

    init() throws {
      python = try EmbeddedPython.shared
      directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("webmon-npy-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
      try? FileManager.default.removeItem(at: directory)
    }

    /// An array that numpy has written: `<number>.npy` with `numpy.save`, `<number>.bytes` in C
    /// order.
    private struct Saved: Decodable {
      let dtype: DTypeFacts
      let shape: [Int]
      let fortran: Bool
      /// Where `numpy.load` finds the first item.
      let offset: Int
    }

    /// Defines `save(arrays)`, which writes them and sets `result`.
    private static let save = #"""
      from pathlib import Path

      def save(arrays):
          global result
          warnings.simplefilter("ignore")  # "Stored array in format 3.0"
          saved = []
          for number, array in enumerate(arrays):
              path = Path(directory, f"{number}.npy")
              np.save(path, array)
              loaded = np.load(path)
              flags = loaded.flags
              Path(directory, f"{number}.bytes").write_bytes(array.tobytes())
              saved.append({
                  "dtype": facts(loaded.dtype), "shape": loaded.shape,
                  "fortran": flags.f_contiguous and not flags.c_contiguous,
                  "offset": path.stat().st_size - loaded.nbytes,
              })
          result = json.dumps(saved)

      """#

    /// Defines `check(path, expected, content)`: what numpy loads is exactly the expected array.
    private static let check = #"""
      def check(path, expected, content):
          def layout(dtype):
              return repr(dtype_to_descr(dtype)), dtype.itemsize, dtype.fields and dict(dtype.fields)
          for mode in (None, "r"):
              loaded = np.load(path, mmap_mode=mode)
              assert type(loaded) is (np.memmap if mode else np.ndarray), (path, type(loaded))
              assert layout(loaded.dtype) == layout(expected.dtype), (path, mode, loaded.dtype, expected.dtype)
              assert loaded.dtype == expected.dtype, (path, mode, loaded.dtype, expected.dtype)
              assert loaded.shape == expected.shape, (path, mode, loaded.shape, expected.shape)
              assert loaded.tobytes() == content, (path, mode)

      """#

    @Test func theWholeMatrixPassesBothWays() throws {
      try exchange(
        NumpyDTypes.matrix + """
          shapes = [(), (1,), (5,), (2, 3), (0,), (3, 0, 2), (1, 2, 1, 2)]
          arrays = []
          for number, dtype in enumerate(dtypes):
              shape = shapes[number % len(shapes)]
              count = int(np.prod(shape))
              content = generator.randbytes(max(count, 1) * dtype.itemsize)
              arrays.append(np.frombuffer(content, dtype=dtype)[:count].reshape(shape))
          """, atLeast: 1000)
    }

    @Test func theArraysOfNumpysOwnTestsPassBothWays() throws {
      try exchange(
        """
        from numpy.lib.tests.test_format import basic_arrays, record_arrays
        arrays = [array for array in basic_arrays + record_arrays if not array.dtype.hasobject]
        assert any(not array.flags.c_contiguous for array in arrays)
        """, atLeast: 140)
    }

    /// Saves `arrays`, reads them here, writes them again, and lets numpy load that.
    private func exchange(_ arrays: String, atLeast count: Int) throws {
      let code = NumpyDTypes.facts + arrays + "\n"
      let variables = ["directory": directory.path]
      let text = try python.run(code + Self.save + "save(arrays)", with: variables)
      let all = try JSONDecoder().decode([Saved].self, from: Data(text.utf8))
      #expect(all.count >= count)
      for (number, saved) in all.enumerated() {
        let file = [UInt8](try Data(contentsOf: url("\(number).npy")))
        let header = try NpyHeader(parsing: file)
        saved.dtype.expectEqual(to: header.dtype)
        #expect(header.descr.utf8.elementsEqual(saved.dtype.descr.utf8))
        #expect(header.shape == saved.shape)
        #expect(header.fortranOrder == saved.fortran)
        #expect(header.encodedLength == saved.offset)
        #expect(try header.payloadBytes() == file.count - saved.offset)
        // Byte for byte what numpy has written, padding and all.
        #expect(try header.encoded(alignment: 64) == Array(file.prefix(saved.offset)))

        let ours = NpyHeader(dtype: header.dtype, descr: header.dtype.descr, shape: header.shape)
        let content = [UInt8](try Data(contentsOf: url("\(number).bytes")))
        let encoded = try ours.encoded()
        #expect(encoded.count == 4096 || encoded.count == 8192)
        #expect(try NpyHeader(parsing: encoded) == ours)
        try Data(encoded + content).write(to: url("\(number).ours.npy"))
        // A segment goes on after the array.
        let tail = [UInt8](repeating: 0xA5, count: 4096)
        try Data(encoded + content + tail).write(to: url("\(number).segment.npy"))
      }
      try python.run(
        code + Self.check + """
          from pathlib import Path
          for number, array in enumerate(arrays):
              content = Path(directory, f"{number}.bytes").read_bytes()
              for name in ("ours", "segment"):
                  check(str(Path(directory, f"{number}.{name}.npy")), array, content)
          """, with: variables)
    }

    private func url(_ name: String) -> URL { directory.appendingPathComponent(name) }

    /// numpy pickles them: there are no bytes to share.
    @Test func arraysOfObjectsAreRefused() throws {
      let count = try python.run(
        NumpyDTypes.facts + """
          from numpy.lib.tests.test_format import basic_arrays
          arrays = [array for array in basic_arrays if array.dtype.hasobject]
          arrays += [np.zeros(2, [("x", "f4"), ("any", "O")])]
          for number, array in enumerate(arrays):
              np.save(f"{directory}/{number}.npy", array, allow_pickle=True)
          result = str(len(arrays))
          """, with: ["directory": directory.path])
      #expect(try #require(Int(count)) > 10)
      for number in 0..<(Int(count) ?? 0) {
        let file = try Data(contentsOf: url("\(number).npy"))
        let error = #expect(throws: SegmentError.self) { try NpyHeader(parsing: file) }
        #expect(error?.code == .dtype)
        #expect(error?.message.contains("Python object") == true)
      }
    }

    /// Texts of every length, because padding rounds most differences away.
    @Test func paddingIsNumpys() throws {
      let headers = try python.run(
        """
        import io, numpy as np
        headers = []
        for length in range(1, 140):
            for shape in [(), (5,), (1234567, 0), (0, 1234567)]:
                file = io.BytesIO()
                np.save(file, np.zeros(shape, [("n" * length, "u1")], order="F"))
                headers.append(file.getvalue()[:file.getvalue().index(b"\\n") + 1].hex())
        result = "\\n".join(headers)
        """)
      for line in headers.split(separator: "\n") {
        let bytes = Self.bytes(String(line))
        #expect(try NpyHeader(parsing: bytes).encoded(alignment: 64) == bytes)
      }
    }

    /// Versions that numpy writes only when it must, or when it is asked to.
    @Test func everyVersionOfTheFormatIsRead() throws {
      for (version, descr) in [("1, 0", "<f4"), ("2, 0", "<f4"), ("3, 0", "<f4")] {
        try python.run(
          """
          import numpy as np
          with open(path, "wb") as file:
              np.lib.format.write_array(file, np.zeros((4, 5), descr), version=eval(version))
          """, with: ["path": url("version.npy").path, "version": version, "descr": descr])
        let header = try NpyHeader(parsing: Data(contentsOf: url("version.npy")))
        #expect(
          header == NpyHeader(dtype: try DType(descr: "'<f4'"), descr: "'<f4'", shape: [4, 5]))
      }
    }

    /// A damaged header is refused, or read as numpy reads it: never otherwise.
    @Test func damagedHeadersAreNeverReadOtherwiseThanByNumpy() throws {
      struct Reading: Decodable {
        let header: String
        /// `nil` if numpy refuses it.
        let dtype: DTypeFacts?
        let shape: [Int]?
        let fortran: Bool?
      }
      let text = try python.run(
        NumpyDTypes.facts + #"""
          import io, random
          try:
              import numpy.lib._format_impl as implementation  # numpy 2.3 and later
          except ImportError:
              import numpy.lib.format as implementation
          generator = random.Random(7)
          dtypes = ["<u2", ">M8[25s]", "U3", [("a", "<f4"), (("t", "b"), "<c8", (2, 3)), ("in", [("x", "S5")])],
                    {"names": ["a", "\u03bb"], "formats": ["u1", "<f8"], "offsets": [2, 8], "itemsize": 20}]
          valid = []
          for dtype in dtypes:
              for shape in [(), (7,), (2, 30, 4)]:
                  file = io.BytesIO()
                  warnings.simplefilter("ignore")
                  implementation._write_array_header(
                      file, {"descr": dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape})
                  valid.append(file.getvalue().rstrip() + b"\n")
          likely = b"0123456789'\"()[],<>|= \\LuxM[]ibfcSUVOns:-+{}TF"

          def damage(header):
              header = bytearray(header)
              for _ in range(generator.choice([1, 1, 1, 2, 3])):
                  at = generator.randrange(10, len(header))
                  kind = generator.randrange(5)
                  if kind == 0: header[at] ^= 1 << generator.randrange(8)
                  if kind == 1: header[at] = generator.choice(likely)
                  if kind == 2: header.insert(at, generator.choice(likely))
                  if kind == 3: del header[at]
                  if kind == 4:
                      to = generator.randrange(10, len(header) + 1)
                      header[min(at, to):max(at, to)] = header[min(at, to):max(at, to)] * 2
              # Mostly with the right length, so that the damage is in the text.
              if generator.random() < 0.95 and len(header) > 12:
                  size = 2 if header[6] == 1 else 4
                  header[8:8 + size] = (len(header) - 8 - size).to_bytes(size, "little")
              return bytes(header)

          def reading(header):
              try:
                  file = io.BytesIO(header)
                  version = np.lib.format.read_magic(file)
                  shape, fortran, dtype = implementation._read_array_header(file, version)
                  return {"header": header.hex(), "dtype": facts(dtype), "shape": shape, "fortran": fortran}
              except Exception:
                  return {"header": header.hex(), "dtype": None, "shape": None, "fortran": None}

          result = json.dumps([reading(damage(generator.choice(valid))) for _ in range(8000)])
          """#)
      let readings = try JSONDecoder().decode([Reading].self, from: Data(text.utf8))
      var accepted = 0
      for reading in readings {
        guard let header = try? NpyHeader(parsing: Self.bytes(reading.header)) else { continue }
        accepted += 1
        guard let dtype = reading.dtype else {
          Issue.record("numpy refuses what we read: \(header) from \(reading.header)")
          continue
        }
        dtype.expectEqual(to: header.dtype)
        #expect(header.shape == reading.shape)
        #expect(header.fortranOrder == reading.fortran)
      }
      let readable = readings.count { $0.dtype != nil }
      // Damage in names, numbers and padding leaves many headers valid.
      #expect(accepted > 200)
      #expect(accepted > readable * 8 / 10, "numpy reads \(readable), we read \(accepted)")
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
      let digits = Array(hexadecimal.utf8)
      return stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
      }
    }
  }
}
