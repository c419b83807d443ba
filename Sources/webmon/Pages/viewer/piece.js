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

/**
 * What the numbers of a pixel are called: of colours their own names, of blended channels what
 * metadata's `channels` say.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {number} channel
 * @returns {string} "" where there is but one
 */
export function channelName({ layout, stream }, channel) {
  if (layout === null || layout.channels === 1) return "";
  if (!layout.blended) return colourNames[channel];
  const channels = stream?.metadata.channels;
  const said = Array.isArray(channels) ? channels[channel] : undefined;
  const name = typeof said === "object" && said !== null ? said.name : said;
  return typeof name === "string" ? name : `channel ${channel}`;
}
