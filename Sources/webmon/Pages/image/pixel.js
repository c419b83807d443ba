// @ts-check
/**
 * The value of one pixel in the array's own dtype, and its place, as text.
 */

import { halfToNumber } from "../client/dtype.js";
import { formatNumber } from "../shell/format.js";
import { shortestFloat32 } from "../table/format_value.js";

/** @typedef {import("./layout.js").ImageLayout} ImageLayout */

/**
 * @param {import("../client/dtype.js").TypedArray} plane
 * @param {ImageLayout} layout
 * @param {number} row
 * @param {number} column
 */
export function pixelText(plane, layout, row, column) {
  const { dtype, width, channels } = layout;
  const lanes = channels * dtype.lanes;
  const at = (row * width + column) * lanes;
  const texts = Array.from({ length: lanes }, (_, i) => numberText(plane[at + i], dtype.code));
  if (dtype.lanes === 2) return `${texts[0]}${texts[1].startsWith("-") ? "" : "+"}${texts[1]}j`;
  return channels === 1 ? texts[0] : `(${texts.join(", ")})`;
}

/** @param {number | bigint} value @param {string} code */
function numberText(value, code) {
  if (typeof value === "bigint") return String(value);
  switch (code) {
    case "b1":
      return value !== 0 ? "True" : "False";
    case "f2":
      return String(Number(halfToNumber(value).toPrecision(5)));
    case "f4":
    case "c8":
      return shortestFloat32(value);
    default:
      return String(value);
  }
}

/**
 * A pixel's place in physical units, from metadata's `scale`, `translate` and `units` (one value
 * an axis of the array); "" where they say nothing.
 *
 * @param {{[key: string]: unknown}} metadata
 * @param {ImageLayout} layout
 * @param {number} row
 * @param {number} column
 */
export function physicalPlace(metadata, layout, row, column) {
  const first = layout.leading.length;
  const value = (/** @type {string} */ key, /** @type {number} */ axis) => {
    const list = metadata[key];
    return Array.isArray(list) ? list[axis] : undefined;
  };
  if (!Array.isArray(metadata.scale)) return "";
  const place = [row, column].map((pixel, i) => {
    const scale = Number(value("scale", first + i));
    const origin = Number(value("translate", first + i) ?? 0);
    return formatNumber(pixel * scale + origin, 5);
  });
  const units = value("units", first + 1);
  return `${place.join(", ")}${typeof units === "string" ? ` ${units}` : ""}`;
}
