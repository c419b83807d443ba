// @ts-check
/**
 * The values along a straight line over a plane.
 */

import { numberReader } from "./numbers.js";

/** @typedef {import("./numbers.js").ReadNumber} ReadNumber */

/**
 * A piece of a plane, in C order.
 *
 * @typedef {object} Piece
 * @property {import("../client/dtype.js").TypedArray} array
 * @property {string} code of its dtype
 * @property {number} channels numbers (pairs, if complex) in a pixel
 * @property {number} height
 * @property {number} width
 * @property {number} y where its first row is, in pixels of the image
 * @property {number} x
 * @property {number} step pixels of the image for one of the piece
 */

/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Line continuous: a pixel's middle is at .5 */

/**
 * The rectangle of the image that a line of a width needs, in whole pixels.
 *
 * @param {Line} line
 * @param {number} width
 */
export function lineBounds({ x0, y0, x1, y1 }, width) {
  const margin = width / 2 + 1;
  return {
    y0: Math.floor(Math.min(y0, y1) - margin),
    x0: Math.floor(Math.min(x0, x1) - margin),
    y1: Math.ceil(Math.max(y0, y1) + margin),
    x1: Math.ceil(Math.max(x0, x1) + margin),
  };
}

/**
 * One value a pixel of length, from the first end to the last one, interpolated between the four
 * nearest pixels; of a wider line the mean of as many values side by side as it has pixels of
 * width. Past the image's edge there is no value: NaN.
 *
 * @param {Piece} piece
 * @param {Line} line
 * @param {number} width pixels
 * @param {ReadNumber} [read]
 * @returns {{values: Float64Array[], spacing: number}} one a channel; pixels between two values
 */
export function lineProfile(piece, line, width, read = numberReader(piece.code)) {
  const { x0, y0, x1, y1 } = line;
  const length = Math.hypot(x1 - x0, y1 - y0);
  const count = Math.max(2, Math.round(length / piece.step) + 1);
  const [ux, uy] = length === 0 ? [1, 0] : [(x1 - x0) / length, (y1 - y0) / length];
  const across = Math.max(1, Math.round(width / piece.step));
  const values = Array.from({ length: piece.channels }, () => new Float64Array(count));
  for (let i = 0; i < count; i += 1) {
    const along = (i / (count - 1)) * length;
    for (let side = 0; side < across; side += 1) {
      const off = (side - (across - 1) / 2) * piece.step;
      const x = (x0 + ux * along - uy * off - piece.x) / piece.step - 0.5;
      const y = (y0 + uy * along + ux * off - piece.y) / piece.step - 0.5;
      for (let channel = 0; channel < piece.channels; channel += 1) {
        values[channel][i] += valueAt(piece, read, x, y, channel) / across;
      }
    }
  }
  return { values, spacing: length / (count - 1) };
}

/**
 * @param {Piece} piece
 * @param {ReadNumber} read
 * @param {number} x pixels of the piece: 0 is the middle of the first
 * @param {number} y
 * @param {number} channel
 */
function valueAt({ array, channels, width, height }, read, x, y, channel) {
  // Half a pixel past the outermost middles the image still is.
  if (!(x >= -0.5 && y >= -0.5 && x <= width - 0.5 && y <= height - 0.5)) return NaN;
  const [cx, cy] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [left, top] = [Math.floor(cx), Math.floor(cy)];
  const [sx, sy] = [cx - left, cy - top];
  let sum = 0;
  // A neighbour that has no share is not read: it may be NaN.
  for (const [row, share] of /** @type {const} */ ([[top, 1 - sy], [top + 1, sy]])) {
    if (share === 0) continue;
    const at = (row * width + left) * channels + channel;
    if (sx < 1) sum += share * (1 - sx) * read(array, at);
    if (sx > 0) sum += share * sx * read(array, at + channels);
  }
  return sum;
}
