// @ts-check
/**
 * One whole plane on a canvas, fitted to it: for what is no viewer.
 */

import { layoutOf } from "./layout.js";
import { Renderer } from "./renderer.js";

/** @typedef {import("./layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/** @type {import("./renderer.js").Manner} */
const manner = { magnify: "nearest", shrink: "nearest", part: "magnitude" };

/**
 * A stream as an image of which the first plane can be shown; null if it is none.
 *
 * @param {import("../client/server.js").Stream} stream
 * @returns {ImageLayout | null}
 */
export function plainLayoutOf(stream) {
  const layout = layoutOf(stream, { separate: true });
  return layout.kind === "image" ? layout : null;
}

/**
 * The first plane of a whole frame's numbers.
 *
 * @param {ImageLayout} layout
 * @param {TypedArray} array
 */
export function firstPlane({ height, width, channels, dtype }, array) {
  return array.subarray(0, height * width * channels * dtype.lanes);
}

export class PlainPicture {
  /**
   * @param {HTMLCanvasElement} canvas
   * @throws {Error} the browser cannot draw
   */
  constructor(canvas) {
    this.canvas = canvas;
    this.renderer = new Renderer(canvas);
    /** @private @type {import("./patch.js").Patch | null} */
    this.patch = null;
  }

  get lost() {
    return this.renderer.lost;
  }

  /** Forgets what the context held, after it was lost. */
  reset() {
    this.patch = null;
    this.renderer.reset();
  }

  /** @param {ImageLayout} layout @param {TypedArray} plane */
  upload(layout, plane) {
    const { height, width } = layout;
    this.patch = this.renderer.upload(this.patch, layout, plane, height, width, 0);
  }

  /**
   * Draws what was uploaded last.
   *
   * @param {import("./renderer.js").Look} look
   * @param {[number, number, number]} background 0 to 1
   */
  draw(look, background) {
    const { canvas, patch } = this;
    if (patch === null) return;
    const { width, height } = patch;
    const zoom = Math.min(canvas.width / width, canvas.height / height);
    const x = Math.round((canvas.width - width * zoom) / 2);
    const y = Math.round((canvas.height - height * zoom) / 2);
    /** @type {import("./view.js").Placement} */
    const placement = { zoom, x, y, matrix: [zoom, 0, 0, zoom] };
    /** @type {import("./renderer.js").Piece} */
    const piece = { patch, level: 0, y: 0, x: 0, clip: [0, 0, height, width] };
    this.renderer.draw([piece], placement, [{ look, channel: 0 }], manner, background);
  }

  /** Calls back when what was drawn is there. @param {() => void} callback */
  whenDone(callback) {
    this.renderer.whenDone(callback);
  }
}
