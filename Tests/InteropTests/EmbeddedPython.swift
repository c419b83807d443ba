import Cpython
import Foundation

/// What went wrong in Python, with the traceback, or why there is no Python.
struct PythonError: Error, CustomStringConvertible {
  let description: String
}

/// CPython in this process: what it and Swift see in memory and in files are the same bytes.
///
/// There is one, started by the first test that asks for it. It may be used from any thread; a test
/// that uses it should be in a serialized suite all the same, so that failures are easy to read.
@safe final class EmbeddedPython: Sendable {
  private static let started = Result { () throws(PythonError) in try EmbeddedPython() }

  static var shared: EmbeddedPython {
    get throws { try started.get() }
  }

  /// `run(code, variables) -> (succeeded, result or traceback)`, in Python. Never freed.
  private nonisolated(unsafe) let function: UnsafeMutablePointer<PyObject>

  /// Runs a program in a namespace of its own.
  ///
  /// - Parameters:
  ///   - code: Python statements. They see the variables and set `result`, a `str`, if there is
  ///     one.
  ///   - variables: `str` values by name.
  /// - Returns: `result`, or "" if the code did not set it.
  /// - Throws: ``PythonError`` with the traceback if an exception leaves the code.
  @discardableResult
  func run(_ code: String, with variables: [String: String] = [:]) throws(PythonError) -> String {
    let state = PyGILState_Ensure()
    defer { PyGILState_Release(state) }

    let arguments = unsafe PyTuple_New(2)
    defer { unsafe Py_DecRef(arguments) }
    let dictionary = unsafe PyDict_New()
    for (name, value) in variables {
      let text = unsafe Self.string(value)
      _ = unsafe PyDict_SetItemString(dictionary, name, text)
      unsafe Py_DecRef(text)
    }
    // The tuple takes both over.
    _ = unsafe PyTuple_SetItem(arguments, 0, Self.string(code))
    _ = unsafe PyTuple_SetItem(arguments, 1, dictionary)

    guard let pair = unsafe PyObject_CallObject(function, arguments) else {
      PyErr_Print()
      throw PythonError(description: "Python could not run a test's code; see standard error")
    }
    defer { unsafe Py_DecRef(pair) }
    let text = unsafe Self.text(PyTuple_GetItem(pair, 1))
    guard unsafe PyObject_IsTrue(PyTuple_GetItem(pair, 0)) == 1 else {
      throw PythonError(description: text)
    }
    return text
  }

  // MARK: Starting

  private static let advice =
    "Set WEBMON_TEST_PYTHON to the interpreter of a virtual environment with numpy and pytest, for "
    + "the Python that the tests are linked with (\(unsafe String(cString: Py_GetVersion())))."

  private init() throws(PythonError) {
    guard let given = ProcessInfo.processInfo.environment["WEBMON_TEST_PYTHON"], !given.isEmpty
    else { throw PythonError(description: "WEBMON_TEST_PYTHON is not set. " + Self.advice) }
    // Python does not make it absolute; links must stay, a virtual environment lives by them.
    let executable = URL(fileURLWithPath: given).path
    guard FileManager.default.isExecutableFile(atPath: executable) else {
      throw PythonError(
        description: "WEBMON_TEST_PYTHON is \(executable), which cannot be run. " + Self.advice)
    }
    try Self.initialize(executable)
    // The thread that starts the interpreter holds its lock until here.
    defer { unsafe PyEval_SaveThread() }
    unsafe function = try Self.makeFunction()
  }

  /// Starts the interpreter as `executable` would be, but deaf to environment variables.
  private static func initialize(_ executable: String) throws(PythonError) {
    unsafe try withUnsafeTemporaryAllocation(of: PyConfig.self, capacity: 1) {
      buffer throws(PythonError) in
      let config = buffer.baseAddress!
      var preconfig = PyPreConfig()
      unsafe PyPreConfig_InitIsolatedConfig(&preconfig)
      preconfig.utf8_mode = 1
      try unsafe check(Py_PreInitialize(&preconfig))
      unsafe PyConfig_InitIsolatedConfig(config)
      defer { unsafe PyConfig_Clear(config) }
      // Ctrl-C belongs to the test process.
      unsafe config.pointee.install_signal_handlers = 0
      // From it Python finds pyvenv.cfg, hence the environment's packages.
      try unsafe check(
        PyConfig_SetBytesString(config, &config.pointee.executable, executable))
      try unsafe check(Py_InitializeFromConfig(config))
    }
  }

  private static func check(_ status: PyStatus) throws(PythonError) {
    guard unsafe PyStatus_Exception(status) != 0 else { return }
    let reason = unsafe status.err_msg.map { unsafe String(cString: $0) } ?? "no reason given"
    throw PythonError(description: "Python does not start: \(reason). " + advice)
  }

  private static func makeFunction() throws(PythonError) -> UnsafeMutablePointer<PyObject> {
    let source = """
      import linecache, traceback

      count = 0

      def run(code, variables):
          global count
          count += 1
          file = f"<code {count} of a test>"
          # With the source at hand a traceback shows the lines.
          linecache.cache[file] = len(code), None, code.splitlines(True), file
          namespace = {"__name__": "__test__", **variables}
          try:
              exec(compile(code, file, "exec"), namespace)
              result = namespace.get("result", "")
              if not isinstance(result, str):
                  raise TypeError(f"result is a {type(result).__name__}, it must be a str")
              return True, result
          except BaseException:
              return False, traceback.format_exc()

      succeeded, reason = run("import numpy", {})
      """
    let globals = unsafe PyDict_New()
    _ = unsafe PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins())
    guard unsafe PyRun_StringFlags(source, Py_file_input, globals, globals, nil) != nil else {
      PyErr_Print()
      throw PythonError(description: "Python could not be prepared; see standard error")
    }
    guard unsafe PyObject_IsTrue(PyDict_GetItemString(globals, "succeeded")) == 1 else {
      let reason = unsafe text(PyDict_GetItemString(globals, "reason"))
      throw PythonError(description: "numpy cannot be imported. \(advice)\n\(reason)")
    }
    return unsafe PyDict_GetItemString(globals, "run")
  }

  // MARK: Strings

  private static func string(_ value: String) -> UnsafeMutablePointer<PyObject>? {
    var value = value
    return value.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        unsafe PyUnicode_FromStringAndSize(characters.baseAddress, characters.count)
      }
    }
  }

  private static func text(_ object: UnsafeMutablePointer<PyObject>?) -> String {
    var length = 0
    guard let characters = unsafe PyUnicode_AsUTF8AndSize(object, &length) else {
      PyErr_Clear()
      return "(no text)"
    }
    return unsafe characters.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
      unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: length), as: UTF8.self)
    }
  }
}
