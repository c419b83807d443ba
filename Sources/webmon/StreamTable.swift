import Bridge

/// Streams as a table for people.
enum StreamTable {
  static func print(_ streams: [StreamObject]) {
    let head = ["NAME", "KIND", "DTYPE", "SHAPE", "STATE", "SEQUENCE", "AGE", "READERS", "WRITER"]
    let rows = [head] + streams.map(row)
    let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      let line = cells.joined(separator: "  ")
      Console.print(String(line.reversed().drop { $0 == " " }.reversed()))
    }
  }

  private static func row(_ stream: StreamObject) -> [String] {
    [
      stream.name, stream.kind, dtype(stream), shape(stream), stream.state, "\(stream.sequence)",
      age(stream.ageNanoseconds), "\(stream.readers)", "\(stream.writer)",
    ]
  }

  private static func dtype(_ stream: StreamObject) -> String {
    stream.dtype ?? "{" + (stream.fields ?? []).map(\.name).joined(separator: ",") + "}"
  }

  private static func shape(_ stream: StreamObject) -> String {
    let extents = stream.shape.map(String.init).joined(separator: "x")
    return stream.kind == "frames"
      ? "\(stream.slots) of \(extents.isEmpty ? "1" : extents)" : extents
  }

  /// Two digits that matter, with a unit.
  static func age(_ nanoseconds: UInt64) -> String {
    let seconds = Double(nanoseconds) / 1e9
    return switch seconds {
    case ..<0.001: "\(nanoseconds / 1000) us"
    case ..<1: "\(Int(seconds * 1000)) ms"
    case ..<10: "\(Double(Int(seconds * 10)) / 10) s"
    case ..<120: "\(Int(seconds)) s"
    case ..<7200: "\(Int(seconds / 60)) min"
    case ..<172_800: "\(Int(seconds / 3600)) h"
    default: "\(Int(seconds / 86_400)) d"
    }
  }
}
