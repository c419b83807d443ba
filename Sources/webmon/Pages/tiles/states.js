// @ts-check
/**
 * The states of a tile, the most severe last: summaries show the largest one.
 */

/**
 * @typedef {object} TileState
 * @property {string} name
 * @property {string} meaning
 * @property {[number, number, number]} color 0 to 255
 */

/** By their numbers in the events. @type {readonly TileState[]} */
export const states = [
  { name: "nothing", meaning: "nothing is known of it, or it was evicted", color: [0, 0, 0] },
  { name: "cached", meaning: "in memory, not on screen", color: [47, 125, 184] },
  { name: "wanted", meaning: "waits to be loaded", color: [139, 146, 155] },
  { name: "loading", meaning: "is being read or made", color: [233, 160, 41] },
  { name: "drawn", meaning: "on the producer's screen now", color: [224, 49, 60] },
  { name: "failed", meaning: "could not be loaded; it has stripes", color: [176, 58, 208] },
];

export const evicted = 0;
export const failed = 5;
/** No state of a tile: as many events as `nbytes` says follow, and they are all there is. */
export const restated = 255;

/** Colours of the levels, the finest first. @type {readonly [number, number, number][]} */
export const levelColors = [
  [76, 120, 208],
  [58, 161, 122],
  [214, 140, 47],
  [190, 77, 102],
  [129, 97, 190],
  [62, 158, 184],
  [156, 143, 58],
  [181, 104, 170],
];

/** @param {readonly number[]} color */
export function cssColor(color) {
  return `rgb(${color.join(" ")})`;
}
