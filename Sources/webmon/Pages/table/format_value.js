// @ts-check
/**
 * One value of a record as text.
 */

import { parseDtypeCode } from "../client/dtype.js";

/**
 * @param {unknown} value as `Records` gives it
 * @param {string | null} dtype numpy's code, null inside a subarray of records
 * @returns {string}
 */
export function formatValue(value, dtype) {
  const parsed = dtype === null ? null : parseDtypeCode(dtype);
  if (value instanceof Uint8Array) {
    const hex = Array.from(value.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0"));
    return hex.join("") + (value.length > 16 ? " …" : "");
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((item) => formatValue(item, dtype));
    return `[${shown.join(", ")}${value.length > 8 ? ", …" : ""}]`;
  }
  if (typeof value === "number") return formatFloat(value, parsed);
  if (typeof value === "bigint" && parsed !== null && /[Mm]/.test(parsed.kind)) {
    return formatTime(value, parsed);
  }
  if (typeof value === "object" && value !== null) {
    if ("re" in value && "im" in value) {
      const half = parsed === null ? null : { ...parsed, kind: "f", itemsize: parsed.itemsize / 2 };
      const im = formatFloat(Number(value.im), half);
      return `${formatFloat(Number(value.re), half)}${im.startsWith("-") ? "" : "+"}${im}j`;
    }
    const items = Object.entries(value).map(([name, item]) => `${name}: ${formatValue(item, null)}`);
    return `{${items.join(", ")}}`;
  }
  return String(value);
}

/**
 * @param {number} value
 * @param {import("../client/dtype.js").DtypeCode | null} dtype
 */
function formatFloat(value, dtype) {
  if (dtype === null || dtype.kind !== "f" || !Number.isFinite(value)) return String(value);
  if (dtype.itemsize === 4) return shortestFloat32(value);
  return String(Number(value.toPrecision(dtype.itemsize === 2 ? 4 : 12)));
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
const nanoseconds = {
  ns: 1n,
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  D: 86_400_000_000_000n,
  W: 604_800_000_000_000n,
};

const notATime = -(2n ** 63n);

/**
 * @param {bigint} count
 * @param {import("../client/dtype.js").DtypeCode} dtype
 */
function formatTime(count, dtype) {
  if (count === notATime) return "NaT";
  const match = /^(\d*)([A-Za-z]+)$/.exec(dtype.unit);
  const unit = match === null ? undefined : nanoseconds[match[2]];
  if (match === null || unit === undefined) return `${count} ${dtype.unit}`;
  const multiple = match[1] === "" ? 1n : BigInt(match[1]);
  if (dtype.kind === "m") return `${count * multiple} ${match[2]}`;
  const total = count * multiple * unit;
  const milliseconds = Number(total / 1_000_000n);
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return `${count} ${dtype.unit}`;
  const rest = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  // Before 1970 the division above rounds towards zero; the second is that of the floor.
  const second = new Date(Number((total - rest) / 1_000_000n)).toISOString().slice(0, 19);
  if (unit >= 86_400_000_000_000n) return second.slice(0, 10);
  return unit >= 1_000_000_000n ? second : `${second}.${String(rest).padStart(9, "0")}`;
}
