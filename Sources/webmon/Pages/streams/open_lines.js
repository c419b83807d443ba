// @ts-check
/**
 * Lines that open a segment, ready to be pasted: in Python, with numpy alone, in C and in Swift.
 */

/** @typedef {import("../client/server.js").Stream} Stream */

/** @typedef {{key: string, label: string, meaning: string, text: (stream: Stream, directory: string) => string}} Language */

/** Where programs look by themselves. */
const standard = /^\/dev\/shm\/webmon-\d+$/;

/** As a text in any of these languages: names and usual paths need no more than JSON has. */
const quoted = JSON.stringify;

/** @param {Stream} stream @param {string} directory */
function python({ name, kind }, directory) {
  const where = standard.test(directory) ? "" : `, directory=${quoted(directory)}`;
  const read = {
    frames: "frame = reader.latest()  # in place; for frame in reader: each new one",
    log: "records = reader.latest(100)  # for record in reader: each new one",
    array: "data = reader.copy()  # reader[0:10] copies a region",
  }[kind];
  return `import webmon\nreader = webmon.open(${quoted(name)}${where})\n${read}`;
}

/** @param {Stream} stream @param {string} directory */
function numpy({ name, kind }, directory) {
  const what = {
    frames: "all slots of the ring",
    log: "the ring of records",
    array: "the array itself",
  }[kind];
  const file = quoted(`${directory}/${name}.npy`);
  return `import numpy as np\ndata = np.load(${file}, mmap_mode="r")  # ${what}, as it is being written`;
}

/** @param {Stream} stream @param {string} directory */
function c({ name, kind }, directory) {
  const where = standard.test(directory) ? "NULL" : quoted(directory);
  const read = {
    frames: `  arrayshm_frame_info info;
  const void *frame;
  arrayshm_memory *lease = arrayshm_lease_latest(reader, &frame, &info);
  if (!lease) return puts(arrayshm_error_message()), 1;
  printf("frame %llu, %llu bytes\\n", (unsigned long long)info.sequence, (unsigned long long)info.valid_bytes);
  arrayshm_memory_release(lease);`,
    log: `  arrayshm_description what;
  uint64_t count, sequence, lost;
  if (arrayshm_describe(reader, &what)) return puts(arrayshm_error_message()), 1;
  void *records = malloc(what.nbytes);
  if (arrayshm_since(reader, 0, records, what.slots, &count, &sequence, &lost))
    return puts(arrayshm_error_message()), 1;
  printf("%llu records, the last is number %llu\\n", (unsigned long long)count, (unsigned long long)sequence);
  free(records);`,
    array: `  arrayshm_description what;
  uint64_t version;
  if (arrayshm_describe(reader, &what)) return puts(arrayshm_error_message()), 1;
  void *data = malloc(what.nbytes);
  if (arrayshm_copy_region(reader, NULL, NULL, data, what.nbytes, &version))
    return puts(arrayshm_error_message()), 1;
  printf("version %llu, %llu bytes\\n", (unsigned long long)version, (unsigned long long)what.nbytes);
  free(data);`,
  }[kind];
  return `/* cc read.c -larrayshm -o read */
#include <arrayshm.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  arrayshm_reader *reader = arrayshm_open(${where}, ${quoted(name)});
  if (!reader) return puts(arrayshm_error_message()), 1;
${read}
  arrayshm_reader_free(reader);
}`;
}

/** @param {Stream} stream @param {string} directory */
function swift({ name, kind }, directory) {
  const where = standard.test(directory) ? "" : quoted(directory);
  const read = {
    frames: `let lease = try FrameReader(segment).latest()
print("frame", lease.info.sequence, lease.info.validBytes, "bytes")`,
    log: `let batch = try LogReader(segment).records(after: 0, limit: 1000)
print(batch.count, "records, the last is number", batch.sequence)`,
    array: `var data = [UInt8](repeating: 0, count: segment.description.payloadBytes)
let version = try data.withUnsafeMutableBytes { try ArrayReader(segment).copy(into: $0) }
print("version", version)`,
  }[kind];
  return `import ArrayShm
let segment = try SegmentReader(directory: SegmentDirectory(${where}), name: ${quoted(name)})
${read}`;
}

/** @type {readonly Language[]} */
export const languages = [
  { key: "python", label: "Python", meaning: "with the package webmon", text: python },
  { key: "numpy", label: "numpy", meaning: "the file alone, without any promise", text: numpy },
  { key: "c", label: "C", meaning: "with libarrayshm", text: c },
  { key: "swift", label: "Swift", meaning: "with the package's library ArrayShm", text: swift },
];
