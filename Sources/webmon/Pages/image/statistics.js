// @ts-check
/**
 * What contrast is chosen by: extremes, percentiles and histogram of a plane.
 */

import { halfToNumber } from "../client/dtype.js";

/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/** So many pixels, evenly spread, tell percentiles and histogram. */
export const sampleSize = 65_536;
export const binCount = 128;

/** Percentiles of robust auto-contrast. */
export const robust = /** @type {const} */ ([0.001, 0.999]);

/**
 * @typedef {object} Statistics
 * @property {number} min of the sample's finite numbers; 0 if there are none
 * @property {number} max
 * @property {number} low robust
 * @property {number} high robust
 * @property {number} count of pixels looked at
 * @property {boolean} whole whether that was all of them
 * @property {Float64Array} sorted the sample's finite numbers
 */

/**
 * @param {TypedArray} plane
 * @param {string} code of its dtype
 * @param {number} lanes 2 for complex numbers, whose magnitude counts
 * @returns {Statistics}
 */
export function measurePlane(plane, code, lanes) {
  const length = plane.length / lanes;
  let step = Math.ceil(length / sampleSize);
  // An even step would look at the same columns of every row.
  if (step > 1 && step % 2 === 0) step += 1;
  const count = Math.ceil(length / step);
  const values = new Float64Array(count);
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    const at = i * step * lanes;
    const raw = plane[at];
    const number =
      lanes === 2
        ? Math.hypot(Number(raw), Number(plane[at + 1]))
        : code === "f2"
          ? halfToNumber(Number(raw))
          : Number(raw);
    if (Number.isFinite(number)) {
      values[kept] = number;
      kept += 1;
    }
  }
  const sorted = values.subarray(0, kept).sort();
  const rank = (/** @type {number} */ p) => (kept === 0 ? 0 : sorted[Math.round(p * (kept - 1))]);
  return {
    min: rank(0),
    max: rank(1),
    low: rank(robust[0]),
    high: rank(robust[1]),
    count,
    whole: step === 1,
    sorted,
  };
}

/**
 * @param {Float64Array} sorted
 * @param {number} low
 * @param {number} high
 * @returns {Uint32Array} counts of `binCount` equal bins from low to high
 */
export function histogram(sorted, low, high) {
  const bins = new Uint32Array(binCount);
  const scale = binCount / (high - low || 1);
  for (const value of sorted) {
    const bin = Math.floor((value - low) * scale);
    if (bin >= 0 && bin < binCount) bins[bin] += 1;
    else if (value === high) bins[binCount - 1] += 1;
  }
  return bins;
}
