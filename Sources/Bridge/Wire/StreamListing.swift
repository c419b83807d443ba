/// All streams of a directory: what `/api/streams` and `webmon ls --json` say.
package struct StreamListing: Encodable {
  package let version: String
  package let directory: String
  package let clock: UInt64
  package let streams: [StreamObject]

  package init(version: String, directory: String, clock: UInt64, streams: [StreamObject]) {
    self.version = version
    self.directory = directory
    self.clock = clock
    self.streams = streams
  }
}
