// @ts-check
/**
 * The newest records of a log as raw bytes: a ring of buffers, bounded in records and in bytes.
 */

/**
 * What stands between two records instead of records.
 *
 * @typedef {object} Break
 * @property {"lost" | "restart"} kind records that will not come; or another generation begins
 * @property {number} from
 * @property {number} to
 */

/** Bytes of one buffer, about. */
const chunkBytes = 1 << 20;
/** Bytes that are held at most, whatever was chosen. */
const mostBytes = 1 << 29;

/**
 * @typedef {object} Chunk
 * @property {Uint8Array} bytes
 * @property {DataView} view
 * @property {Float64Array} numbers sequence number of each record
 */

/**
 * Rows have positions, counted from 0 and never used again: a row keeps its own while older ones
 * go. A break has one, too.
 */
export class RecordRing {
  /**
   * @param {import("../client/records.js").Column[]} columns
   * @param {number} itemsize
   * @param {number} wanted records to hold
   */
  constructor(columns, itemsize, wanted) {
    this.columns = columns;
    this.itemsize = itemsize;
    /** Rows that are held at most. */
    this.capacity = Math.max(1, Math.min(wanted, Math.floor(mostBytes / itemsize)));
    /** Positions of the oldest row, and after the newest. */
    this.first = 0;
    this.end = 0;
    /** Records that this page was not sent, in all. */
    this.lost = 0;
    /** Sequence number of the newest record, 0 if there is none of this generation. */
    this.newest = 0;
    /** @private this generation is read from its first record */
    this.isWhole = false;
    /** @private */
    this.perChunk = 2 ** Math.min(16, Math.max(6, Math.floor(Math.log2(chunkBytes / itemsize))));
    /** @private @type {(Chunk | undefined)[]} by number of the chunk, modulo their number */
    this.chunks = new Array(Math.ceil(this.capacity / this.perChunk) + 1);
    /** @private @type {Map<number, Break>} by position, oldest first */
    this.breaks = new Map();
  }

  /**
   * Records in their order. Those that are here already (after a connection came back) are left
   * out, and what is missing before them makes a break.
   *
   * @param {Uint8Array} bytes
   * @param {number} count
   * @param {number} last sequence number of the last one
   */
  append(bytes, count, last) {
    const before = last - count;
    let skipped = 0;
    if ((this.newest > 0 || this.isWhole) && before > this.newest) {
      this.lost += before - this.newest;
      this.interrupt({ kind: "lost", from: this.newest + 1, to: before });
    } else if (this.newest > before) {
      skipped = Math.min(count, this.newest - before);
    }
    for (let done = skipped; done < count; ) {
      const chunk = this.chunkFor(this.end);
      const at = this.end % this.perChunk;
      const taken = Math.min(this.perChunk - at, count - done);
      const from = done * this.itemsize;
      chunk.bytes.set(bytes.subarray(from, from + taken * this.itemsize), at * this.itemsize);
      for (let i = 0; i < taken; i += 1) chunk.numbers[at + i] = before + done + i + 1;
      this.end += taken;
      done += taken;
    }
    this.newest = Math.max(this.newest, last);
    this.forget();
  }

  /** Another generation of the log begins; its records are numbered anew. */
  restart() {
    if (this.end > this.first) this.interrupt({ kind: "restart", from: 0, to: 0 });
    this.newest = 0;
    this.isWhole = true;
    this.forget();
  }

  /** @param {number} position @returns {Break | null} */
  breakAt(position) {
    return this.breaks.get(position) ?? null;
  }

  /** @param {number} position */
  viewOf(position) {
    return /** @type {Chunk} */ (this.chunkOf(position)).view;
  }

  /** Where a record begins in its view. @param {number} position */
  startOf(position) {
    return (position % this.perChunk) * this.itemsize;
  }

  /** Sequence number. @param {number} position */
  numberOf(position) {
    return /** @type {Chunk} */ (this.chunkOf(position)).numbers[position % this.perChunk];
  }

  /** @param {number} position */
  labelOf(position) {
    return String(this.numberOf(position));
  }

  /** Nothing is marked in a log: records do not change. */
  hasChanged() {
    return false;
  }

  /** Bytes of what is held. */
  get nbytes() {
    return (this.end - this.first) * this.itemsize;
  }

  /** @private @param {Break} what */
  interrupt(what) {
    this.chunkFor(this.end).numbers[this.end % this.perChunk] = what.from;
    this.breaks.set(this.end, what);
    this.end += 1;
  }

  /** @private @param {number} position */
  chunkOf(position) {
    return this.chunks[Math.floor(position / this.perChunk) % this.chunks.length];
  }

  /** The chunk to write into: the oldest one's memory is used again. @private @param {number} position */
  chunkFor(position) {
    const place = Math.floor(position / this.perChunk) % this.chunks.length;
    let chunk = this.chunks[place];
    if (chunk === undefined) {
      const bytes = new Uint8Array(this.perChunk * this.itemsize);
      const view = new DataView(bytes.buffer);
      chunk = { bytes, view, numbers: new Float64Array(this.perChunk) };
      this.chunks[place] = chunk;
    }
    // What was in it is not held any more, however many were to be.
    const oldest = (Math.floor(position / this.perChunk) - this.chunks.length + 1) * this.perChunk;
    if (this.first < oldest) this.first = oldest;
    return chunk;
  }

  /** @private */
  forget() {
    this.first = Math.max(this.first, this.end - this.capacity);
    for (const position of this.breaks.keys()) {
      if (position >= this.first) break;
      this.breaks.delete(position);
    }
  }
}
