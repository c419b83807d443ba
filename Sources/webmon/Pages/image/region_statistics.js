// @ts-check
/**
 * What numbers lie in a region of a plane: count, mean, deviation, extremes, sum, median.
 */

import { numberReader } from "./numbers.js";

/**
 * @typedef {object} Region in pixels of the image, whole numbers
 * @property {"rectangle" | "ellipse"} shape an ellipse touches the rectangle's sides
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} RegionStatistics of the numbers that are not NaN; all NaN where there are none
 * @property {number} count
 * @property {number} mean
 * @property {number} std as numpy's: divided by the count
 * @property {number} min
 * @property {number} max
 * @property {number} sum
 * @property {number} median
 */

/**
 * Counts a pixel if its middle lies in the region.
 *
 * @param {import("./line_profile.js").Piece} piece
 * @param {Region} region
 * @param {import("./numbers.js").ReadNumber} [read]
 * @returns {RegionStatistics[]} one a channel
 */
export function regionStatistics(piece, region, read = numberReader(piece.code)) {
  const rows = rowsOf(piece, region);
  const most = rows.reduce((sum, { from, to }) => sum + to - from, 0);
  if (smallIntegers.has(piece.code) && most > countedFrom) {
    return Array.from({ length: piece.channels }, (_, channel) => countRows(piece, rows, channel));
  }
  return Array.from({ length: piece.channels }, (_, channel) => {
    const numbers = new Float64Array(most);
    let count = 0;
    for (const { row, from, to } of rows) {
      for (let column = from; column < to; column += 1) {
        const at = (row * piece.width + column) * piece.channels + channel;
        const number = read(piece.array, at);
        if (Number.isNaN(number)) continue;
        numbers[count] = number;
        count += 1;
      }
    }
    return summarize(numbers.subarray(0, count));
  });
}

/** Dtypes with so few different values that they are counted, which is quicker than sorting. */
const smallIntegers = new Set(["b1", "u1", "i1", "u2", "i2"]);
const countedFrom = 65_536;

/**
 * Statistics by way of how often each value is there: one pass over the numbers.
 *
 * @param {import("./line_profile.js").Piece} piece
 * @param {readonly {row: number, from: number, to: number}[]} rows
 * @param {number} channel
 * @returns {RegionStatistics}
 */
function countRows({ array, width, channels }, rows, channel) {
  const numbers = /** @type {Uint16Array} */ (array);
  const counts = new Uint32Array(131_072);
  const zero = 32_768; // Where the value 0 is counted.
  for (const { row, from, to } of rows) {
    const end = (row * width + to) * channels + channel;
    for (let at = (row * width + from) * channels + channel; at < end; at += channels) {
      counts[numbers[at] + zero] += 1;
    }
  }
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  counts.forEach((often, at) => {
    if (often === 0) return;
    const value = at - zero;
    count += often;
    sum += often * value;
    min = Math.min(min, value);
    max = value;
  });
  const mean = sum / count;
  let [squares, before] = [0, 0];
  /** @type {number[]} the one or two values in the middle of the order */
  const middle = [];
  const ranks = [(count - 1) >> 1, count >> 1];
  counts.forEach((often, at) => {
    if (often === 0) return;
    squares += often * (at - zero - mean) ** 2;
    for (const rank of ranks) {
      if (rank >= before && rank < before + often) middle.push(at - zero);
    }
    before += often;
  });
  const median = (middle[0] + middle[1]) / 2;
  return { count, mean, std: Math.sqrt(squares / count), min, max, sum, median };
}

/**
 * The columns of each row of a piece whose middles lie in a region.
 *
 * @param {import("./line_profile.js").Piece} piece
 * @param {Region} region
 */
function rowsOf({ width, height, x, y, step }, region) {
  const [cx, cy] = [region.x + region.width / 2, region.y + region.height / 2];
  const first = Math.max(0, Math.ceil((region.y - y) / step - 0.5));
  const last = Math.min(height, Math.ceil((region.y + region.height - y) / step - 0.5));
  const rows = [];
  for (let row = first; row < last; row += 1) {
    const off = (y + (row + 0.5) * step - cy) / (region.height / 2);
    const share = region.shape === "ellipse" ? Math.sqrt(Math.max(0, 1 - off * off)) : 1;
    const half = (region.width / 2) * share;
    const from = Math.max(0, Math.ceil((cx - half - x) / step - 0.5));
    // A rectangle's right edge is no more in it than the next rectangle's left one is outside.
    const end = (cx + half - x) / step - 0.5;
    const to = Math.min(width, region.shape === "ellipse" ? Math.floor(end) + 1 : Math.ceil(end));
    if (to > from) rows.push({ row, from, to });
  }
  return rows;
}

/** @param {Float64Array} numbers they are put into another order @returns {RegionStatistics} */
function summarize(numbers) {
  const count = numbers.length;
  if (count === 0) {
    const none = NaN;
    return { count, mean: none, std: none, min: none, max: none, sum: none, median: none };
  }
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const number of numbers) {
    sum += number;
    if (number < min) min = number;
    if (number > max) max = number;
  }
  const mean = sum / count;
  // Deviations in a second pass: the difference of two large sums would lose its digits.
  let squares = 0;
  for (const number of numbers) squares += (number - mean) ** 2;
  return { count, mean, std: Math.sqrt(squares / count), min, max, sum, median: median(numbers) };
}

/** @param {Float64Array} numbers they are put into another order */
function median(numbers) {
  const middle = numbers.length >> 1;
  const upper = select(numbers, middle);
  if (numbers.length % 2 === 1) return upper;
  let lower = -Infinity;
  for (let i = 0; i < middle; i += 1) if (numbers[i] > lower) lower = numbers[i];
  return (lower + upper) / 2;
}

/**
 * The number of a rank, with the smaller ones before it (Hoare's selection): sorting millions ten
 * times a second would take all of a processor.
 *
 * @param {Float64Array} numbers
 * @param {number} rank
 */
function select(numbers, rank) {
  let [left, right] = [0, numbers.length - 1];
  while (left < right) {
    const pivot = numbers[(left + right) >> 1];
    let [i, j] = [left, right];
    while (i <= j) {
      while (numbers[i] < pivot) i += 1;
      while (numbers[j] > pivot) j -= 1;
      if (i > j) break;
      [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
      i += 1;
      j -= 1;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break;
  }
  return numbers[rank];
}
