// @ts-check
/**
 * The figures of a window of records, and how its values are distributed.
 */

import { percentiles } from "./percentiles.js";

/**
 * @typedef {object} Summary
 * @property {number} count records in the window
 * @property {number} finite those whose value is a number
 * @property {number} notFinite NaN, infinite, NaT
 * @property {number} sum of the finite ones
 * @property {number} p50
 * @property {number} p95
 * @property {number} p99
 * @property {number} min
 * @property {number} max
 */

/** @typedef {{low: number, high: number, count: number, over: boolean}} Bin */

/** One store for all graphs, used by one at a time. */
let scratch = new Float64Array(1024);

/**
 * @param {{values: Float64Array, mask: number}} reading
 * @param {{first: number, end: number}} range
 * @param {number} factor that the values are multiplied by
 * @param {boolean} isLog bins by the logarithm
 * @returns {{summary: Summary, bins: Bin[]}}
 */
export function summarize({ values, mask }, { first, end }, factor, isLog) {
  const count = end - first;
  if (scratch.length < count) scratch = new Float64Array(2 ** Math.ceil(Math.log2(count)));
  let finite = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (let i = first; i < end; i += 1) {
    const value = values[i & mask] * factor;
    if (!Number.isFinite(value)) continue;
    scratch[finite] = value;
    finite += 1;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const [p50, p95, p99] = percentiles(scratch, finite, [0.5, 0.95, 0.99]);
  const none = finite === 0;
  const summary = {
    count,
    finite,
    notFinite: count - finite,
    sum,
    p50,
    p95,
    p99,
    min: none ? NaN : min,
    max: none ? NaN : max,
  };
  return { summary, bins: none ? [] : histogram(scratch.subarray(0, finite), summary, isLog) };
}

const binCount = 40;

/**
 * A few values far out would leave all others in one bin: what is above the 99th percentile then
 * shares the last bin.
 *
 * @param {Float64Array} values finite
 * @param {Summary} summary
 * @param {boolean} isLog values that are not above 0 are left out
 * @returns {Bin[]}
 */
function histogram(values, { min, max, p99 }, isLog) {
  let low = min;
  if (isLog && low <= 0) {
    low = Infinity;
    for (const value of values) if (value > 0 && value < low) low = value;
    if (low === Infinity) return [];
  }
  const top = Math.max(low, p99);
  const isFar = !isLog && max - low > 3 * (top - low) && top > low;
  const high = isFar ? top : max;
  const [from, to] = isLog ? [Math.log(low), Math.log(high)] : [low, high];
  // All of one value: a bin around it.
  const span = to > from ? to - from : isLog ? 0.2 : Math.max(1, Math.abs(from) * 0.1);
  const begin = to > from ? from : from - span / 2;
  const step = span / binCount;
  const edge = (/** @type {number} */ i) => {
    const at = begin + i * step;
    return isLog ? Math.exp(at) : at;
  };
  const counts = new Float64Array(binCount + 1);
  for (const value of values) {
    if (isLog && value <= 0) continue;
    const at = Math.floor(((isLog ? Math.log(value) : value) - begin) / step);
    // The last bin has its upper edge too.
    counts[isFar && value > high ? binCount : Math.min(binCount - 1, Math.max(0, at))] += 1;
  }
  /** @type {Bin[]} */
  const bins = [];
  const shown = isFar ? binCount + 1 : binCount;
  for (let i = 0; i < shown; i += 1) {
    bins.push({ low: edge(i), high: edge(i + 1), count: counts[i], over: i === binCount });
  }
  return bins;
}
