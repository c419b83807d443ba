import ArrayShm
import Foundation
import Testing

extension InteropTests {
  /// Whole segments, with numpy on the same memory in the same process.
  @Suite final class SegmentTests {
    private let python: EmbeddedPython
    private let directory: SegmentDirectory
    /// What goes into the segments, by number.
    private let files: URL

    init() throws {
      python = try EmbeddedPython.shared
      directory = try SegmentDirectory("/dev/shm/webmon-interop-\(UUID().uuidString)")
      try directory.create()
      files = URL(fileURLWithPath: directory.path).appendingPathComponent("files")
      try FileManager.default.createDirectory(at: files, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.path) }

    private func url(_ name: String) -> URL { files.appendingPathComponent(name) }

    @Test func theWholeMatrixIsTheSameBytesOnBothSides() throws {
      try share(
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

    @Test func theArraysOfNumpysOwnTestsAreTheSameBytesOnBothSides() throws {
      try share(
        """
        from numpy.lib.tests.test_format import basic_arrays, record_arrays
        arrays = [array for array in basic_arrays + record_arrays if not array.dtype.hasobject]
        """, atLeast: 140)
    }

    /// One array, by its dtype, shape and bytes in C order.
    private struct Array: Decodable {
      let descr: String
      let shape: [Int]
      let nbytes: Int
    }

    /// Puts every array into a segment of each kind that can hold it. First numpy writes through a
    /// mapping of its own and Swift reads, then Swift writes and numpy reads, with
    /// `numpy.load(path, mmap_mode=...)` and nothing of ours.
    private func share(_ arrays: String, atLeast count: Int) throws {
      let code = NumpyDTypes.facts + arrays + "\n"
      let text = try python.run(
        code + """
          result = json.dumps([
              {"descr": repr(dtype_to_descr(array.dtype)), "shape": array.shape, "nbytes": array.nbytes}
              for array in arrays])
          __import__("builtins").webmon_arrays = arrays
          for number, array in enumerate(arrays):
              content = np.frombuffer(array.tobytes(), "u1")
              with open(f"{directory}/{number}.written", "wb") as file:
                  file.write(content)
              with open(f"{directory}/{number}.moved", "wb") as file:
                  file.write(content + np.uint8(1))
          """, with: ["directory": files.path])
      let all = try JSONDecoder().decode([Array].self, from: Data(text.utf8))
      #expect(all.count >= count)
      // Some at a time: each is a mapping and a descriptor.
      for start in stride(from: 0, to: all.count, by: 100) {
        try shareSome(all, start..<min(start + 100, all.count))
      }
    }

    private func shareSome(_ all: [Array], _ numbers: Range<Int>) throws {
      var writers: [SegmentWriter] = []
      for number in numbers {
        let array = all[number]
        let dtype = try DType(descr: array.descr)
        var specifications = [
          SegmentSpecification.array("a\(number)", dtype: dtype, shape: array.shape)
        ]
        if array.nbytes > 0 {
          specifications.append(.frames("f\(number)", dtype: dtype, shape: array.shape, slots: 2))
          specifications.append(
            .log("l\(number)", dtype: dtype, records: array.nbytes / dtype.itemsize))
        }
        for specification in specifications {
          writers.append(try SegmentWriter(directory: directory, specification))
        }
      }
      let variables = [
        "directory": directory.path, "first": "\(numbers.lowerBound)",
        "last": "\(numbers.upperBound)",
      ]
      let segments = """
        import numpy as np
        from numpy.lib.format import dtype_to_descr
        from pathlib import Path
        def layout(dtype):
            return repr(dtype_to_descr(dtype)), dtype.itemsize, dtype.fields and dict(dtype.fields)
        def segments(mode):
            for number in range(int(first), int(last)):
                array = webmon_arrays[number]
                shapes = {"a": array.shape, "f": (2, *array.shape), "l": (array.size,)}
                for kind, shape in shapes.items():
                    path = Path(directory, f"{kind}{number}.npy")
                    if kind != "a" and array.nbytes == 0:
                        continue
                    loaded = np.load(path, mmap_mode=mode)
                    assert loaded.dtype == array.dtype and layout(loaded.dtype) == layout(array.dtype), (path, loaded.dtype)
                    assert loaded.shape == shape, (path, loaded.shape, shape)
                    yield path, loaded, array, array.tobytes() * (2 if kind == "f" else 1)

        """
      // numpy writes its bytes into what Swift has made ...
      try python.run(
        segments + """
          for path, loaded, array, content in segments("r+"):
              # As bytes: to assign values would leave padding alone.
              np.ndarray(loaded.nbytes, "u1", buffer=loaded)[...] = np.frombuffer(content, "u1")
              assert loaded.tobytes() == content, path
          """, with: variables)
      // ... and Swift sees them, puts others in their place ...
      for writer in writers {
        let number = writer.description.name.dropFirst()
        let reader = try SegmentReader(directory: directory, name: writer.description.name)
        #expect(reader.description.dtype == writer.description.dtype)
        #expect(reader.description.descr == all[try #require(Int(number))].descr)
        let written = try Data(contentsOf: url("\(number).written"))
        let moved = try Data(contentsOf: url("\(number).moved"))
        let isSame = unsafe writer.withPayload { payload in
          var isSame = true
          for start in stride(from: 0, to: payload.count, by: max(written.count, 1)) {
            let part = unsafe UnsafeMutableRawBufferPointer(
              rebasing: payload[start..<start + written.count])
            isSame = unsafe isSame && Data(part) == written
            unsafe moved.withUnsafeBytes { unsafe part.copyMemory(from: $0) }
          }
          return isSame
        }
        #expect(isSame, "\(reader.description.path)")
      }
      // ... which numpy sees.
      try python.run(
        segments + """
          for path, loaded, array, content in segments("r"):
              moved = (np.frombuffer(content, "u1") + np.uint8(1)).tobytes()
              assert loaded.tobytes() == moved, path
              assert np.load(path).tobytes() == moved, path
          """, with: variables)
      for writer in writers { writer.close() }
    }
  }
}

extension SegmentWriter {
  /// The payload through Swift's own mapping, as the C interface hands it out.
  fileprivate func withPayload<R>(_ body: (UnsafeMutableRawBufferPointer) -> R) -> R {
    let memory = shareMemory()
    defer { withExtendedLifetime(memory.owner) {} }
    return unsafe body(
      UnsafeMutableRawBufferPointer(start: memory.base, count: description.payloadBytes))
  }
}
