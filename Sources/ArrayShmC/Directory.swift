import ArrayShm
import CArrayShm

// The part of arrayshm.h that looks after the directory.

@c @implementation
public func arrayshm_list(
  _ path: UnsafePointer<CChar>!, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int
) -> Int64 {
  result({ Int64($0) }) { () throws(SegmentError) in
    unsafe write(try directory(path).names(), buffer, capacity)
  }
}

@c @implementation
public func arrayshm_directory(
  _ path: UnsafePointer<CChar>!, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int
) -> Int64 {
  result({ Int64($0) }) { () throws(SegmentError) in
    unsafe write(text: try directory(path).path, buffer, capacity)
  }
}

@c @implementation
public func arrayshm_remove(
  _ path: UnsafePointer<CChar>!, _ name: UnsafePointer<CChar>!
) -> arrayshm_status {
  status { () throws(SegmentError) in
    try unsafe directory(path).remove(string(name, "name"))
  }
}

@c @implementation
public func arrayshm_collect_garbage(
  _ path: UnsafePointer<CChar>!, _ dryRun: Bool, _ buffer: UnsafeMutablePointer<CChar>!,
  _ capacity: Int
) -> Int64 {
  result({ Int64($0) }) { () throws(SegmentError) in
    unsafe write(try directory(path).collectGarbage(dryRun: dryRun), buffer, capacity)
  }
}

@c @implementation
public func arrayshm_watch(_ path: UnsafePointer<CChar>!) -> OpaquePointer! {
  unsafe result({ _ in nil }) { () throws(SegmentError) -> OpaquePointer? in
    unsafe Handle.make(try DirectoryWatcher(directory: directory(path)))
  }
}

@c @implementation
public func arrayshm_watch_next(
  _ pointer: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int,
  _ timeout: Int64
) -> arrayshm_status {
  status { () throws(SegmentError) in
    let watcher = try unsafe Handle.get(pointer, as: DirectoryWatcher.self, "watcher")
    // Longer than any event: a sign, a name of 120 characters, NUL. Refused before an event is
    // taken.
    guard capacity >= 122 else {
      throw SegmentError(.invalid, "argument capacity: is \(capacity); at least 122 are needed")
    }
    let buffer = unsafe try required(buffer, "buffer")
    let text: String
    switch try watcher.next(timeout: duration(timeout)) {
    case .added(let name): text = "+\(name)"
    case .removed(let name): text = "-\(name)"
    case nil: throw SegmentError(.timeout, "no segment appeared or disappeared in time")
    }
    _ = unsafe write(text: text, buffer, capacity)
  }
}

@c @implementation
public func arrayshm_watcher_free(_ pointer: OpaquePointer!) { unsafe Handle.free(pointer) }
