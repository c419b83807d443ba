// @ts-check
/**
 * A stream's images on a canvas of their own: takes frames, draws the newest on the next animation
 * frame, and gives their credits back once they are drawn.
 */

import { element } from "../shell/element.js";
import { planeOf } from "../image/layout.js";
import { Contrast } from "./contrast.js";
import { FrameRing } from "./frame_ring.js";
import { pixelText } from "../image/pixel.js";
import { followPointer } from "../image/pointer.js";
import { Renderer } from "../image/renderer.js";
import { measurePlane } from "../image/statistics.js";
import { View } from "../image/view.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */

/** Milliseconds between two measurements of a plane, for contrast and histogram. */
const measureEvery = 300;

/**
 * @typedef {object} ImageViewOptions
 * @property {string} [suffix] of the ids of its elements: "" for the stream, "2" for the one that
 *   it is compared with
 * @property {() => void} [onContext] the graphics context was lost or came back
 * @property {(wanted: boolean) => void} [onFlow] frames are wanted, or none are
 */

/** @implements {Picture} */
export class ImageView {
  /**
   * @param {HTMLElement} stage a positioned box; the canvas is put into it, before all else
   * @param {ImageViewOptions} [options]
   */
  constructor(stage, { suffix = "", onContext = () => {}, onFlow = () => {} } = {}) {
    this.stage = stage;
    this.canvas = element("canvas", {
      id: `canvas${suffix}`,
      tabindex: "0",
      role: "img",
      "aria-label": "Image",
      hidden: "",
    });
    this.renderer = new Renderer(this.canvas);
    stage.prepend(this.canvas);
    this.contrast = new Contrast(() => this.requestDraw(), suffix);
    this.view = new View();
    /** @type {ImageLayout | null} */
    this.layout = null;
    /** @type {Frame | null} the one on screen */
    this.shown = null;
    /** @type {Stream | null} */
    this.stream = null;
    /** @type {number[]} one a leading axis */
    this.indices = [];
    this.frozen = false;
    /** @private */
    this.onFlow = onFlow;
    /** @private */
    this.ring = new FrameRing();
    /** @private whether the next new frame freezes the picture again */
    this.takesOne = false;
    /** @private @type {Set<() => void>} */
    this.drawnListeners = new Set();
    /** @private @type {Frame[]} came since the last drawing; as many as there are credits */
    this.waiting = [];
    /** @private */
    this.requested = false;
    /** @private whether another plane than the textures' is to be shown */
    this.stalePlane = false;
    /** @private */
    this.measuredAt = -Infinity;
    /** @private @type {Frame | null} */
    this.measuredFrame = null;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.measureTimer = undefined;
    this.listen(onContext);
  }

  /** @private @param {() => void} onContext */
  listen(onContext) {
    const { canvas, view } = this;
    followPointer(canvas, view);
    view.onChange(() => this.requestDraw());
    const resized = new ResizeObserver(([entry]) => {
      const size = entry.devicePixelContentBoxSize?.[0];
      const width = size?.inlineSize ?? Math.round(entry.contentRect.width * devicePixelRatio);
      const height = size?.blockSize ?? Math.round(entry.contentRect.height * devicePixelRatio);
      if (width === 0 || height === 0) return;
      [canvas.width, canvas.height] = [width, height];
      view.resize({ width, height });
      // At once and not on the next animation frame: a resized canvas is blank until drawn.
      this.draw();
    });
    resized.observe(canvas);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // Else it would not be given back.
      onContext();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.reset();
      this.stalePlane = true;
      this.requestDraw();
      onContext();
    });
    document.addEventListener("themechange", () => this.requestDraw());
    canvas.addEventListener("keydown", (event) => {
      const steps = /** @type {Record<string, [number, number]>} */ ({
        ArrowLeft: [1, 0],
        ArrowRight: [-1, 0],
        ArrowUp: [0, 1],
        ArrowDown: [0, -1],
      });
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const length = event.shiftKey ? 200 : 40;
      view.pan(step[0] * length, step[1] * length);
    });
  }

  /**
   * Calls back after a new picture was drawn: new data, or another plane.
   *
   * @param {() => void} listener
   * @returns {() => void} stops it
   */
  onDrawn(listener) {
    this.drawnListeners.add(listener);
    return () => this.drawnListeners.delete(listener);
  }

  /**
   * Frames of a stream follow, or of a new generation of it.
   *
   * @param {Stream} stream
   * @param {ImageLayout} layout
   * @param {readonly number[]} indices one a leading axis
   */
  begin(stream, layout, indices) {
    this.stream = stream;
    this.layout = layout;
    this.indices = [...indices];
    this.ring.clear();
    this.canvas.hidden = false;
    this.measuredAt = -Infinity;
    this.view.show({ width: layout.width, height: layout.height });
    this.contrast.begin(layout, stream.metadata);
    this.canvas.setAttribute("aria-label", `Image of the stream ${stream.name}`);
  }

  /** Nothing of the stream is to be seen any more. */
  end() {
    for (const frame of this.waiting) frame.skip();
    this.waiting = [];
    this.shown = null;
    this.layout = null;
    this.stream = null;
    this.ring.clear();
    this.frozen = false;
    this.takesOne = false;
    this.canvas.hidden = true;
    delete this.canvas.dataset.sequence;
    this.contrast.begin(null, {});
    this.drawn();
  }

  /** Shows another plane. @param {readonly number[]} indices one a leading axis */
  show(indices) {
    this.indices = [...indices];
    this.stalePlane = true;
    this.measuredAt = -Infinity;
    this.requestDraw();
  }

  /**
   * A frame came. It waits for the next animation frame; a hidden tab has none, so no credit
   * goes back and no more frames come than there are credits.
   *
   * @param {Frame} frame
   */
  offer(frame) {
    this.waiting.push(frame);
    this.requestDraw();
  }

  /** @param {boolean} wanted */
  freeze(wanted) {
    this.takesOne = false;
    if (wanted === this.frozen) return;
    this.frozen = wanted;
    this.onFlow(!wanted);
  }

  /** @param {number} count frames on, or back if less than 0 */
  step(count) {
    if (this.shown === null) return;
    this.freeze(true);
    const found = this.ring.neighbour(this.shown, count);
    if (found === null) {
      this.takesOne = true;
      this.onFlow(true);
    } else {
      this.put(found);
      this.requestDraw();
    }
  }

  /** @private @param {Frame} frame */
  put(frame) {
    this.shown = frame;
    this.stalePlane = true;
  }

  requestDraw() {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame(() => {
      this.requested = false;
      this.draw();
    });
  }

  /** @private The newest frame that came and is wanted; the others' credits go back. */
  takeFrame() {
    const fresh = this.waiting.pop() ?? null;
    for (const older of this.waiting) older.skip();
    this.waiting = [];
    if (fresh === null) return null;
    const isOld = fresh.sequence <= (this.ring.newest?.sequence ?? 0);
    if (fresh.generation !== this.stream?.generation || (this.frozen && (!this.takesOne || isOld))) {
      fresh.skip();
      return null;
    }
    if (this.takesOne) {
      this.takesOne = false;
      this.onFlow(false);
    }
    this.ring.add(fresh);
    this.put(fresh);
    return fresh;
  }

  /** @private */
  draw() {
    const { renderer, layout } = this;
    if (layout === null || renderer.lost) return;
    const fresh = this.takeFrame();
    if (this.shown === null || this.shown.generation !== this.stream?.generation) return;
    const isNew = this.stalePlane;
    if (isNew) {
      this.stalePlane = false;
      renderer.upload(layout, this.plane);
      this.measureSometimes();
    }
    renderer.draw(this.view.placement, this.contrast.look, this.background);
    if (isNew) this.drawn();
    if (fresh === null) return;
    const { sequence } = fresh;
    renderer.whenDone(() => {
      this.canvas.dataset.sequence = String(sequence);
      fresh.painted();
    });
  }

  /** @private */
  drawn() {
    for (const listener of this.drawnListeners) listener();
  }

  /** @returns {Promise<Blob>} a PNG of the canvas as it is seen */
  snapshot() {
    // Drawn anew: what the canvas held is gone once it was on screen.
    this.draw();
    return new Promise((resolve, reject) => {
      this.canvas.toBlob((blob) => {
        if (blob !== null) resolve(blob);
        else reject(new Error("the browser made no picture of the canvas"));
      });
    });
  }

  /** @private The numbers that are shown. */
  get plane() {
    if (this.shown === null || this.layout === null) throw new Error("no frame is shown");
    const { start, count } = planeOf(this.layout, this.indices);
    const { lanes } = this.layout.dtype;
    return this.shown.array.subarray(start * lanes, (start + count) * lanes);
  }

  /** @private whether a frame of the present generation is shown */
  get holds() {
    return this.shown !== null && this.shown.generation === this.stream?.generation;
  }

  /** @param {number} row @param {number} column @returns {string} "" where it is not here yet */
  valueText(row, column) {
    if (this.layout === null || !this.holds) return "";
    return pixelText(this.plane, this.layout, row, column);
  }

  /**
   * Numbers of the plane, of the pixels from (y0, x0) to before (y1, x1).
   *
   * @param {number} y0 @param {number} x0 @param {number} y1 @param {number} x1
   * @returns {import("./picture.js").Cut | null}
   */
  cut(y0, x0, y1, x1) {
    const { layout } = this;
    if (layout === null || !this.holds) return null;
    const { dtype, channels, width: across } = layout;
    const [top, left] = [Math.max(0, Math.floor(y0)), Math.max(0, Math.floor(x0))];
    const height = Math.min(layout.height, Math.ceil(y1)) - top;
    const width = Math.min(across, Math.ceil(x1)) - left;
    if (height <= 0 || width <= 0) return null;
    const { plane } = this;
    const length = channels * dtype.lanes;
    const array = plane.slice(0, height * width * length);
    for (let row = 0; row < height; row += 1) {
      const from = ((top + row) * across + left) * length;
      array.set(/** @type {any} */ (plane.subarray(from, from + width * length)), row * width * length);
    }
    return { array, dtype, lanes: dtype.lanes, channels, height, width, step: 1 };
  }

  /** @private Not for every frame, but for the last one of a burst too. */
  measureSometimes() {
    const wait = this.measuredAt + measureEvery - performance.now();
    if (wait <= 0) {
      this.measure();
      return;
    }
    this.measureTimer ??= setTimeout(() => {
      this.measureTimer = undefined;
      if (this.shown !== null && this.shown !== this.measuredFrame) {
        this.measure();
        this.requestDraw();
      }
    }, wait);
  }

  /** @private */
  measure() {
    if (this.layout === null || !this.holds) return;
    const { code, lanes } = this.layout.dtype;
    this.measuredAt = performance.now();
    this.measuredFrame = this.shown;
    this.contrast.update(measurePlane(this.plane, code, lanes));
  }

  /** @private @returns {[number, number, number]} */
  get background() {
    const text = getComputedStyle(this.canvas).getPropertyValue("--stage").trim();
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
    return [red, green, blue];
  }
}
