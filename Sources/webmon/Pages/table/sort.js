// @ts-check
/**
 * Rows in the order of some of their columns: stable, and in slices.
 */

import { parseDtypeCode } from "../client/dtype.js";
import { valueReader } from "../client/records.js";
import { notATime } from "./format_value.js";

/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("../client/records.js").Column} Column */
/** @typedef {number | bigint | string} Key */

/**
 * @typedef {object} Order
 * @property {Column | null} column null: in the order in which they came
 * @property {boolean} descending
 */

/** Whether values of a column have an order. @param {Column} column */
export function canSort({ dtype, fields, shape }) {
  const code = dtype === null ? null : parseDtypeCode(dtype);
  return fields === null && shape.length === 0 && code !== null && code.kind !== "V";
}

/**
 * What rows are compared by, in turn. NaN and NaT are last, whichever way it goes.
 *
 * @typedef {object} KeyPart
 * @property {boolean} descending
 * @property {(position: number) => Key} read
 * @property {(count: number) => Float64Array | BigInt64Array | BigUint64Array | string[]} make room
 *   for so many keys
 * @property {(key: Key) => boolean} isLast
 */

/** @param {readonly Order[]} orders @param {Rows} rows */
export function keyParts(orders, rows) {
  return orders.flatMap((order) => partsOf(order, rows));
}

/** @param {Order} order @param {Rows} rows @returns {KeyPart[]} */
function partsOf({ column, descending }, rows) {
  const numbers = (/** @type {number} */ count) => new Float64Array(count);
  const isNaN = (/** @type {Key} */ key) => key !== key;
  if (column === null) {
    return [{ descending, read: (position) => position, make: numbers, isLast: isNaN }];
  }
  const read = valueReader(column);
  const value = (/** @type {number} */ position) =>
    /** @type {any} */ (read(rows.viewOf(position), rows.startOf(position)));
  const code = parseDtypeCode(column.dtype ?? "");
  switch (code?.kind) {
    case "c":
      return [
        { descending, read: (p) => value(p).re, make: numbers, isLast: isNaN },
        { descending, read: (p) => value(p).im, make: numbers, isLast: isNaN },
      ];
    case "S":
    case "U":
      return [{ descending, read: value, make: (n) => new Array(n), isLast: () => false }];
    case "M":
    case "m": {
      const make = (/** @type {number} */ n) => new BigInt64Array(n);
      return [{ descending, read: value, make, isLast: (key) => key === notATime }];
    }
    case "u":
    case "i":
      if (code.itemsize === 8) {
        const Keys = code.kind === "u" ? BigUint64Array : BigInt64Array;
        return [{ descending, read: value, make: (n) => new Keys(n), isLast: () => false }];
      }
      return [{ descending, read: value, make: numbers, isLast: isNaN }];
    default:
      return [{ descending, read: (p) => Number(value(p)), make: numbers, isLast: isNaN }];
  }
}

/** @param {Key} a @param {Key} b @param {KeyPart} part */
function compareKeys(a, b, { descending, isLast }) {
  if (a === b) return 0;
  const [isLastA, isLastB] = [isLast(a), isLast(b)];
  if (isLastA || isLastB) return Number(isLastA) - Number(isLastB);
  return a < b === descending ? 1 : -1;
}

/**
 * Compares two rows by what is in them now.
 *
 * @param {readonly KeyPart[]} parts
 * @returns {(a: number, b: number) => number}
 */
export function rowComparison(parts) {
  return (a, b) => {
    for (const part of parts) {
      const sign = compareKeys(part.read(a), part.read(b), part);
      if (sign !== 0) return sign;
    }
    return a - b;
  };
}

/**
 * @param {Float64Array} positions ascending
 * @param {readonly KeyPart[]} parts
 * @param {import("./slices.js").Slices} slices
 * @param {(done: number) => void} tell from 0 to 1
 * @returns {Promise<Float64Array>}
 */
export async function sorted(positions, parts, slices, tell) {
  const count = positions.length;
  const keys = parts.map((part) => part.make(count));
  for (let i = 0; i < count; i += 1) {
    for (let k = 0; k < parts.length; k += 1) keys[k][i] = parts[k].read(positions[i]);
    if ((i & 1023) === 0 && slices.isOver) {
      tell((0.3 * i) / count);
      await slices.breathe();
    }
  }
  const compare = (/** @type {number} */ a, /** @type {number} */ b) => {
    for (let k = 0; k < parts.length; k += 1) {
      const sign = compareKeys(keys[k][a], keys[k][b], parts[k]);
      if (sign !== 0) return sign;
    }
    return a - b;
  };
  // Merges runs of growing length from one array into the other.
  let from = Uint32Array.from({ length: count }, (_, i) => i);
  let to = new Uint32Array(count);
  const passes = Math.max(1, Math.ceil(Math.log2(Math.max(2, count))));
  let pass = 0;
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let i = start; i < end; i += 1) {
        const takesLeft = left < middle && (right >= end || compare(from[left], from[right]) < 0);
        to[i] = takesLeft ? from[left++] : from[right++];
        if ((i & 1023) === 0 && slices.isOver) {
          tell(0.3 + (0.7 * (pass + i / count)) / passes);
          await slices.breathe();
        }
      }
    }
    [from, to] = [to, from];
    pass += 1;
  }
  return Float64Array.from(from, (index) => positions[index]);
}

/**
 * Puts some rows in their places among those that are in order.
 *
 * @param {Float64Array} ordered
 * @param {number} count of `ordered` that are meant
 * @param {number[]} news
 * @param {readonly KeyPart[]} parts
 * @param {(position: number) => boolean} isHeld others are left out
 * @returns {{positions: Float64Array, count: number}}
 */
export function merged(ordered, count, news, parts, isHeld) {
  const compare = rowComparison(parts);
  const held = new Float64Array(count + news.length);
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    if (isHeld(ordered[i])) {
      held[kept] = ordered[i];
      kept += 1;
    }
  }
  const fresh = news.filter(isHeld).sort(compare);
  const places = fresh.map((position) => {
    let [low, high] = [0, kept];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(held[middle], position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  });
  // From the end, so that each row moves once.
  let end = kept;
  for (let i = fresh.length - 1; i >= 0; i -= 1) {
    held.copyWithin(places[i] + i + 1, places[i], end);
    held[places[i] + i] = fresh[i];
    end = places[i];
  }
  return { positions: held, count: kept + fresh.length };
}
