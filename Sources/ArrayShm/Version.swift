/// Of the library and the command line. `python/pyproject.toml` has the same.
public let version = "0.1.0"
