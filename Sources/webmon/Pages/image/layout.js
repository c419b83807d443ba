// @ts-check
/**
 * How a stream can be looked at: as an image with sliders for its leading axes, or as a table.
 */

import { plainDtypes } from "../client/dtype.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} ImageLayout
 * @property {"image"} kind
 * @property {import("../client/dtype.js").PlainDtype} dtype
 * @property {number} width
 * @property {number} height
 * @property {1 | 3 | 4} channels 3 and 4 are colour
 * @property {number[]} leading extents of the axes before the image's own
 */

/** @typedef {ImageLayout | {kind: "table"} | {kind: "empty"}} Layout */

/**
 * @param {Stream} stream
 * @returns {Layout}
 */
export function layoutOf(stream) {
  const { kind, shape, metadata } = stream;
  const code = stream.dtype?.slice(1);
  const dtype = plainDtypes.find((plain) => plain?.code === code) ?? null;
  if (kind === "log" || dtype === null || shape.length < 2) return { kind: "table" };
  if (shape.includes(0)) return { kind: "empty" };
  const channels = colourChannels(dtype.code, shape, metadata.rgb);
  const axes = channels === 1 ? shape : shape.slice(0, -1);
  const [height, width] = axes.slice(-2);
  return { kind: "image", dtype, width, height, channels, leading: axes.slice(0, -2) };
}

/**
 * A last axis of 3 or 4 bytes is taken for colour, as napari does, unless metadata say `rgb`.
 *
 * @param {string} code
 * @param {number[]} shape
 * @param {unknown} said
 * @returns {1 | 3 | 4}
 */
function colourChannels(code, shape, said) {
  const last = shape[shape.length - 1];
  const possible = shape.length >= 3 && ["u1", "u2", "f4"].includes(code);
  const isColour = said === true || (said === undefined && code === "u1");
  return possible && isColour && (last === 3 || last === 4) ? last : 1;
}

/**
 * Where the plane of the given indices begins, and how long it is, in elements.
 *
 * @param {ImageLayout} layout
 * @param {readonly number[]} indices one a leading axis
 */
export function planeOf(layout, indices) {
  const index = layout.leading.reduce((flat, extent, axis) => flat * extent + indices[axis], 0);
  const count = layout.width * layout.height * layout.channels;
  return { start: index * count, count };
}
