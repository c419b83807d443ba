// @ts-check
/**
 * One number from a record's bytes, as a JavaScript number, for every dtype that has an order.
 */

import { halfToNumber } from "../client/dtype.js";

/** @typedef {(view: DataView, at: number) => number} ReadNumber */

/** What one of numpy's time units is in milliseconds, where that is fixed. @type {Record<string, number>} */
const milliseconds = {
  as: 1e-15,
  fs: 1e-12,
  ps: 1e-9,
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  D: 86_400e3,
  W: 604_800e3,
};

/**
 * 64-bit integers beyond 2^53 come rounded, as doubles. A datetime64 is milliseconds since 1970, a
 * timedelta64 seconds; NaT, and a timedelta64 of months or years, is NaN.
 *
 * @param {string} kind numpy's
 * @param {number} itemsize
 * @param {boolean} little
 * @param {string} unit of a time
 * @returns {ReadNumber | null} null if it is no number
 */
export function numberReader(kind, itemsize, little, unit) {
  switch (`${kind}${itemsize}`) {
    case "b1":
      return (view, at) => (view.getUint8(at) === 0 ? 0 : 1);
    case "u1":
      return (view, at) => view.getUint8(at);
    case "i1":
      return (view, at) => view.getInt8(at);
    case "u2":
      return (view, at) => view.getUint16(at, little);
    case "i2":
      return (view, at) => view.getInt16(at, little);
    case "u4":
      return (view, at) => view.getUint32(at, little);
    case "i4":
      return (view, at) => view.getInt32(at, little);
    case "u8":
      return (view, at) => high(view, at, little) * 2 ** 32 + low(view, at, little);
    case "i8":
      return signed(little);
    case "f2":
      return (view, at) => halfToNumber(view.getUint16(at, little));
    case "f4":
      return (view, at) => view.getFloat32(at, little);
    case "f8":
      return (view, at) => view.getFloat64(at, little);
    case "M8":
      return timeReader(unit, little);
    case "m8": {
      const read = timeReader(unit, little);
      return /^\d*[YM]$/.test(unit) ? () => NaN : (view, at) => read(view, at) / 1000;
    }
    default:
      return null;
  }
}

/** @param {DataView} view @param {number} at @param {boolean} little */
const high = (view, at, little) => view.getUint32(little ? at + 4 : at, little);
/** @param {DataView} view @param {number} at @param {boolean} little */
const low = (view, at, little) => view.getUint32(little ? at : at + 4, little);

/** Two halves: a BigInt would be an object for each value. @param {boolean} little @returns {ReadNumber} */
function signed(little) {
  return (view, at) => (high(view, at, little) | 0) * 2 ** 32 + low(view, at, little);
}

/** @param {string} unit "ns", "25s" @param {boolean} little @returns {ReadNumber} */
function timeReader(unit, little) {
  const [, digits = "", name = ""] = /^(\d*)(\D*)$/.exec(unit) ?? [];
  const multiple = digits === "" ? 1 : Number(digits);
  const count = signed(little);
  const isNaT = (/** @type {DataView} */ view, /** @type {number} */ at) =>
    low(view, at, little) === 0 && high(view, at, little) === 0x80000000;
  if (name === "Y" || name === "M") {
    const months = multiple * (name === "Y" ? 12 : 1);
    return (view, at) => (isNaT(view, at) ? NaN : Date.UTC(1970, count(view, at) * months));
  }
  // Without a unit it is a mere number.
  const factor = multiple * (milliseconds[name] ?? 1);
  return (view, at) => (isNaT(view, at) ? NaN : count(view, at) * factor);
}
