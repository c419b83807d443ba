import Bridge
import Glibc

/// SIGINT, SIGTERM and SIGHUP as a call on a thread of their own, where anything may be done.
enum TerminationSignals {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]

  /// To be called before any other thread is started: they inherit that these signals are not for them.
  static func handle(_ body: @escaping @Sendable () -> Void) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in numbers { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    let waited = set
    NamedThread.start("webmon-signals") {
      var set = waited
      while true {
        var number: Int32 = 0
        if unsafe sigwait(&set, &number) == 0 { body() }
      }
    }
  }
}
