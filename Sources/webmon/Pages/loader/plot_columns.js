// @ts-check
/**
 * What of a record can be plotted, and how it is read as a number: in bulk, without an object for
 * each value.
 */

import { dtypeName, parseDtypeCode } from "../client/dtype.js";
import { columnsOf } from "../client/records.js";
import { Categories } from "./categories.js";
import { numberReader } from "./number_reader.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * "number", "time" (milliseconds since 1970), "duration" (seconds), or "text" (codes of its
 * `categories`). Bool is 0 or 1.
 *
 * @typedef {"number" | "time" | "duration" | "text"} PlotKind
 */

/**
 * @typedef {object} PlotColumn
 * @property {string} key unique in the stream: "position.x", "counts[2]", "wave (real)"
 * @property {PlotKind} kind
 * @property {string} dtype for people
 * @property {string} unit as the metadata says it, or ""
 * @property {number} itemsize of the record
 * @property {(view: DataView, at: number) => number} read `at` is where the record begins
 * @property {Categories | null} categories the texts that the codes stand for
 */

/** Elements of a subarray that can be chosen. */
const elements = 16;

/**
 * @param {Stream} stream
 * @returns {PlotColumn[]}
 */
export function plotColumns(stream) {
  const units = stream.metadata.field_units;
  /** @type {PlotColumn[]} */
  const found = [];
  for (const column of columnsOf(stream)) {
    if (column.dtype === null) continue;
    const { dtype, itemsize, offset } = column;
    const label = column.path === "" ? "value" : column.path;
    const unit = unitOf(units, column.path);
    const count = column.shape.reduce((product, extent) => product * extent, 1);
    for (let i = 0; i < Math.min(count, elements); i += 1) {
      const key = column.shape.length === 0 ? label : `${label}[${i}]`;
      const place = { dtype, offset: offset + i * itemsize, itemsize };
      found.push(...scalarColumns(key, unit, place, stream.itemsize));
    }
  }
  return found;
}

/** Metadata are what a producer wrote, of any type. @param {unknown} units @param {string} path */
function unitOf(units, path) {
  if (typeof units !== "object" || units === null || !Object.hasOwn(units, path)) return "";
  const unit = /** @type {Record<string, unknown>} */ (units)[path];
  return typeof unit === "string" ? unit.slice(0, 24) : "";
}

/**
 * @param {string} key
 * @param {string} unit
 * @param {{dtype: string, offset: number, itemsize: number}} place
 * @param {number} itemsize of the record
 * @returns {PlotColumn[]}
 */
function scalarColumns(key, unit, { dtype, offset, itemsize: width }, itemsize) {
  const code = parseDtypeCode(dtype);
  if (code === null) return [];
  const common = { itemsize, dtype: dtypeName(dtype), unit, categories: null };
  if (code.kind === "S" || code.kind === "U") {
    if (width === 0) return [];
    const categories = new Categories(dtype, width);
    const read = (/** @type {DataView} */ view, /** @type {number} */ at) =>
      categories.codeOf(view, at + offset);
    return [{ ...common, key, kind: "text", read, categories }];
  }
  const little = code.littleEndian;
  if (code.kind === "c") {
    const half = code.itemsize / 2;
    const part = numberReader("f", half, little, "");
    if (part === null) return [];
    const re = (/** @type {DataView} */ view, /** @type {number} */ at) => part(view, at + offset);
    const im = (/** @type {DataView} */ view, /** @type {number} */ at) =>
      part(view, at + offset + half);
    return [
      { ...common, key: `${key} (real)`, kind: "number", read: re },
      { ...common, key: `${key} (imaginary)`, kind: "number", read: im },
      {
        ...common,
        key: `${key} (magnitude)`,
        kind: "number",
        read: (view, at) => Math.hypot(re(view, at), im(view, at)),
      },
    ];
  }
  const reader = numberReader(code.kind, code.itemsize, little, code.unit);
  if (reader === null) return [];
  const read = (/** @type {DataView} */ view, /** @type {number} */ at) => reader(view, at + offset);
  if (code.kind === "M") return [{ ...common, key, kind: "time", unit: "", read }];
  if (code.kind === "m") return [{ ...common, key, kind: "duration", unit: "s", read }];
  return [{ ...common, key, kind: "number", read }];
}
