import Testing

/// All tests that run Python, one after the other: they share one interpreter.
@Suite(.serialized) enum InteropTests {}
