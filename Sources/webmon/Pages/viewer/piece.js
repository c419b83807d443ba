// @ts-check
/**
 * Numbers of what a picture shows, with where they lie.
 */

/**
 * @param {import("./picture.js").Picture} picture
 * @param {{y0: number, x0: number, y1: number, x1: number}} bounds pixels of the image
 * @returns {import("../image/line_profile.js").Piece | null} null if nothing is held there
 */
export function pieceOf(picture, { y0, x0, y1, x1 }) {
  const cut = picture.cut(y0, x0, y1, x1);
  if (cut === null) return null;
  const { array, dtype, channels, height, width, step } = cut;
  const origin = (/** @type {number} */ from) => Math.floor(Math.max(0, from) / step) * step;
  return { array, code: dtype.code, channels, height, width, step, y: origin(y0), x: origin(x0) };
}

/** What is said of numbers that were not taken from the image itself. @param {number} step */
export function stepNote(step) {
  return step === 1 ? "" : `Of a coarser level: each value stands for ${step} × ${step} pixels.`;
}

const colourNames = ["red", "green", "blue", "alpha"];

/** @param {number} channel @param {number} channels */
export function channelName(channel, channels) {
  return channels === 1 ? "" : (colourNames[channel] ?? `channel ${channel}`);
}
