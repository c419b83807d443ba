// @ts-check
/**
 * How a stream can be looked at: as an image, which of its axes are shown, which are channels and
 * which have a slider; or as a table.
 */

import { plainDtypes } from "../client/dtype.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} ImageLayout
 * @property {"image"} kind
 * @property {import("../client/dtype.js").PlainDtype} dtype
 * @property {number} width
 * @property {number} height
 * @property {number} channels elements in a pixel: 3 or 4 of a colour, or those that are blended
 * @property {boolean} blended whether each channel is drawn in a colour of its own
 * @property {number[]} leading extents of the axes that have a slider
 * @property {number[]} leadingAxes which of the array's axes these are
 * @property {[number, number]} shownAxes those of rows and columns
 * @property {number | null} channelAxis
 */

/** @typedef {ImageLayout | {kind: "table"} | {kind: "empty"}} Layout */

/**
 * What the user chose.
 *
 * @typedef {object} AxesChoice
 * @property {readonly number[]} [shown] axes of rows and columns; default: the last two
 * @property {boolean} [separate] channels are not blended, but have a slider
 */

/** More channels than that are not told apart by colours. */
const mostChannels = 16;

/**
 * @param {Stream} stream
 * @param {AxesChoice} [choice]
 * @returns {Layout}
 */
export function layoutOf(stream, choice = {}) {
  const { kind, shape, metadata } = stream;
  const code = stream.dtype?.slice(1);
  const dtype = plainDtypes.find((plain) => plain?.code === code) ?? null;
  if (kind === "log" || dtype === null || shape.length < 2) return { kind: "table" };
  if (shape.includes(0)) return { kind: "empty" };
  const hasColours = isColour(dtype.code, shape, metadata.rgb);
  const blendedAxis = hasColours || choice.separate ? null : channelAxisOf(stream);
  const channelAxis = hasColours ? shape.length - 1 : blendedAxis;
  const spatial = [...shape.keys()].filter((axis) => axis !== channelAxis);
  const shownAxes = shownOf(spatial, choice.shown);
  const leadingAxes = spatial.filter((axis) => !shownAxes.includes(axis));
  return {
    kind: "image",
    dtype,
    height: shape[shownAxes[0]],
    width: shape[shownAxes[1]],
    channels: channelAxis === null ? 1 : shape[channelAxis],
    blended: blendedAxis !== null,
    leading: leadingAxes.map((axis) => shape[axis]),
    leadingAxes,
    shownAxes,
    channelAxis,
  };
}

/**
 * @param {number[]} spatial
 * @param {readonly number[] | undefined} wanted
 * @returns {[number, number]}
 */
function shownOf(spatial, wanted) {
  const isValid =
    wanted?.length === 2 && wanted[0] !== wanted[1] && wanted.every((axis) => spatial.includes(axis));
  const [row, column] = isValid ? wanted : spatial.slice(-2);
  return [row, column];
}

/**
 * A last axis of 3 or 4 bytes is taken for colour, as napari does, unless metadata say `rgb`.
 *
 * @param {string} code
 * @param {number[]} shape
 * @param {unknown} said
 */
function isColour(code, shape, said) {
  const last = shape[shape.length - 1];
  const possible = shape.length >= 3 && ["u1", "u2", "f4"].includes(code);
  const isSaid = said === true || (said === undefined && code === "u1");
  return possible && isSaid && (last === 3 || last === 4);
}

/**
 * The axis of channels: the one that metadata's `axes` call so, else the first one with as many
 * elements as metadata's list `channels`.
 *
 * @param {Stream} stream
 * @returns {number | null}
 */
export function channelAxisOf({ shape, metadata }) {
  if (shape.length < 3) return null;
  const isPossible = (/** @type {number} */ axis) => shape[axis] > 1 && shape[axis] <= mostChannels;
  const axes = [...shape.keys()];
  const names = Array.isArray(metadata.axes) ? metadata.axes.map((name) => String(name)) : [];
  const named = axes.find((axis) => /^c(hannels?)?$/i.test(names[axis] ?? ""));
  if (named !== undefined) return isPossible(named) ? named : null;
  const { channels } = metadata;
  if (!Array.isArray(channels)) return null;
  return axes.find((axis) => shape[axis] === channels.length && isPossible(axis)) ?? null;
}

/**
 * @param {Stream} stream
 * @param {number} axis
 */
export function axisName({ metadata }, axis) {
  const { axes } = metadata;
  return Array.isArray(axes) ? String(axes[axis] ?? `axis ${axis}`) : `axis ${axis}`;
}

/**
 * Number of the plane of the given indices, as the header of a view's data tells it.
 *
 * @param {ImageLayout} layout
 * @param {readonly number[]} indices one a leading axis
 */
export function planeNumber(layout, indices) {
  return layout.leading.reduce((flat, extent, axis) => flat * extent + indices[axis], 0);
}
