// @ts-check
/**
 * Paints the chosen stream on a small canvas, with the same upload and drawing as the Viewer, so
 * that the last hops can be measured of a stream that nobody else looks at.
 */

import { afterNextPaint } from "../client/paint.js";
import { element, setText } from "../shell/element.js";
import { firstPlane, plainLayoutOf, PlainPicture } from "../image/plain_picture.js";

/** @typedef {import("../webmon.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */

/** Values that are looked at to choose the contrast. */
const looks = 4096;

export class Painter {
  /** @param {HTMLElement} container */
  constructor(container) {
    /** @private */
    this.canvas = element("canvas", { role: "img", "aria-label": "The newest frame", hidden: "" });
    /** @private in place of the picture */
    this.text = element("p", { class: "muted" });
    container.append(this.canvas, this.text);
    /** @private @type {PlainPicture | null} */
    this.picture = null;
    /** @private @type {ImageLayout | null} */
    this.layout = null;
    /** @private @type {Stream | null} */
    this.stream = null;
    /** @private @type {Frame[]} came since the last drawing */
    this.waiting = [];
  }

  /** Frames of this stream follow; null: none. @param {Stream | null} stream */
  begin(stream) {
    for (const frame of this.waiting) frame.skip();
    this.waiting = [];
    this.stream = stream;
    this.layout = stream === null ? null : plainLayoutOf(stream);
    try {
      if (this.layout !== null) this.picture ??= new PlainPicture(this.canvas);
    } catch {
      this.layout = null; // Without WebGL2, numbers in its place.
    }
    this.canvas.hidden = this.layout === null;
    this.text.hidden = this.layout !== null;
    setText(this.text, stream === null ? "nothing is painted" : "nothing came yet");
  }

  /** @param {Frame} frame */
  offer(frame) {
    this.waiting.push(frame);
    if (this.waiting.length === 1) requestAnimationFrame(() => this.paint());
  }

  /** @private */
  paint() {
    const frame = this.waiting.pop();
    for (const older of this.waiting) older.recycle();
    this.waiting = [];
    if (frame === undefined) return;
    const { layout, picture } = this;
    if (layout === null || picture === null || picture.lost || !this.fits(frame)) {
      setText(this.text, `${frame.opcode} ${frame.sequence}`);
      this.text.hidden = false;
      this.canvas.hidden = true;
      afterNextPaint(() => frame.painted());
      return;
    }
    const plane = firstPlane(layout, frame.array);
    const size = Math.round(this.canvas.clientWidth * devicePixelRatio) || 1;
    if (this.canvas.width !== size) [this.canvas.width, this.canvas.height] = [size, size];
    const look = { limits: this.limits(plane), gamma: 1, colormap: "gray" };
    picture.upload(layout, plane);
    picture.draw(look, [0.1, 0.1, 0.1]);
    picture.whenDone(() => {
      frame.painted();
      frame.recycle();
    });
  }

  /** A frame that is not as it was described is not drawn. @private @param {Frame} frame */
  fits(frame) {
    const { stream } = this;
    return stream !== null && frame.shape.join() === stream.shape.join() && frame.dtype !== null;
  }

  /** @private @param {import("../client/dtype.js").TypedArray} plane @returns {[number, number]} */
  limits(plane) {
    let low = Infinity;
    let high = -Infinity;
    const step = Math.max(1, Math.floor(plane.length / looks));
    for (let i = 0; i < plane.length; i += step) {
      const value = Number(plane[i]);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? [low, high] : [0, 1];
  }
}
