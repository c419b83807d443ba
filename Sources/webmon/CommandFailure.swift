import ArgumentParser
import ArrayShm
import Bridge

/// A command that could not do its work: one line says why.
struct CommandFailure: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// Runs a command's work. What it throws becomes one line on standard error and exit code 1.
func reporting(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let exit as ExitCode {
    throw exit
  } catch {
    Console.complain(oneLine(error))
    throw ExitCode(1)
  }
}

/// What an error says to people.
func oneLine(_ error: any Error) -> String {
  switch error {
  case let failure as CommandFailure: failure.message
  case let failure as SegmentError: failure.message
  case let failure as ServerError: failure.message
  default: "\(error)"
  }
}
