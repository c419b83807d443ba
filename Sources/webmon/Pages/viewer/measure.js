// @ts-check
/**
 * Statistics of the numbers that are shown: of all, of one part of complex ones, or of each channel.
 */

import { everyNth } from "./block.js";
import { measurePlane, sampleSize } from "../image/statistics.js";

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/statistics.js").Statistics} Statistics */
/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/**
 * @param {readonly import("./block.js").Block[]} blocks at least one
 * @param {ImageLayout} layout
 * @param {import("../image/renderer.js").Manner["part"]} part of complex numbers
 * @returns {Statistics[]} one a channel that is blended, else one; none of phases
 */
export function measure(blocks, layout, part) {
  const { code, lanes } = layout.dtype;
  const array = blocks.length === 1 ? blocks[0].array : concatenated(blocks);
  if (layout.blended) {
    const { channels } = layout;
    const pixels = array.length / (channels * lanes);
    // An even step would look at the same columns of every row.
    const skip = Math.floor(pixels / sampleSize) | 1;
    const stride = channels * lanes * skip;
    return Array.from({ length: channels }, (_, channel) =>
      measurePlane(everyNth(array, stride, channel * lanes), code, 1),
    );
  }
  if (lanes === 1 || part === "magnitude") return [measurePlane(array, code, lanes, layout.channels)];
  if (part === "phase") return [];
  return [measurePlane(everyNth(array, 2, part === "real" ? 0 : 1), code, 1)];
}

/** @param {readonly import("./block.js").Block[]} blocks @returns {TypedArray} */
function concatenated(blocks) {
  const length = blocks.reduce((sum, { array }) => sum + array.length, 0);
  const Type = /** @type {new (length: number) => TypedArray} */ (blocks[0].array.constructor);
  const all = new Type(length);
  let at = 0;
  for (const { array } of blocks) {
    all.set(/** @type {any} */ (array), at);
    at += array.length;
  }
  return all;
}
