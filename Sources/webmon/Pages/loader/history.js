// @ts-check
/**
 * The newest records of a log, as columns of numbers in rings of a bounded size.
 */

/** @typedef {import("./plot_columns.js").PlotColumn} PlotColumn */

/** Records that are held of one log at most: 8 MiB a column, and 24 MiB for their numbers and times. */
export const heldAtMost = 2 ** 20;

/**
 * What tells when a record was committed, beside the time of its batch's newest one.
 *
 * @typedef {object} Timing
 * @property {((view: DataView, at: number) => number) | null} clock the record's own time, ms from
 *   any beginning; null if it has none
 * @property {number} created when the log began, ms since 1970
 */

export class History {
  /** @param {number} [limit] records that are held at most, a power of two */
  constructor(limit = heldAtMost) {
    /** @private */
    this.limit = limit;
    /** @private */
    this.capacity = Math.min(1024, limit);
    /** Records that were added, held or not. */
    this.added = 0;
    /** @private the oldest one that is held counts from here */
    this.begin = 0;
    /** Numbers of the records in their log. @private */
    this.sequences = new Float64Array(this.capacity);
    /** Milliseconds since 1970; never going back. @private */
    this.commits = new Float64Array(this.capacity);
    /** @private */
    this.arrivals = new Float64Array(this.capacity);
    /** @private @type {Map<string, {column: PlotColumn, values: Float64Array}>} */
    this.columns = new Map();
  }

  /** Records that are held. */
  get length() {
    return this.added - this.begin;
  }

  /**
   * Holds this column too, of records that come from now on. Those before have NaN.
   *
   * @param {PlotColumn} column
   */
  hold(column) {
    if (this.columns.has(column.key)) return;
    this.columns.set(column.key, { column, values: new Float64Array(this.capacity).fill(NaN) });
  }

  /** @param {readonly string[]} keys of the columns that are still plotted */
  keepOnly(keys) {
    for (const key of this.columns.keys()) if (!keys.includes(key)) this.columns.delete(key);
  }

  /**
   * Adds a batch of records.
   *
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {number} itemsize
   * @param {number} last number of the last record
   * @param {number} committed when the last one was committed, ms since 1970
   * @param {number} arrived ms since 1970
   * @param {Timing} timing
   */
  add(bytes, itemsize, last, committed, arrived, timing) {
    const count = Math.floor(bytes.byteLength / itemsize);
    if (count === 0) return;
    this.grow(Math.min(this.limit, this.length + count));
    const { capacity } = this;
    const mask = capacity - 1;
    // Of a batch that is larger than the ring only the end can be held.
    const skipped = Math.max(0, count - capacity);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const first = this.added;
    for (let i = skipped; i < count; i += 1) {
      const slot = (first + i) & mask;
      this.sequences[slot] = last - count + 1 + i;
      this.arrivals[slot] = arrived;
    }
    this.time(view, itemsize, { first, skipped, count, last, committed }, timing);
    for (const { column, values } of this.columns.values()) {
      const { read } = column;
      for (let i = skipped; i < count; i += 1) values[(first + i) & mask] = read(view, i * itemsize);
    }
    this.added += count;
    this.begin = Math.max(this.begin, this.added - capacity);
  }

  /**
   * A batch says when its newest record was committed. The others lie before that by the difference
   * of their own times; if they have none, evenly from the batch before, or from the log's
   * beginning.
   *
   * @private
   * @param {DataView} view
   * @param {number} itemsize
   * @param {{first: number, skipped: number, count: number, last: number, committed: number}} batch
   * @param {Timing} timing
   */
  time(view, itemsize, { first, skipped, count, last, committed }, { clock, created }) {
    const mask = this.capacity - 1;
    const isFirst = this.added === 0;
    const before = isFirst ? -Infinity : this.commits[(first - 1) & mask];
    const end = Math.max(before, committed);
    const newest = clock === null ? NaN : clock(view, (count - 1) * itemsize);
    const start = isFirst ? Math.min(created, end) : before;
    const steps = isFirst ? last : count;
    let previous = before;
    for (let i = skipped; i < count; i += 1) {
      const behind = clock === null ? NaN : newest - clock(view, i * itemsize);
      const own = end - behind;
      const even = end - ((end - start) * (count - 1 - i)) / steps;
      // Never going back, whatever a producer wrote.
      previous = Math.max(previous, Math.min(end, Number.isFinite(own) ? own : even));
      this.commits[(first + i) & mask] = previous;
    }
  }

  clear() {
    this.begin = this.added;
  }

  /** When the newest record was committed, ms since 1970; NaN if none is held. */
  get newest() {
    return this.length === 0 ? NaN : this.commits[(this.added - 1) & (this.capacity - 1)];
  }

  /** When the oldest one that is held was committed. */
  get oldest() {
    return this.length === 0 ? NaN : this.commits[this.begin & (this.capacity - 1)];
  }

  /** Bytes of all rings. */
  get nbytes() {
    return (3 + this.columns.size) * this.capacity * 8;
  }

  /**
   * The part of the rings that lies in a window of time.
   *
   * @param {number} from ms since 1970
   * @param {number} to ms since 1970, inclusive
   */
  range(from, to) {
    return { first: this.findFirst((time) => time >= from), end: this.findFirst((time) => time > to) };
  }

  /**
   * The first record held from which on this is true of the commit's time.
   *
   * @private
   * @param {(time: number) => boolean} isAfter
   */
  findFirst(isAfter) {
    let low = this.begin;
    let high = this.added;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isAfter(this.commits[middle & (this.capacity - 1)])) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * How a column is read by a record's place, as `range` gives it.
   *
   * @param {string} key of a column, or "commit", "arrival", "record" with a leading "@"
   * @returns {{values: Float64Array, mask: number} | null} null if it is not held
   */
  reading(key) {
    const mask = this.capacity - 1;
    if (key === "@commit") return { values: this.commits, mask };
    if (key === "@arrival") return { values: this.arrivals, mask };
    if (key === "@record") return { values: this.sequences, mask };
    const held = this.columns.get(key);
    return held === undefined ? null : { values: held.values, mask };
  }

  /** @private @param {number} wanted records */
  grow(wanted) {
    let capacity = this.capacity;
    while (capacity < wanted) capacity *= 2;
    if (capacity === this.capacity) return;
    const move = (/** @type {Float64Array} */ old) => {
      const ring = new Float64Array(capacity).fill(NaN);
      for (let i = this.begin; i < this.added; i += 1) {
        ring[i & (capacity - 1)] = old[i & (this.capacity - 1)];
      }
      return ring;
    };
    this.sequences = move(this.sequences);
    this.commits = move(this.commits);
    this.arrivals = move(this.arrivals);
    for (const held of this.columns.values()) held.values = move(held.values);
    this.capacity = capacity;
  }
}
