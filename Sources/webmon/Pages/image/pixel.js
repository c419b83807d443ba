// @ts-check
/**
 * The value of one pixel in the array's own dtype, and its place, as text.
 */

import { halfToNumber } from "../client/dtype.js";
import { formatNumber } from "../shell/format.js";
import { shortestFloat32 } from "../table/format_value.js";
import { physicalAxis } from "./physical.js";

/** @typedef {import("./layout.js").ImageLayout} ImageLayout */

/**
 * @param {import("../client/dtype.js").TypedArray} plane
 * @param {ImageLayout} layout
 * @param {number} row
 * @param {number} column
 */
export function pixelText(plane, layout, row, column) {
  return elementText(plane, layout.dtype, layout.channels, row * layout.width + column);
}

/**
 * @param {import("../client/dtype.js").TypedArray} array
 * @param {{code: string, lanes: number}} dtype
 * @param {number} channels numbers (pairs, if complex) that belong together
 * @param {number} index of the first of them
 */
export function elementText(array, { code, lanes }, channels, index) {
  const texts = Array.from({ length: channels }, (_, channel) => {
    const at = (index * channels + channel) * lanes;
    return lanes === 2
      ? complexText(Number(array[at]), Number(array[at + 1]), code)
      : numberText(array[at], code);
  });
  return channels === 1 ? texts[0] : `(${texts.join(", ")})`;
}

/**
 * As a sum, and by magnitude and phase: "3+4j = 5∠0.9273".
 *
 * @param {number} real @param {number} imaginary @param {string} code
 */
function complexText(real, imaginary, code) {
  const second = numberText(imaginary, code);
  const sum = `${numberText(real, code)}${second.startsWith("-") ? "" : "+"}${second}j`;
  const magnitude = formatNumber(Math.hypot(real, imaginary), 5);
  return `${sum} = ${magnitude}∠${formatNumber(Math.atan2(imaginary, real), 4)}`;
}

/** @param {number | bigint} value @param {string} code */
export function numberText(value, code) {
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
 * What metadata's `label_names` call a label: an object by number, or a list by index.
 *
 * @param {{[key: string]: unknown}} metadata
 * @param {string} text the label's number
 * @returns {string} "" if it has no name
 */
export function labelName(metadata, text) {
  const names = metadata.label_names;
  if (typeof names !== "object" || names === null || !Object.hasOwn(names, text)) return "";
  const name = /** @type {{[label: string]: unknown}} */ (names)[text];
  return typeof name === "string" ? name : "";
}

/**
 * The index of a pixel in the array, as numpy writes it; of channels, all: ":".
 *
 * @param {ImageLayout} layout
 * @param {readonly number[]} indices on the axes that have a slider
 * @param {number} row
 * @param {number} column
 */
export function indexText({ leadingAxes, shownAxes, channelAxis, blended }, indices, row, column) {
  /** @type {(number | string)[]} */
  const index = [];
  leadingAxes.forEach((axis, i) => (index[axis] = indices[i]));
  [index[shownAxes[0]], index[shownAxes[1]]] = [row, column];
  if (channelAxis !== null && blended) index[channelAxis] = ":";
  return index.join(", ");
}

/**
 * A pixel's place in physical units, from metadata's `scale`, `translate` and `units` (one value
 * an axis of the array); "" where they say nothing.
 *
 * @param {{[key: string]: unknown}} metadata
 * @param {ImageLayout} layout
 * @param {readonly number[]} indices on the axes that have a slider
 * @param {number} row
 * @param {number} column
 */
export function physicalPlace(metadata, { leadingAxes, shownAxes }, indices, row, column) {
  const along = (/** @type {number} */ axis, /** @type {number} */ index) => {
    const { known, scale, origin, unit } = physicalAxis(metadata, axis);
    return { known, value: formatNumber(index * scale + origin, 5), unit: known ? unit : "px" };
  };
  const places = [
    ...leadingAxes.map((axis, i) => along(axis, indices[i])).filter(({ known }) => known),
    along(shownAxes[0], row),
    along(shownAxes[1], column),
  ];
  if (!places.some(({ known }) => known)) return "";
  // A unit stands once for all of a run that share it.
  const texts = places.map(({ value, unit }, i) =>
    unit === "" || unit === places[i + 1]?.unit ? value : `${value} ${unit}`,
  );
  return texts.join(", ");
}
