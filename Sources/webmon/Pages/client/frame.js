// @ts-check
/**
 * What a subscription hands out: one frame, one batch of records, one state of an
 * array, or one of its tiles.
 */

import { recycleBuffer } from "./buffer_pool.js";
import { swapByteOrder } from "./dtype.js";
import { Records } from "./records.js";

/**
 * @typedef {(frame: Frame, paintedAt: number | null) => void} GiveBack
 */

/** The data stay valid as long as the frame is kept and not recycled: each one has a buffer of its own. */
export class Frame {
  /**
   * @param {import("./message.js").DataMessage} message
   * @param {import("./server.js").Stream} stream
   * @param {number} received page's clock, ms
   * @param {GiveBack} giveBack
   */
  constructor(message, stream, received, giveBack) {
    /** The stream's description when the frame was sent. */
    this.stream = stream;
    /** "frame", "records", "array" or "tile". */
    this.opcode = message.opcode;
    this.generation = message.generation;
    /** Number of the commit, from 1; of the last record, for records. */
    this.sequence = message.sequence;
    /** Of the payload, as numpy's `shape`. */
    this.shape = message.shape;
    /** Null if no typed array holds it: then `records` gives the values. */
    this.dtype = message.dtype;
    this.level = message.level;
    this.plane = message.plane;
    /** Where the frame lies in its level; h = w = 0 means everywhere. */
    this.region = message.region;
    /** Whether only a regular part of the source was looked at: all of it would be too much. */
    this.sampled = message.sampled;
    /** Commit and send time, the server's clock, ns. */
    this.published = message.published;
    this.sent = message.sent;
    /** Page's clock, ms. */
    this.received = received;
    /** Bytes of the payload. */
    this.nbytes = message.length;
    /** The payload's bytes as they came. Once `array` was asked for: in this machine's order. */
    this.bytes = new Uint8Array(message.buffer, message.offset, message.length);
    /** @private */
    this.swapped = message.swapped;
    /** @private @type {GiveBack | null} */
    this.giveBack = giveBack;
    /** @private @type {import("./dtype.js").TypedArray | undefined} */
    this.numbers = undefined;
  }

  /** First row, in pixels of the level. */
  get y() {
    return this.region.y;
  }

  /** First column, in pixels of the level. */
  get x() {
    return this.region.x;
  }

  /** Rows. */
  get h() {
    return this.region.h;
  }

  /** Columns. */
  get w() {
    return this.region.w;
  }

  /**
   * The payload as a typed array, in C order, without a copy. Big-endian data is turned round in
   * place the first time. f2 comes as its bits (`halfToNumber`), complex numbers as pairs, and
   * what has no typed array (structured dtypes, text, dates) as bytes.
   *
   * @returns {import("./dtype.js").TypedArray}
   */
  get array() {
    if (this.numbers === undefined) {
      if (this.dtype === null) {
        this.numbers = this.bytes;
      } else {
        const { itemsize, lanes, view } = this.dtype;
        const size = itemsize / lanes;
        if (this.swapped) swapByteOrder(this.bytes, size);
        this.swapped = false;
        this.numbers = view(this.bytes.buffer, this.bytes.byteOffset, this.nbytes / size);
      }
    }
    return this.numbers;
  }

  /**
   * The payload as records, by the stream's fields: for logs, structured frames, and dtypes
   * that no typed array holds.
   *
   * @returns {Records}
   */
  get records() {
    const { itemsize } = this.stream;
    const { buffer, byteOffset } = this.bytes;
    // After `array` turned the bytes round, the stream's byte order is no longer theirs.
    const dtype = this.dtype === null ? this.stream.dtype : this.orderedCode(this.dtype.code);
    const { fields } = this.stream;
    const length = Math.floor(this.nbytes / itemsize);
    return new Records(buffer, byteOffset, length, { dtype, fields, itemsize });
  }

  /** @private @param {string} code */
  orderedCode(code) {
    return this.swapped ? `>${code}` : `=${code}`;
  }

  /**
   * Tells the server that the frame is on screen, so that the next one may come.
   *
   * @param {number} [at] page's clock, ms: when it was there
   */
  painted(at = performance.now()) {
    this.settle(at);
  }

  /** Tells the server that the frame will not be painted, so that the next one may come. */
  skip() {
    this.settle(null);
  }

  /**
   * Lends the frame's memory to one that comes later: large frames over `fetch` cost the browser
   * half as much then. Do not use the frame's data any more; `bytes`, and arrays that were taken
   * of it, may be empty from now on. The credit goes back as by `skip`, unless it has gone.
   */
  recycle() {
    this.skip();
    recycleBuffer(/** @type {ArrayBuffer} */ (this.bytes.buffer));
  }

  /** Whether `painted` or `skip` was called. */
  get settled() {
    return this.giveBack === null;
  }

  /** @private @param {number | null} paintedAt */
  settle(paintedAt) {
    const { giveBack } = this;
    this.giveBack = null;
    giveBack?.(this, paintedAt);
  }
}
