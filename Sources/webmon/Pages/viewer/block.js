// @ts-check
/**
 * Rectangles of a plane's numbers that the page holds, and what is taken from several of them.
 */

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("./picture.js").Cut} Cut */

/**
 * @typedef {object} Block
 * @property {TypedArray} array in C order: rows, columns, channels
 * @property {number} level
 * @property {number} y of its first row, in pixels of the level
 * @property {number} x
 * @property {number} h
 * @property {number} w
 */

/**
 * @param {Frame} frame
 * @param {ImageLayout} layout
 * @returns {Block}
 */
export function blockOf(frame, layout) {
  const { level, y, x, array } = frame;
  // No height and width: it is everything.
  const [h, w] = frame.h === 0 ? [layout.height, layout.width] : [frame.h, frame.w];
  return { array, level, y, x, h, w };
}

/**
 * Why a frame cannot be what its stream's description says; textures are made for that.
 *
 * @param {Frame} frame
 * @param {ImageLayout} layout
 * @returns {string} "" if it can
 */
export function misfit(frame, layout) {
  const { dtype, channels } = layout;
  if (frame.dtype?.code !== dtype.code) {
    return `The server sent ${frame.dtype?.name ?? "records"}, not ${dtype.name}.`;
  }
  const scale = 2 ** frame.level;
  const [h, w] = frame.h === 0 ? [layout.height, layout.width] : [frame.h, frame.w];
  const isInside =
    frame.y + h <= Math.ceil(layout.height / scale) && frame.x + w <= Math.ceil(layout.width / scale);
  const count = h * w * channels * dtype.itemsize;
  if (isInside && count === frame.nbytes) return "";
  return (
    `The server sent ${dtype.name} of shape (${frame.shape.join(", ")}) for ${h} × ${w} pixels ` +
    `at (${frame.y}, ${frame.x}) of level ${frame.level}, in an image of ` +
    `${layout.height} × ${layout.width}.`
  );
}

/**
 * A rectangle of one level out of blocks that do not overlap.
 *
 * @param {readonly Block[]} blocks of one level
 * @param {ImageLayout} layout
 * @param {number} y0 in pixels of the level @param {number} x0 @param {number} y1 @param {number} x1
 * @returns {TypedArray | null} null where the blocks do not cover it
 */
export function joined(blocks, layout, y0, x0, y1, x1) {
  const length = layout.channels * layout.dtype.lanes;
  const [height, width] = [y1 - y0, x1 - x0];
  /** @type {TypedArray | null} */
  let array = null;
  let covered = 0;
  for (const block of blocks) {
    const top = Math.max(y0, block.y);
    const left = Math.max(x0, block.x);
    const rows = Math.min(y1, block.y + block.h) - top;
    const columns = Math.min(x1, block.x + block.w) - left;
    if (rows <= 0 || columns <= 0) continue;
    array ??= makeAlike(block.array, height * width * length);
    covered += rows * columns;
    for (let row = top; row < top + rows; row += 1) {
      const from = ((row - block.y) * block.w + left - block.x) * length;
      const to = ((row - y0) * width + left - x0) * length;
      array.set(/** @type {any} */ (block.array.subarray(from, from + columns * length)), to);
    }
  }
  return covered === height * width ? array : null;
}

/** @param {TypedArray} array @param {number} length @returns {TypedArray} */
function makeAlike(array, length) {
  const Type = /** @type {new (length: number) => TypedArray} */ (array.constructor);
  return new Type(length);
}

/**
 * Numbers of a rectangle of the plane, of the finest level at which all of it is held.
 *
 * @param {(level: number, y0: number, x0: number, y1: number, x1: number) => Block[]} held
 * @param {number} coarsest level
 * @param {ImageLayout} layout
 * @param {readonly number[]} rectangle [y0, x0, y1, x1] in pixels of level 0
 * @returns {Cut | null}
 */
export function cutOf(held, coarsest, layout, rectangle) {
  const { dtype, channels, height, width } = layout;
  const top = Math.max(0, Math.floor(rectangle[0]));
  const left = Math.max(0, Math.floor(rectangle[1]));
  const bottom = Math.min(height, Math.ceil(rectangle[2]));
  const right = Math.min(width, Math.ceil(rectangle[3]));
  if (!(bottom > top && right > left)) return null;
  for (let level = 0; level <= coarsest; level += 1) {
    const step = 2 ** level;
    const [y0, x0] = [Math.floor(top / step), Math.floor(left / step)];
    const [y1, x1] = [Math.ceil(bottom / step), Math.ceil(right / step)];
    const array = joined(held(level, y0, x0, y1, x1), layout, y0, x0, y1, x1);
    if (array !== null) {
      return { array, dtype, lanes: dtype.lanes, channels, height: y1 - y0, width: x1 - x0, step };
    }
  }
  return null;
}

/**
 * The numbers of one channel, or of one part of complex numbers.
 *
 * @param {TypedArray} array
 * @param {number} stride
 * @param {number} offset
 * @returns {TypedArray}
 */
export function everyNth(array, stride, offset) {
  const taken = makeAlike(array, Math.floor(array.length / stride));
  for (let i = 0; i < taken.length; i += 1) taken[i] = array[i * stride + offset];
  return taken;
}
