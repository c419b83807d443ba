import Bridge
import Glibc

/// SIGINT, SIGTERM and SIGHUP as a call on a thread of their own, where anything may be done. The call gets the signal's number.
enum TerminationSignals {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]

  /// Whoever started the program may have had it ignore a signal: nohup does with SIGHUP, a shell with SIGINT for what runs behind a script.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    let ignore = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return handler == ignore
  }

  /// To be called before any other thread is started: they inherit that these signals are not for them.
  static func handle(_ body: @escaping @Sendable (Int32) -> Void) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in numbers where !isIgnored(number) { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    let waited = set
    NamedThread.start("webmon-signals") {
      var set = waited
      while true {
        var number: Int32 = 0
        if unsafe sigwait(&set, &number) == 0 { body(number) }
      }
    }
  }
}
