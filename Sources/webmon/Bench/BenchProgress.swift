import Glibc

/// What is being measured, on standard error: one line that changes on a terminal, else a line each.
final class BenchProgress {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = ""

  func tell(_ text: String) {
    guard text != last else { return }
    last = text
    Console.mutter(isTerminal ? "\r\u{1b}[K  \(text)" : "  \(text)\n")
  }

  /// Takes the line away.
  func clear() {
    if isTerminal, !last.isEmpty { Console.mutter("\r\u{1b}[K") }
    last = ""
  }
}
