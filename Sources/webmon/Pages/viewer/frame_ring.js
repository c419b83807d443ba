// @ts-check
/**
 * The last frames that the page holds, to go back to: as many as fit a bound.
 */

/** @typedef {import("../client/frame.js").Frame} Frame */

/** Bytes of payload; the newest frame is held whatever its size. */
const bound = 64 << 20;

export class FrameRing {
  constructor() {
    /** @private @type {Frame[]} oldest first */
    this.frames = [];
    /** @private */
    this.bytes = 0;
  }

  clear() {
    this.frames = [];
    this.bytes = 0;
  }

  get newest() {
    return this.frames.at(-1) ?? null;
  }

  get count() {
    return this.frames.length;
  }

  /** @param {Frame} frame */
  add(frame) {
    // One that came again, after another look at the same stream, stands for the one before.
    if (this.newest?.sequence === frame.sequence) this.drop(this.frames.length - 1);
    this.frames.push(frame);
    this.bytes += frame.nbytes;
    while (this.bytes > bound && this.frames.length > 1) this.drop(0);
  }

  /** @private @param {number} at */
  drop(at) {
    const [frame] = this.frames.splice(at, 1);
    this.bytes -= frame.nbytes;
    // What is still being painted keeps its memory.
    if (frame.settled) frame.recycle();
  }

  /**
   * The frame so many further on, or back.
   *
   * @param {Frame} from
   * @param {number} step
   * @returns {Frame | null} null: it would be newer than what is held
   */
  neighbour(from, step) {
    const at = this.frames.indexOf(from) + step;
    if (at >= this.frames.length) return null;
    return this.frames[Math.max(0, at)] ?? null;
  }
}
