import Glibc

/// Another program, started by this one.
struct ChildProcess {
  static let inheritedDescriptor: Int32 = 3

  let identifier: pid_t

  /// - Parameters:
  ///   - arguments: the program, looked for in PATH, and what it is given.
  ///   - standardInput, standardError: descriptors that it gets; nil for this program's own.
  ///   - standardOutput: likewise; nil for this program's standard error.
  ///   - inherited: a descriptor that it finds as ``inheritedDescriptor``.
  /// - Throws: `CommandFailure` if the program cannot be started.
  init(
    _ arguments: [String], standardInput: Int32? = nil, standardOutput: Int32? = nil,
    standardError: Int32? = nil, inherited: Int32? = nil
  ) throws {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    // Standard output is for the one line that this program prints.
    unsafe posix_spawn_file_actions_adddup2(
      &actions, standardOutput ?? STDERR_FILENO, STDOUT_FILENO)
    if let standardInput {
      unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, STDIN_FILENO)
    }
    if let standardError {
      unsafe posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)
    }
    if let inherited {
      unsafe posix_spawn_file_actions_adddup2(&actions, inherited, Self.inheritedDescriptor)
    }

    // The signals that are blocked here are for the child as usual.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    var strings = unsafe arguments.map { unsafe strdup($0) }
    defer { while let string = unsafe strings.popLast() { unsafe free(string) } }
    unsafe strings.append(nil)
    var identifier: pid_t = 0
    let status = unsafe posix_spawnp(
      &identifier, arguments[0], &actions, &attributes, strings, environ)
    guard status == 0 else {
      throw CommandFailure(
        "\(arguments[0]) cannot be started: \(unsafe String(cString: strerror(status)))")
    }
    self.identifier = identifier
  }

  /// Asks it to end.
  func terminate() { kill(identifier, SIGTERM) }

  /// Waits for its end.
  ///
  /// - Returns: its exit code; 128 and the signal's number if a signal ended it.
  func wait() -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) < 0 {
      if errno != EINTR { return 127 }
    }
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
  }
}
