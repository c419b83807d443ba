import Glibc

/// What this machine calls itself.
public enum MachineName {
  /// nil if it has no name.
  public static var own: String? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 256) { buffer, filled in
      filled = 0
      unsafe buffer.withMemoryRebound(to: CChar.self) { target in
        guard let base = target.baseAddress, unsafe gethostname(base, target.count - 1) == 0
        else { return }
        filled = unsafe strnlen(base, target.count - 1)
      }
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
