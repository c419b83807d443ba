// @ts-check
/**
 * Frames that come whole, or as one plane: the newest is shown, the last ones are held.
 */

import { blockOf } from "./block.js";
import { FrameRing } from "./frame_ring.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/view.js").View} View */
/** @typedef {import("./block.js").Block} Block */
/** @typedef {import("./source.js").Source} Source */
/** @typedef {import("./source.js").Taking} Taking */

/** @implements {Source} */
export class WholeSource {
  /**
   * @param {import("../image/renderer.js").Renderer} renderer
   * @param {ImageLayout} layout
   */
  constructor(renderer, layout) {
    /** @type {Frame | null} */
    this.shown = null;
    /** @protected */
    this.renderer = renderer;
    /** @protected */
    this.layout = layout;
    /** @protected */
    this.ring = new FrameRing();
    /** @protected @type {Frame[]} came since the last drawing; as many as there are credits */
    this.waiting = [];
    /** @protected @type {import("../image/patch.js").Patch | null} */
    this.patch = null;
    /** @protected whether the textures do not hold what is shown */
    this.stale = false;
    /** @protected */
    this.base = 0;
  }

  get sequence() {
    return this.shown?.sequence ?? null;
  }

  get coarsest() {
    return this.shown?.level ?? 0;
  }

  /** Whether the plane that is looked at is on screen. */
  get isHere() {
    return this.shown !== null && this.fits(this.shown);
  }

  /** @param {Frame} frame */
  offer(frame) {
    this.waiting.push(frame);
  }

  viewed() {}

  /**
   * Whether a frame that came is of what is looked at now.
   *
   * @protected
   * @param {Frame} _frame
   */
  fits(_frame) {
    return true;
  }

  /** @param {Taking} mode */
  take(mode) {
    const wanted = this.waiting.filter((frame) => this.fits(frame));
    const newest = wanted.at(-1);
    const isNewer = newest !== undefined && newest.sequence > (this.ring.newest?.sequence ?? 0);
    const fresh = mode === "all" || (mode === "one" && isNewer) ? newest : undefined;
    for (const frame of this.waiting) if (frame !== fresh) frame.recycle();
    this.waiting = [];
    if (fresh !== undefined) {
      this.ring.add(fresh);
      this.shown = fresh;
      this.stale = true;
    }
    const isNew = this.stale;
    this.refresh();
    return { isNew, frames: fresh === undefined ? [] : [fresh] };
  }

  /** @private */
  refresh() {
    if (!this.stale || this.shown === null) return;
    this.stale = false;
    const { array, h, w } = blockOf(this.shown, this.layout);
    this.patch = this.renderer.upload(this.patch, this.layout, array, h, w, this.base);
  }

  /**
   * @param {View} _view
   * @param {readonly number[]} _indices
   */
  look(_view, _indices) {
    return false;
  }

  /**
   * @param {View} _view
   * @param {boolean} _join
   * @returns {import("../image/renderer.js").Piece[]}
   */
  pieces(_view, _join) {
    if (this.shown === null || this.patch === null) return [];
    const { level, y, x } = this.shown;
    const { height, width } = this.layout;
    return [{ patch: this.patch, level, y, x, clip: [0, 0, height, width] }];
  }

  /** @param {number} level */
  held(level) {
    return this.sample().filter((block) => block.level === level);
  }

  /** @returns {Block[]} */
  sample() {
    return this.shown === null ? [] : [blockOf(this.shown, this.layout)];
  }

  /** @param {number} step */
  step(step) {
    const found = this.shown === null ? null : this.ring.neighbour(this.shown, step);
    if (found === null) return false;
    this.shown = found;
    this.stale = true;
    return true;
  }

  /** @param {number} base */
  rebase(base) {
    if (base === this.base) return;
    this.base = base;
    if (this.patch?.format.shifted === false) return;
    this.stale = this.shown !== null;
    this.refresh();
  }

  restore() {
    this.patch = null;
    this.stale = this.shown !== null;
  }

  end() {
    for (const frame of this.waiting) frame.skip();
    this.waiting = [];
    if (this.patch !== null) this.renderer.free(this.patch);
    this.patch = null;
  }
}
