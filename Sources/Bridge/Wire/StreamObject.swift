import ArrayShm

/// A stream as pages and `/api/streams` see it.
package struct StreamObject: Sendable, Equatable, Encodable {
  package let name: String
  package let kind: String
  package let generation: String
  package let state: String
  package let descr: String
  package let dtype: String?
  package let itemsize: Int
  package let fields: [FieldObject]?
  package let shape: [Int]
  package let slots: Int
  package let nbytes: Int
  /// Bytes of memory that the file takes now.
  package let resident: Int
  package let persist: Bool
  package let tile: [Int]?
  package let recarray: Bool
  package let metadata: JSONValue
  package let sequence: UInt64
  package let dropped: UInt64
  package let readers: Int
  package let writer: Int32
  package let created: UInt64
  package let ageNanoseconds: UInt64

  /// - Parameters:
  ///   - metadata: the segment's, parsed once.
  ///   - readers: all subscribed readers on the machine.
  ///   - resident: bytes of memory that the file takes now.
  package init(
    _ description: SegmentDescription, metadata: JSONValue, status: SegmentStatus, readers: Int,
    resident: Int, now: UInt64
  ) {
    name = description.name
    kind = description.kind.name
    generation = hexadecimal(description.generation)
    state = status.state.name
    descr = description.descr
    dtype = description.dtype.code
    itemsize = description.dtype.itemsize
    fields = FieldObject.list(of: description.dtype)
    shape = description.shape
    slots = description.slots
    nbytes = description.payloadBytes
    self.resident = resident
    persist = description.persist
    tile = description.grid?.tile
    recarray = description.recarray
    self.metadata = metadata
    sequence = status.sequence
    dropped = status.dropped
    self.readers = readers
    writer = status.writerPID
    created = description.createdRealtime
    ageNanoseconds = now > status.heartbeat ? now - status.heartbeat : 0
  }

  private enum CodingKeys: String, CodingKey {
    case name, kind, generation, state, descr, dtype, itemsize, fields, shape, slots, nbytes, tile
    case resident, persist, recarray, metadata, sequence, dropped, readers, writer, created
    case ageNanoseconds = "age_ns"
  }

  /// By hand, because the protocol wants null where the synthesised code leaves the key out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(kind, forKey: .kind)
    try container.encode(generation, forKey: .generation)
    try container.encode(state, forKey: .state)
    try container.encode(descr, forKey: .descr)
    try container.encode(dtype, forKey: .dtype)
    try container.encode(itemsize, forKey: .itemsize)
    try container.encode(fields, forKey: .fields)
    try container.encode(shape, forKey: .shape)
    try container.encode(slots, forKey: .slots)
    try container.encode(nbytes, forKey: .nbytes)
    try container.encode(resident, forKey: .resident)
    try container.encode(persist, forKey: .persist)
    try container.encode(tile, forKey: .tile)
    try container.encode(recarray, forKey: .recarray)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(dropped, forKey: .dropped)
    try container.encode(readers, forKey: .readers)
    try container.encode(writer, forKey: .writer)
    try container.encode(created, forKey: .created)
    try container.encode(ageNanoseconds, forKey: .ageNanoseconds)
  }
}
