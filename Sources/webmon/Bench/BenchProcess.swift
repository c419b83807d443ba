import ArrayShm
import CLimits
import FoundationEssentials
import Glibc

/// This program once more, as a part of a benchmark. It ends with this one.
final class BenchProcess {
  private let arguments: [String]
  private let ground: BenchGround
  private let process: ChildProcess
  /// Its standard input: closed when this program is gone, however it ended.
  private let lifeline: AnonymousPipe
  private let output: AnonymousPipe
  private var read: [UInt8] = []
  private var isEnded = false

  /// - Parameter inherited: a descriptor for it (``ChildProcess``).
  init(_ ground: BenchGround, _ arguments: [String], inherited: Int32? = nil) throws {
    self.ground = ground
    self.arguments = arguments
    let lifeline = try AnonymousPipe()
    let output = try AnonymousPipe()
    (self.lifeline, self.output) = (lifeline, output)
    defer {
      lifeline.closeReadEnd()
      output.closeWriteEnd()
    }
    process = try ChildProcess(
      [Self.program] + arguments, standardInput: lifeline.readEnd,
      standardOutput: output.writeEnd, inherited: inherited)
    ground.add(process.identifier)
  }

  deinit {
    end()
    output.closeReadEnd()
  }

  private static var program: String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    guard count > 0 else { return "/proc/self/exe" }
    return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  var identifier: pid_t { process.identifier }

  /// User and system time so far, of all its threads.
  var cpuNanoseconds: UInt64 { limit_cpu(process.identifier) }

  /// The most memory that it had so far; nil if the kernel does not tell.
  var peakMegabytes: Double? {
    KernelFile.value("/proc/\(process.identifier)/status", "VmHWM")?
      .split(separator: " ").first.flatMap { Double($0) }.map { $0 * 1024 / 1e6 }
  }

  /// The next line that it prints.
  func line() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 65536)
    while true {
      if let end = self.read.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: self.read[..<end], as: UTF8.self)
        self.read.removeSubrange(...end)
        return line
      }
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(output.readEnd, buffer.baseAddress, buffer.count)
      }
      if count > 0 {
        self.read += bytes[..<count]
      } else if count == 0 || errno != EINTR {
        throw CommandFailure(
          "a part of the benchmark ended too early: webmon \(arguments.joined(separator: " "))")
      }
    }
  }

  /// Has one that waits for a word begin.
  func begin() {
    var byte = UInt8(ascii: "\n")
    // If it is gone, its missing report will tell.
    _ = unsafe write(lifeline.writeEnd, &byte, 1)
  }

  /// Waits until it is ready.
  func isReady() throws {
    let line = try line()
    guard line == PartReport.ready else {
      throw CommandFailure("a part of the benchmark said: \(line)")
    }
  }

  /// Whether its next line can be read without waiting.
  var hasReport: Bool {
    var entry = pollfd(fd: output.readEnd, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) > 0 || !read.isEmpty
  }

  /// What it found, when it has done its work.
  func report() throws -> PartReport {
    let line = try line()
    do {
      return try JSONDecoder().decode(PartReport.self, from: Data(line.utf8))
    } catch {
      throw CommandFailure("a part of the benchmark said: \(line)")
    }
  }

  /// Ends it now.
  func end() {
    guard !isEnded else { return }
    isEnded = true
    lifeline.closeWriteEnd()
    kill(process.identifier, SIGKILL)
    _ = process.wait()
    ground.remove(process.identifier)
  }
}
