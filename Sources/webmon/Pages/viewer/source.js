// @ts-check
/**
 * Where an image view gets its numbers from: whole frames, views of frames, or tiles of an array.
 */

import { CutSource } from "./cut_source.js";
import { overviewLevel, TileSource } from "./tile_source.js";
import { WholeSource } from "./whole_source.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/renderer.js").Renderer} Renderer */
/** @typedef {import("../image/renderer.js").Piece} Piece */
/** @typedef {import("./block.js").Block} Block */
/** @typedef {import("../image/view.js").View} View */

/**
 * @typedef {object} Source
 * @property {Frame | null} shown the newest one of what is shown
 * @property {number | null} sequence the commit that is shown; null while not all of it is here
 * @property {boolean} isHere whether the plane that is looked at is on screen
 * @property {(frame: Frame) => void} offer data came
 * @property {(viewed: import("../client/subscription.js").Viewed) => void} viewed
 * @property {(mode: Taking) => Taken} take brings what came to the graphics processor
 * @property {(view: View, indices: readonly number[]) => boolean} look asks for what is to be seen;
 *   says whether that is another plane
 * @property {(view: View, join: boolean) => Piece[]} pieces what to draw, those behind first
 * @property {(level: number, y0: number, x0: number, y1: number, x1: number) => Block[]} held
 *   blocks of a level, of the plane that is shown, that meet a rectangle
 * @property {number} coarsest level at which something is held
 * @property {() => Block[]} sample blocks that tell what the plane's numbers are like
 * @property {(step: number) => boolean} step shows a frame that is held; false: it is not here
 * @property {(base: number) => void} rebase what is taken away from numbers that are converted
 * @property {() => void} restore the graphics context came back, empty
 * @property {() => void} end
 */

/**
 * How frames are taken: each as it comes, none, or the next one only.
 *
 * @typedef {"all" | "none" | "one"} Taking
 */

/**
 * @typedef {object} Taken
 * @property {boolean} isNew whether another picture is to be drawn
 * @property {Frame[]} frames those whose credits go back when it was drawn
 */

/** More pixels than that come as a part, or smaller, where not all can be seen. */
const largestWhole = 16_777_216;

/** Pixels of the longer side of a large frame, as it is asked for at first. */
const firstExtent = 2048;

/**
 * How a stream is asked for.
 *
 * @param {Stream} stream
 * @param {ImageLayout} layout
 * @param {readonly number[]} indices
 * @returns {{kind: "whole" | "cut" | "tiles",
 *   options: import("../client/subscription.js").SubscribeOptions}}
 */
export function sourcePlan(stream, layout, indices) {
  const { shownAxes, channelAxis } = layout;
  const channels = channelAxis ?? undefined;
  const place = { axes: [...shownAxes], channels, index: [...indices] };
  if (stream.kind === "array") {
    const level = overviewLevel(layout);
    return { kind: "tiles", options: { ...place, level, credits: 24 } };
  }
  const isPlane = layout.leading.every((extent) => extent === 1);
  const order = channelAxis === null ? shownAxes : [...shownAxes, channelAxis];
  const isInOrder = order.every((axis, i) => i === 0 || axis > order[i - 1]);
  const isLarge = layout.width * layout.height > largestWhole;
  if (isPlane && isInOrder && !isLarge) return { kind: "whole", options: { credits: 2 } };
  if (!isLarge) return { kind: "cut", options: { ...place, credits: 2 } };
  // All of it, small, until it is known which part is seen.
  const level = Math.ceil(Math.log2(Math.max(layout.width, layout.height) / firstExtent));
  return { kind: "cut", options: { ...place, credits: 2, level } };
}

/**
 * @param {"whole" | "cut" | "tiles"} kind
 * @param {Renderer} renderer
 * @param {ImageLayout} layout
 * @param {(place: import("../client/view.js").ViewPlace & {fresh?: boolean}) => void} ask
 * @returns {Source}
 */
export function makeSource(kind, renderer, layout, ask) {
  if (kind === "whole") return new WholeSource(renderer, layout);
  if (kind === "cut") {
    const isLarge = layout.width * layout.height > largestWhole;
    return new CutSource(renderer, layout, ask, isLarge);
  }
  return new TileSource(renderer, layout, ask);
}
