// @ts-check
/**
 * How a stream can be drawn as lines: its last axis along x, the one before as lines if they are
 * few, a slider for each other one.
 */

import { plainDtypes } from "../client/dtype.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} LineLayout
 * @property {"line"} kind
 * @property {import("../client/dtype.js").PlainDtype} dtype
 * @property {number} length values of a line
 * @property {number} lines that are drawn at once
 * @property {number[]} leading extents of the axes before them
 * @property {number[]} leadingAxes which of the array's axes these are
 */

/** More lines than that are not told apart: their axis gets a slider. */
const mostLines = 32;

/**
 * @param {Stream} stream
 * @returns {LineLayout | null} null if it has no numbers to draw
 */
export function lineLayoutOf({ kind, shape, dtype: descr }) {
  const dtype = plainDtypes.find((plain) => plain?.code === descr?.slice(1)) ?? null;
  if (kind === "log" || dtype === null || shape.length === 0 || shape.includes(0)) return null;
  const length = shape[shape.length - 1];
  const before = shape.slice(0, -1);
  const last = before[before.length - 1];
  const isFew = last !== undefined && last <= mostLines;
  const leading = isFew ? before.slice(0, -1) : before;
  return {
    kind: "line",
    dtype,
    length,
    lines: isFew ? last : 1,
    leading,
    leadingAxes: [...leading.keys()],
  };
}

/** @typedef {"image" | "plot" | "table"} Presentation */

/**
 * The ways in which a stream can be shown, the one that suits it best first: metadata's
 * `plot: "lines"` asks for lines.
 *
 * @param {Stream} stream
 * @returns {Presentation[]}
 */
export function presentationsOf(stream) {
  if (lineLayoutOf(stream) === null) return ["table"];
  if (stream.shape.length === 1) return ["plot", "table"];
  return stream.metadata.plot === "lines" ? ["plot", "image"] : ["image", "plot"];
}
