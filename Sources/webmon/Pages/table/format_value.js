// @ts-check
/**
 * One value of a record as text.
 */

import { parseDtypeCode } from "../client/dtype.js";

/** @typedef {import("../client/dtype.js").DtypeCode} DtypeCode */
/** @typedef {Pick<import("../client/records.js").Column, "dtype" | "fields" | "shape">} Layout */
/** @typedef {(value: unknown) => string} ToText */

/**
 * @typedef {object} Style
 * @property {number | null} digits significant ones of a float; null: as many as tell it apart
 *   from every other number of its dtype
 * @property {boolean} whole lists and bytes are not cut short
 */

/** Everything that is in a value: what files get, and what is searched. @type {Style} */
export const full = { digits: null, whole: true };

/** What a list and what bytes are cut to. */
const itemsShown = 8;
const bytesShown = 16;

/**
 * How the values of a column are written: made once a column, since dtypes are read for it.
 *
 * @param {Layout} column
 * @param {Style} style
 * @returns {ToText}
 */
export function textOf(column, style) {
  const { dtype, fields, shape } = column;
  if (shape.length > 0) {
    const inner = textOf({ dtype, fields, shape: shape.slice(1) }, style);
    return (value) => listText(/** @type {unknown[]} */ (value), inner, style);
  }
  if (fields !== null) {
    const inner = fields.map((field) => ({ name: field.name, text: textOf(field, style) }));
    return (value) => {
      const record = /** @type {Record<string, unknown>} */ (value);
      return `{${inner.map(({ name, text }) => `${name}: ${text(record[name])}`).join(", ")}}`;
    };
  }
  const code = dtype === null ? null : parseDtypeCode(dtype);
  switch (code?.kind) {
    case "f": {
      const { itemsize } = code;
      return (value) => floatText(/** @type {number} */ (value), itemsize, style.digits);
    }
    case "c": {
      const half = code.itemsize / 2;
      return (value) => {
        const { re, im } = /** @type {{re: number, im: number}} */ (value);
        const part = floatText(im, half, style.digits);
        return `${floatText(re, half, style.digits)}${part.startsWith("-") ? "" : "+"}${part}j`;
      };
    }
    case "M":
    case "m":
      return (value) => timeText(/** @type {bigint} */ (value), code);
    default:
      return (value) => (value instanceof Uint8Array ? hexText(value, style) : String(value));
  }
}

/** @param {unknown[]} list @param {ToText} inner @param {Style} style */
function listText(list, inner, { whole }) {
  const shown = (whole ? list : list.slice(0, itemsShown)).map(inner);
  return `[${shown.join(", ")}${shown.length < list.length ? ", …" : ""}]`;
}

/** @param {Uint8Array} bytes @param {Style} style */
function hexText(bytes, { whole }) {
  const shown = whole ? bytes : bytes.subarray(0, bytesShown);
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex + (shown.length < bytes.length ? " …" : "");
}

/** Floats up to here are written out before the point, however few digits are asked for. */
const largeFloat = 1e11;

/**
 * As Python and numpy write it, so that what is copied can be read there.
 *
 * @param {number} value
 * @param {number} itemsize
 * @param {number | null} digits
 */
function floatText(value, itemsize, digits) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  if (digits !== null) {
    // What is before the point is never rounded away: seconds since 1970 would all be the same.
    const isLarge = Math.abs(value) >= 10 ** digits && Math.abs(value) < largeFloat;
    return String(Number(isLarge ? value.toFixed(0) : value.toPrecision(digits)));
  }
  if (itemsize === 8) return String(value);
  // No two float16 agree in five digits.
  return itemsize === 4 ? shortestFloat32(value) : String(Number(value.toPrecision(5)));
}

/**
 * The fewest digits that no other float32 has, as numpy prints it.
 *
 * @param {number} value
 */
export function shortestFloat32(value) {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * Nanoseconds in one of numpy's units, where their number is fixed.
 *
 * @type {Record<string, bigint>}
 */
export const nanoseconds = {
  ns: 1n,
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  D: 86_400_000_000_000n,
  W: 604_800_000_000_000n,
};

export const notATime = -(2n ** 63n);

/**
 * @param {bigint} count
 * @param {DtypeCode} dtype
 */
function timeText(count, dtype) {
  if (count === notATime) return "NaT";
  const match = /^(\d*)([A-Za-z]+)$/.exec(dtype.unit);
  const unit = match === null ? undefined : nanoseconds[match[2]];
  const multiple = match === null || match[1] === "" ? 1n : BigInt(match[1]);
  if (dtype.kind === "m") return match === null ? String(count) : `${count * multiple} ${match[2]}`;
  if (match?.[2] === "Y" || match?.[2] === "M") return monthText(count * multiple, match[2]);
  if (match === null || unit === undefined) return `${count} ${dtype.unit}`;
  const total = count * multiple * unit;
  const rest = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const date = new Date(Number((total - rest) / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${count} ${dtype.unit}`;
  const second = date.toISOString().replace(/\.000Z$/, "");
  if (unit >= nanoseconds.D) return second.replace(/T.*$/, "");
  if (unit >= nanoseconds.s) return second;
  const fraction = String(rest).padStart(9, "0");
  const digits = unit >= nanoseconds.ms ? 3 : unit >= nanoseconds.us ? 6 : 9;
  return `${second}.${fraction.slice(0, digits)}`;
}

/** @param {bigint} count @param {string} unit */
function monthText(count, unit) {
  const months = unit === "Y" ? count * 12n : count;
  const month = ((months % 12n) + 12n) % 12n;
  const year = String(1970n + (months - month) / 12n).padStart(4, "0");
  return unit === "Y" ? year : `${year}-${String(month + 1n).padStart(2, "0")}`;
}
