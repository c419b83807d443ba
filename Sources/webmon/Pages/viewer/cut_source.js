// @ts-check
/**
 * One plane of n-D frames; of a large one the part that is seen, as small as it is seen.
 */

import { planeNumber } from "../image/layout.js";
import { WholeSource } from "./whole_source.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/view.js").ViewPlace} ViewPlace */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/view.js").View} View */

/** So much more than what is seen is asked for, of its height and width, on each side. */
const margin = 0.25;

export class CutSource extends WholeSource {
  /**
   * @param {import("../image/renderer.js").Renderer} renderer
   * @param {ImageLayout} layout
   * @param {(place: ViewPlace) => void} ask
   * @param {boolean} isLarge whether only the part that is seen is asked for
   */
  constructor(renderer, layout, ask, isLarge) {
    super(renderer, layout);
    /** @private */
    this.ask = ask;
    /** @private */
    this.isLarge = isLarge;
    /** @private what is asked for, as text */
    this.asked = "";
    /** @private @type {number[]} */
    this.region = [];
    /** @private */
    this.level = -1;
    /** @private @type {number | null} null: none was looked at yet */
    this.plane = null;
    /** @private @type {{frame: Frame, patch: import("../image/patch.js").Patch} | null} a larger
     *   part, coarser, to be seen where the one that is asked for is not here yet */
    this.under = null;
  }

  /**
   * @protected
   * @override
   * @param {Frame} frame
   */
  fits(frame) {
    return this.plane === null || frame.plane === this.plane;
  }

  /**
   * @override
   * @param {View} view
   * @param {readonly number[]} indices
   */
  look(view, indices) {
    const plane = planeNumber(this.layout, indices);
    const isOther = this.plane !== null && plane !== this.plane;
    this.plane = plane;
    if (isOther) {
      this.ring.clear();
      this.dropUnder();
    }
    if (this.isLarge) this.frame(view);
    const { level, region } = this;
    const place = this.isLarge ? { index: [...indices], level, region } : { index: [...indices] };
    const asked = JSON.stringify(place);
    if (asked === this.asked) return isOther;
    this.asked = asked;
    this.ask(place);
    return isOther;
  }

  /** Which level and region a large frame is asked for. @private @param {View} view */
  frame(view) {
    const level = Math.max(0, Math.round(Math.log2(1 / view.placement.zoom)));
    const [y0, x0, y1, x1] = view.visible;
    const [top, left, bottom, right] = this.region;
    const isInside = y0 >= top && x0 >= left && y1 <= bottom && x1 <= right;
    if (level === this.level && isInside) return;
    const { height, width } = this.layout;
    const [tall, wide] = [margin * (y1 - y0), margin * (x1 - x0)];
    const outward = (/** @type {number} */ value, /** @type {number} */ extent) =>
      Math.min(extent, Math.max(0, Math.round(value)));
    this.level = level;
    this.region = [
      outward(y0 - tall, height),
      outward(x0 - wide, width),
      outward(y1 + tall, height),
      outward(x1 + wide, width),
    ];
    // Frames of another part are none to step to.
    this.ring.clear();
  }

  /** @override @param {import("./source.js").Taking} mode */
  take(mode) {
    const before = this.shown;
    const patch = this.patch;
    const next = this.waiting.filter((frame) => this.fits(frame)).at(-1);
    // What is finer lies over what was seen before; that is kept in a texture of its own.
    const isFiner = before !== null && next !== undefined && next.level < before.level;
    if (before !== null && patch !== null && isFiner && mode !== "none") {
      this.dropUnder();
      this.under = { frame: before, patch };
      this.patch = null;
    }
    const taken = super.take(mode);
    if (this.shown !== null && this.under !== null && this.shown.level >= this.under.frame.level) {
      this.dropUnder();
    }
    return taken;
  }

  /** @private */
  dropUnder() {
    if (this.under !== null) this.renderer.free(this.under.patch);
    this.under = null;
  }

  /**
   * @override
   * @param {View} view
   * @param {boolean} join
   */
  pieces(view, join) {
    const own = super.pieces(view, join);
    if (this.under === null) return own;
    const { frame, patch } = this.under;
    const { height, width } = this.layout;
    const { level, y, x } = frame;
    return [{ patch, level, y, x, clip: /** @type {const} */ ([0, 0, height, width]) }, ...own];
  }

  /** @override */
  restore() {
    this.under = null;
    super.restore();
  }

  /** @override */
  end() {
    this.dropUnder();
    super.end();
  }
}
