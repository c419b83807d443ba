// @ts-check
/**
 * What contrast is chosen by: extremes, percentiles and histogram of a plane.
 */

import { numberReader } from "./numbers.js";

/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/** So many numbers, evenly spread, tell percentiles and histogram. */
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
 * @property {number} missing of the sample's numbers: NaN and infinite
 * @property {boolean} whole whether that was all of them
 * @property {Float64Array} sorted the sample's finite numbers
 * @property {Float64Array[]} channels the same for each colour, empty for gray; not sorted
 */

/**
 * @param {TypedArray} plane
 * @param {string} code of its dtype
 * @param {number} lanes 2 for complex numbers, whose magnitude counts
 * @param {number} [channels] numbers in a pixel; a fourth, opacity, does not count
 * @returns {Statistics}
 */
export function measurePlane(plane, code, lanes, channels = 1) {
  const read = numberReader(code);
  const colours = Math.min(3, channels);
  const length = Math.floor(plane.length / (lanes * channels));
  let step = Math.ceil((length * colours) / sampleSize);
  // An even step would look at the same columns of every row.
  if (step > 1 && step % 2 === 0) step += 1;
  const count = step === 0 ? 0 : Math.ceil(length / step);
  const all = new Float64Array(count * colours);
  /** @type {Float64Array[]} */
  const apart = [];
  let kept = 0;
  for (let colour = 0; colour < colours; colour += 1) {
    const from = kept;
    for (let i = 0; i < count; i += 1) {
      const number = read(plane, i * step * channels + colour);
      if (Number.isFinite(number)) {
        all[kept] = number;
        kept += 1;
      }
    }
    if (colours > 1) apart.push(all.slice(from, kept));
  }
  const sorted = all.subarray(0, kept).sort();
  const rank = (/** @type {number} */ p) => (kept === 0 ? 0 : sorted[Math.round(p * (kept - 1))]);
  return {
    min: rank(0),
    max: rank(1),
    low: rank(robust[0]),
    high: rank(robust[1]),
    count,
    missing: all.length - kept,
    whole: step <= 1,
    sorted,
    channels: apart,
  };
}

/**
 * @param {Float64Array} numbers in any order
 * @param {number} low
 * @param {number} high
 * @returns {Uint32Array} counts of `binCount` equal bins from low to high
 */
export function histogram(numbers, low, high) {
  const bins = new Uint32Array(binCount);
  const scale = binCount / (high - low || 1);
  for (const value of numbers) {
    const bin = Math.floor((value - low) * scale);
    if (bin >= 0 && bin < binCount) bins[bin] += 1;
    else if (value === high) bins[binCount - 1] += 1;
  }
  return bins;
}
