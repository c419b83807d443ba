// @ts-check
/**
 * The columns of the table: what each shows, how wide it is, and in which order they stand.
 */

import { dtypeName, parseDtypeCode } from "../client/dtype.js";
import { valueReader } from "../client/records.js";
import { full, textOf } from "./format_value.js";
import { canSort } from "./sort.js";

/** @typedef {import("../client/records.js").Column} Column */

/** Characters of the widest column. */
const widest = 44;
/** Characters around a text, for padding and the sort's sign. */
const around = 3;

/**
 * A column as it is shown.
 *
 * @typedef {object} ShownColumn
 * @property {Column} column
 * @property {string} name
 * @property {string} type
 * @property {boolean} isNumber stands right
 * @property {boolean} canSort
 * @property {import("../client/records.js").ReadValue} read
 * @property {import("./format_value.js").ToText} text as it is shown
 * @property {import("./format_value.js").ToText} fullText everything that is in a value
 * @property {number} characters
 */

/**
 * @param {Column} column
 * @param {number | null} digits of a float; null: all
 * @returns {ShownColumn}
 */
export function shownColumn(column, digits) {
  const { dtype, shape, path } = column;
  const code = dtype === null ? null : parseDtypeCode(dtype);
  const name = path === "" ? "value" : path;
  // In a matrix each would say the same.
  const isNamed = path === "" || !/^\d+$/.test(path);
  const type = !isNamed ? "" :
    (dtype === null ? "fields" : dtypeName(dtype)) +
    (shape.length > 0 ? ` (${shape.join(", ")})` : "");
  const isNumber = code !== null && shape.length === 0 && /[biufcMm]/.test(code.kind);
  const characters = Math.max(valueWidth(column, digits), name.length, Math.min(type.length, 20));
  return {
    column,
    name,
    type,
    isNumber,
    canSort: canSort(column),
    read: valueReader(column),
    text: textOf(column, { digits, whole: false }),
    fullText: textOf(column, full),
    characters: Math.min(widest, characters) + around,
  };
}

/**
 * Characters of the longest text that a dtype gives: widths follow from it alone, so that they
 * do not wobble with what comes.
 *
 * @param {Pick<Column, "dtype" | "fields" | "shape" | "itemsize">} column
 * @param {number | null} digits
 */
function valueWidth({ dtype, fields, shape, itemsize }, digits) {
  if (fields !== null || shape.length > 0) return 30;
  const code = dtype === null ? null : parseDtypeCode(dtype);
  const floats = { 2: 12, 4: 15, 8: 24 };
  // A sign, the point, and an exponent; or a large one, all of it before the point.
  const float = (/** @type {number} */ size) =>
    digits === null ? (floats[/** @type {2 | 4 | 8} */ (size)] ?? 24) : Math.max(digits + 7, 13);
  switch (code?.kind) {
    case "b":
      return 5;
    case "u":
    case "i":
      return Math.ceil(itemsize * 8 * Math.log10(2)) + (code.kind === "i" ? 1 : 0);
    case "f":
      return float(itemsize);
    case "c":
      return 2 * float(itemsize / 2) + 1;
    case "M":
      return /ns$/.test(code.unit) ? 29 : /us$/.test(code.unit) ? 26 : /ms$/.test(code.unit) ? 23 : 19;
    case "m":
      return 20 + code.unit.length;
    case "S":
      return itemsize;
    case "U":
      return itemsize / 4;
    default:
      return 2 * Math.min(16, itemsize) + 2;
  }
}

/**
 * Those of all columns that were chosen, in the order in which they were.
 *
 * @param {readonly Column[]} all
 * @param {readonly string[] | null} chosen paths; null: all
 */
export function chosenColumns(all, chosen) {
  if (chosen === null) return all;
  const byPath = new Map(all.map((column) => [column.path, column]));
  const found = chosen.flatMap((path) => byPath.get(path) ?? []);
  // Of another stream, or of a log that has other fields now.
  return found.length === 0 ? all : found;
}
