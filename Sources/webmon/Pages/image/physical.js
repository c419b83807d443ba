// @ts-check
/**
 * Pixels in physical units, from metadata's `scale`, `translate` and `units`: one value an axis
 * of the array. Metadata may be of any type: what is no number or no text counts as not said.
 */

import { formatNumber } from "../shell/format.js";

/** @typedef {{[key: string]: unknown}} Metadata */

/**
 * One axis of an array. Where metadata say nothing, its unit is the pixel.
 *
 * @typedef {object} PhysicalAxis
 * @property {string} name "" if it has none
 * @property {boolean} known whether metadata give its scale
 * @property {number} scale units from one element to the next; never 0
 * @property {number} origin where element 0 is, in units
 * @property {string} unit as metadata write it; "" if they do not
 */

/**
 * @param {Metadata} metadata
 * @param {number} axis of the array
 * @returns {PhysicalAxis}
 */
export function physicalAxis(metadata, axis) {
  const at = (/** @type {string} */ key) => {
    const list = metadata[key];
    return Array.isArray(list) ? list[axis] : undefined;
  };
  const [scale, origin] = [at("scale"), at("translate")];
  const known = typeof scale === "number" && Number.isFinite(scale) && scale !== 0;
  const unit = typeof metadata.units === "string" ? metadata.units : at("units");
  const name = at("axes");
  return {
    name: typeof name === "string" ? name : "",
    known,
    scale: known ? scale : 1,
    origin: known && typeof origin === "number" && Number.isFinite(origin) ? origin : 0,
    unit: known && typeof unit === "string" ? unit : "",
  };
}

/**
 * The axes of rows and columns of what is shown.
 *
 * @param {import("./layout.js").ImageLayout} layout
 * @param {Metadata} metadata
 * @returns {{rows: PhysicalAxis, columns: PhysicalAxis}}
 */
export function imageAxes({ shownAxes }, metadata) {
  return {
    rows: physicalAxis(metadata, shownAxes[0]),
    columns: physicalAxis(metadata, shownAxes[1]),
  };
}

/** Names of units that programs write, and what people read. @type {{[name: string]: string}} */
const shortNames = {
  angstrom: "Å",
  nanometer: "nm",
  um: "µm",
  μm: "µm", // With a Greek mu; the other one is the micro sign.
  micron: "µm",
  microns: "µm",
  micrometer: "µm",
  millimeter: "mm",
  centimeter: "cm",
  meter: "m",
  kilometer: "km",
  nanosecond: "ns",
  us: "µs",
  microsecond: "µs",
  millisecond: "ms",
  second: "s",
  sec: "s",
  pixel: "px",
  pixels: "px",
};

/** @param {string} unit */
function shortUnit(unit) {
  return shortNames[unit] ?? shortNames[unit.replace(/s$/, "").replace(/metre$/, "meter")] ?? unit;
}

/**
 * Units that turn into one another, and the size of each in the one that has size 1.
 *
 * @type {readonly (readonly (readonly [unit: string, size: number])[])[]}
 */
const families = [
  [
    ["pm", 1e-12],
    ["Å", 1e-10],
    ["nm", 1e-9],
    ["µm", 1e-6],
    ["mm", 1e-3],
    ["cm", 1e-2],
    ["m", 1],
    ["km", 1e3],
  ],
  [["ps", 1e-12], ["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1]],
  [["mHz", 1e-3], ["Hz", 1], ["kHz", 1e3], ["MHz", 1e6], ["GHz", 1e9]],
  [["meV", 1e-3], ["eV", 1], ["keV", 1e3], ["MeV", 1e6]],
];

/** Units that values are read from but not turned into: nobody looks for them. */
const onlyRead = new Set(["Å", "cm"]);

/**
 * A quantity in the unit of its family that gives it the fewest digits: 1500 nm is 1.5 µm.
 *
 * @param {number} value
 * @param {string} unit
 * @returns {{value: number, unit: string}}
 */
export function readable(value, unit) {
  return inBestUnit(value, shortUnit(unit));
}

/** @param {number} value @param {string} unit @returns {{value: number, unit: string}} */
function inBestUnit(value, unit) {
  const family = families.find((units) => units.some(([name]) => name === unit));
  if (family === undefined || value === 0) return { value, unit };
  const size = (/** @type {string} */ name) => family.find(([known]) => known === name)?.[1] ?? 1;
  const inBase = Math.abs(value) * size(unit);
  const usual = family.filter(([name]) => name === unit || !onlyRead.has(name));
  const fitting = usual.filter(([, unitSize]) => inBase >= unitSize * (1 - 1e-9));
  const [best, bestSize] = fitting[fitting.length - 1] ?? usual[0];
  // The quotient of two powers of ten is not exact: 1e-9 / 1e-6.
  return { value: Number(((value * size(unit)) / bestSize).toPrecision(14)), unit: best };
}

/**
 * @param {number} value
 * @param {string} unit "" where there is none: then it is pixels
 * @param {number} [digits]
 */
export function formatQuantity(value, unit, digits = 4) {
  const { value: shown, unit: name } = readable(value, unit === "" ? "px" : unit);
  return `${formatNumber(shown, digits)} ${name}`;
}

/**
 * The largest of 1, 2, 5, 10, 20 … that is not above a limit.
 *
 * @param {number} limit over 0
 */
export function roundLength(limit) {
  const power = 10 ** Math.floor(Math.log10(limit) + 1e-9);
  const step = [5, 2, 1].find((factor) => factor * power <= limit * (1 + 1e-9)) ?? 1;
  return Number((step * power).toPrecision(12));
}

/**
 * How long a straight line on the image is, from the axes that it spans.
 *
 * @param {PhysicalAxis} rows the axis that counts rows
 * @param {PhysicalAxis} columns
 * @param {number} dx pixels
 * @param {number} dy
 * @returns {{length: number, unit: string} | null} null if its axes have units that do not add
 */
export function lineLength(rows, columns, dx, dy) {
  const far = Math.hypot(dx, dy);
  const isAlong = (/** @type {number} */ across) => Math.abs(across) <= far * 1e-9;
  const { unit } = isAlong(dx) ? rows : columns;
  const isAlike = rows.unit === columns.unit && rows.known === columns.known;
  if (!isAlong(dx) && !isAlong(dy) && !isAlike) return null;
  return { length: Math.hypot(dx * columns.scale, dy * rows.scale), unit };
}
