// @ts-check
/**
 * Which rows are shown, and in what order, while rows come and go.
 */

import { valueReader } from "../client/records.js";
import { GivenUp, Slices } from "./slices.js";
import { keyParts, merged, sorted } from "./sort.js";

/** @typedef {import("./rows.js").Rows} Rows */

/**
 * @typedef {object} Choice
 * @property {readonly import("./sort.js").Order[]} orders none: as they came
 * @property {readonly Test[]} tests a row is shown that passes all
 */

/**
 * @typedef {(rows: Rows, position: number) => boolean} Test
 */

/** Between two times that new rows are put in their places, ms. */
const mergeEvery = 300;
/** Milliseconds of looking at new rows, a call. */
const patience = 6;

/**
 * A test of one column.
 *
 * @param {import("../client/records.js").Column} column
 * @param {import("./condition.js").Condition} condition
 * @param {import("./format_value.js").ToText} text
 * @returns {Test}
 */
export function columnTest(column, condition, text) {
  const read = valueReader(column);
  return (rows, position) => {
    const value = read(rows.viewOf(position), rows.startOf(position));
    return condition(value, () => text(value));
  };
}

export class Arrangement {
  /** @param {() => void} onChange something else is shown, or it is known how far the work is */
  constructor(onChange) {
    /** @private */
    this.onChange = onChange;
    /** @private @type {Rows | null} */
    this.rows = null;
    /** @private @type {Choice} */
    this.choice = { orders: [], tests: [] };
    /** @private @type {import("./sort.js").KeyPart[]} */
    this.parts = [];
    /** @private those that are shown, from `start` on @type {Float64Array} */
    this.positions = new Float64Array(0);
    /** @private */
    this.start = 0;
    /** @private */
    this.count = 0;
    /** @private position after the last row that was looked at */
    this.seen = 0;
    /** @private @type {number[]} to be put in their places */
    this.news = [];
    /** @private */
    this.mergedAt = 0;
    /** @private @type {Slices | null} */
    this.work = null;
    /** How far the work is, 0 to 1; null while there is none. @type {number | null} */
    this.progress = null;
  }

  /** All rows as they came. */
  get isPlain() {
    return this.choice.orders.length === 0 && this.choice.tests.length === 0;
  }

  get isSorted() {
    return this.choice.orders.length > 0;
  }

  get length() {
    if (this.rows === null) return 0;
    return this.isPlain ? this.rows.end - this.rows.first : this.count;
  }

  /** The position of a row that is shown. @param {number} index */
  at(index) {
    if (this.isPlain) return (this.rows?.first ?? 0) + index;
    return this.positions[this.start + index];
  }

  /** Where a row is shown, -1 if it is not. @param {number} position */
  indexOf(position) {
    if (this.rows === null) return -1;
    if (this.isPlain) {
      const isHeld = position >= this.rows.first && position < this.rows.end;
      return isHeld ? position - this.rows.first : -1;
    }
    return this.positions.subarray(this.start, this.start + this.count).indexOf(position);
  }

  /**
   * Other rows, or another choice of them: what is shown stays until that is done.
   *
   * @param {Rows} rows
   * @param {Choice} choice
   */
  set(rows, choice) {
    this.work?.giveUp();
    this.work = null;
    this.progress = null;
    if (this.rows !== rows) {
      this.start = 0;
      this.count = 0;
    }
    const isPlain = choice.orders.length === 0 && choice.tests.length === 0;
    if (isPlain) {
      this.rows = rows;
      this.choice = choice;
      this.onChange();
      return;
    }
    void this.arrange(rows, choice);
  }

  /** @private @param {Rows} rows @param {Choice} choice */
  async arrange(rows, choice) {
    const slices = new Slices();
    this.work = slices;
    const end = rows.end;
    const tell = (/** @type {number} */ done) => {
      this.progress = done;
      this.onChange();
    };
    try {
      const parts = keyParts(choice.orders, rows);
      const isSorted = parts.length > 0;
      /** @type {Float64Array} */
      let found = new Float64Array(Math.max(0, end - rows.first));
      let count = 0;
      const first = rows.first;
      for (let position = first; position < end; position += 1) {
        // The oldest may go while this takes its time.
        if (position < rows.first) position = rows.first;
        if (position < end && passes(rows, position, choice.tests)) {
          found[count] = position;
          count += 1;
        }
        if ((position & 255) === 0 && slices.isOver) {
          tell(((isSorted ? 0.5 : 1) * (position - first)) / Math.max(1, end - first));
          await slices.breathe();
        }
      }
      found = found.subarray(0, count);
      if (isSorted) {
        const held = found.filter((position) => position >= rows.first);
        found = await sorted(held, parts, slices, (done) => tell(0.5 + done / 2));
      }
      this.rows = rows;
      this.choice = choice;
      this.parts = parts;
      this.positions = found;
      this.start = 0;
      this.count = found.length;
      this.seen = end;
      this.news = [];
      this.work = null;
      this.progress = null;
      this.onChange();
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
    }
  }

  /** Whether rows are being looked at: their bytes must stay as they are. */
  get isBusy() {
    return this.work !== null;
  }

  /** Takes the rows that came, and lets go of those that went. @param {number} now */
  update(now) {
    const { rows } = this;
    if (rows === null || this.work !== null || this.isPlain) return;
    this.seen = Math.max(this.seen, rows.first);
    const until = performance.now() + patience;
    while (this.seen < rows.end) {
      if (passes(rows, this.seen, this.choice.tests)) this.news.push(this.seen);
      this.seen += 1;
      if ((this.seen & 63) === 0 && performance.now() > until) break;
    }
    if (this.isSorted) {
      const isDue = now - this.mergedAt >= mergeEvery && (this.news.length > 0 || rows.first > 0);
      if (!isDue) return;
      const isHeld = (/** @type {number} */ position) => position >= rows.first;
      const all = this.positions.subarray(this.start, this.start + this.count);
      const result = merged(all, this.count, this.news, this.parts, isHeld);
      this.positions = result.positions;
      this.count = result.count;
      this.start = 0;
      this.news = [];
      this.mergedAt = now;
      return;
    }
    while (this.count > 0 && this.positions[this.start] < rows.first) {
      this.start += 1;
      this.count -= 1;
    }
    this.add(this.news);
    this.news = [];
  }

  /** @private @param {number[]} news */
  add(news) {
    if (this.start + this.count + news.length > this.positions.length) {
      const room = new Float64Array(2 * (this.count + news.length) + 1024);
      room.set(this.positions.subarray(this.start, this.start + this.count));
      this.positions = room;
      this.start = 0;
    }
    this.positions.set(news, this.start + this.count);
    this.count += news.length;
  }
}

/** @param {Rows} rows @param {number} position @param {readonly Test[]} tests */
function passes(rows, position, tests) {
  // What stands between records is no record.
  if (rows.breakAt(position) !== null) return false;
  return tests.every((test) => test(rows, position));
}
