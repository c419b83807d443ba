// @ts-check
/**
 * Which part of the data a plot shows: a window of indices, a range of values.
 */

import { extremes } from "./envelope.js";

export class PlotScales {
  constructor() {
    /** How many values the longest series has. */
    this.length = 0;
    /** @private @type {[number, number] | null} null: all */
    this.chosenWindow = null;
    /** @type {[number, number] | null} of values; null: what is in the window */
    this.fixedRange = null;
  }

  /** @returns {[number, number]} the indices at the left and the right edge */
  get window() {
    const last = Math.max(1, this.length - 1);
    if (this.chosenWindow === null) return [0, last];
    const span = Math.min(last, this.chosenWindow[1] - this.chosenWindow[0]);
    const from = Math.min(last - span, Math.max(0, this.chosenWindow[0]));
    return [from, from + span];
  }

  get isWhole() {
    return this.chosenWindow === null;
  }

  /** @param {readonly [number, number] | null} wanted null: all */
  choose(wanted) {
    const last = Math.max(1, this.length - 1);
    if (wanted === null || wanted[1] - wanted[0] >= last) {
      this.chosenWindow = null;
      return;
    }
    // Not closer than two values: there is nothing in between.
    const span = Math.max(Math.min(2, last), wanted[1] - wanted[0]);
    const from = Math.min(last - span, Math.max(0, wanted[0]));
    this.chosenWindow = [from, from + span];
  }

  /** @param {number} factor over 1: closer @param {number} share of the width that stays, 0 to 1 */
  zoom(factor, share = 0.5) {
    const [from, to] = this.window;
    const fixed = from + share * (to - from);
    this.choose([fixed - (fixed - from) / factor, fixed + (to - fixed) / factor]);
  }

  /** @param {number} share of the width, to the right */
  pan(share) {
    if (this.chosenWindow === null) return;
    const [from, to] = this.window;
    this.choose([from + share * (to - from), to + share * (to - from)]);
  }

  /**
   * @param {readonly ArrayLike<number>[]} series
   * @returns {[number, number]} the values at the bottom and at the top
   */
  rangeOf(series) {
    if (this.fixedRange !== null) return this.fixedRange;
    const [from, to] = this.window;
    const found = extremes(series, Math.floor(from), Math.ceil(to) + 1);
    if (found === null) return [0, 1];
    const [min, max] = found;
    // A constant gets room of its own order, and stands in the middle.
    const margin = max > min ? (max - min) * 0.06 : Math.abs(min) * 0.1 || 1;
    return [min - margin, max + margin];
  }
}
