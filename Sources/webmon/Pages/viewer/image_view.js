// @ts-check
/**
 * A stream's images on a canvas of their own: takes frames, draws the newest on the next animation
 * frame, and gives their credits back once they are drawn.
 */

import { onceAFrame } from "../shell/once_a_frame.js";
import { element, find } from "../shell/element.js";
import { cutOf, misfit } from "./block.js";
import { ChannelLooks } from "./channel_looks.js";
import { Contrast } from "./contrast.js";
import { measure } from "./measure.js";
import { makeSource } from "./source.js";
import { pixelText } from "../image/pixel.js";
import { followSize } from "../image/canvas_size.js";
import { followArrows, followPointer } from "../image/pointer.js";
import { Renderer } from "../image/renderer.js";
import { floatBase } from "../image/texture_format.js";
import { View } from "../image/view.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */

/** @typedef {"whole" | "cut" | "tiles"} Kind of the source */

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
    this.contrast = new Contrast(
      find(`#contrast${suffix}`, HTMLElement),
      () => this.requestDraw(),
      suffix,
    );
    this.view = new View();
    /** @type {ImageLayout | null} */
    this.layout = null;
    /** @type {Stream | null} */
    this.stream = null;
    /** @type {number[]} one a leading axis */
    this.indices = [];
    this.frozen = false;
    /** @private */
    this.onFlow = onFlow;
    /** How it is drawn; `requestDraw` after a change. @type {import("../image/renderer.js").Manner} */
    this.manner = { magnify: "nearest", shrink: "nearest", part: "magnitude" };
    /** What is drawn where channels are blended. */
    this.channels = new ChannelLooks();
    /** @private @type {import("./source.js").Source | null} */
    this.source = null;
    /** @private what is taken away from numbers that become 32-bit floats */
    this.base = 0;
    /** @private whether the next new frame freezes the picture again */
    this.takesOne = false;
    /** @private @type {Set<() => void>} */
    this.drawnListeners = new Set();
    /** Draws on the next animation frame. */
    this.requestDraw = onceAFrame(() => this.draw());
    /** @private whether the picture that is drawn next is another one */
    this.isNew = false;
    /** @private */
    this.measuredAt = -Infinity;
    /** @private of what `begin` was told */
    this.begun = "";
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.measureTimer = undefined;
    this.listen(onContext);
  }

  /** @private @param {() => void} onContext */
  listen(onContext) {
    const { canvas, view } = this;
    followPointer(canvas, view);
    view.onChange(() => this.requestDraw());
    followSize(canvas, (size) => {
      view.resize(size);
      this.draw();
    });
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // Else it would not be given back.
      onContext();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.reset();
      this.source?.restore();
      this.requestDraw();
      onContext();
    });
    document.addEventListener("themechange", () => this.requestDraw());
    followArrows(canvas, view);
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

  /** The newest frame of what is on screen. @returns {Frame | null} */
  get shown() {
    return this.source?.shown ?? null;
  }

  /** Whether the plane that is wanted is on screen. */
  get isHere() {
    return this.source?.isHere ?? false;
  }

  /**
   * Data of a stream follow, or of a new generation of it.
   *
   * @param {Stream} stream
   * @param {ImageLayout} layout
   * @param {readonly number[]} indices one a leading axis
   * @param {Kind} kind
   * @param {(place: import("../client/view.js").ViewPlace & {fresh?: boolean}) => void} ask for
   *   another part of the stream
   */
  begin(stream, layout, indices, kind, ask) {
    const text = JSON.stringify([stream.name, stream.generation, kind, layout]);
    if (text === this.begun) return; // The connection came back: what is here is still right.
    this.begun = text;
    this.source?.end();
    this.source = makeSource(kind, this.renderer, layout, ask);
    this.base = 0;
    this.stream = stream;
    this.layout = layout;
    this.indices = [...indices];
    this.canvas.hidden = false;
    this.measuredAt = -Infinity;
    this.view.show({ width: layout.width, height: layout.height });
    this.contrast.begin(layout.blended ? null : layout, stream.metadata);
    this.channels.begin(stream, layout);
    this.canvas.setAttribute("aria-label", `Image of the stream ${stream.name}`);
    this.requestDraw();
  }

  /** Nothing of the stream is to be seen any more. */
  end() {
    this.begun = "";
    this.source?.end();
    this.source = null;
    this.layout = null;
    this.stream = null;
    this.frozen = false;
    this.takesOne = false;
    this.canvas.hidden = true;
    delete this.canvas.dataset.sequence;
    this.contrast.begin(null, {});
    this.channels.begin(null, null);
    this.drawn();
  }

  /** Shows another plane. @param {readonly number[]} indices one a leading axis */
  show(indices) {
    this.indices = [...indices];
    this.measuredAt = -Infinity;
    if (this.frozen) this.takeOne();
    this.requestDraw();
  }

  /**
   * Data came. It waits for the next animation frame; a hidden tab has none, so no credit goes
   * back and no more comes than there are credits.
   *
   * @param {Frame} frame
   * @returns {string} what is wrong with it, "" if nothing
   */
  offer(frame) {
    if (this.source === null || this.layout === null || frame.generation !== this.stream?.generation) {
      frame.skip();
      return "";
    }
    const wrong = misfit(frame, this.layout);
    if (wrong !== "") {
      frame.skip();
      return wrong;
    }
    this.source.offer(frame);
    this.requestDraw();
    return "";
  }

  /** All tiles in view have come. @param {import("../client/subscription.js").Viewed} viewed */
  viewed(viewed) {
    this.source?.viewed(viewed);
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
    if (this.source === null) return;
    this.freeze(true);
    if (!this.source.step(count)) this.takeOne();
    this.requestDraw();
  }

  /** @private The next frame that comes is shown, and the picture freezes again. */
  takeOne() {
    this.takesOne = true;
    this.onFlow(true);
  }

  /** @private @returns {Frame[]} those whose credits go back after the drawing */
  take() {
    const { source } = this;
    if (source === null) return [];
    const isFlowing = !this.frozen || this.takesOne;
    // What is held of an array can be looked at while it is frozen.
    if (isFlowing || this.stream?.kind === "array") {
      if (source.look(this.view, this.indices)) this.measuredAt = -Infinity;
    }
    const { isNew, frames } = source.take(isFlowing ? (this.frozen ? "one" : "all") : "none");
    this.isNew ||= isNew;
    const isThere = this.stream?.kind === "array" ? source.sequence !== null : frames.length > 0;
    if (this.takesOne && isThere) {
      this.takesOne = false;
      this.onFlow(false);
    }
    return frames;
  }

  /** What is drawn of each piece. */
  get passes() {
    return this.layout?.blended
      ? this.channels.passes
      : [{ look: this.contrast.look, channel: 0 }];
  }

  /** @private */
  draw() {
    const { renderer, layout, source, view } = this;
    if (layout === null || source === null || renderer.lost) return;
    const frames = this.take();
    if (this.isNew) this.measureSometimes();
    if (!layout.blended) {
      this.base = floatBase(this.contrast.look.limits, this.base);
      source.rebase(this.base);
    }
    const { placement } = view;
    const join = this.manner.magnify === "linear" && placement.zoom > 1;
    const pieces = source.pieces(view, join);
    renderer.draw(pieces, placement, this.passes, this.manner, this.background);
    this.canvas.dataset.textures = String(renderer.textures);
    if (this.isNew) this.drawn();
    this.isNew = false;
    const { sequence } = source;
    renderer.whenDone(() => {
      for (const frame of frames) if (!frame.settled) frame.painted();
      if (sequence !== null && source === this.source) this.canvas.dataset.sequence = String(sequence);
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

  /**
   * The value of a pixel; where only a coarser level is held, what that says.
   *
   * @param {number} row @param {number} column
   * @returns {string} "" where it is not here yet
   */
  valueText(row, column) {
    const { source, layout } = this;
    if (source === null || layout === null) return "";
    for (let level = 0; level <= source.coarsest; level += 1) {
      const [y, x] = [Math.floor(row / 2 ** level), Math.floor(column / 2 ** level)];
      const block = source
        .held(level, y, x, y + 1, x + 1)
        .find((held) => y >= held.y && x >= held.x && y < held.y + held.h && x < held.x + held.w);
      if (block === undefined) continue;
      const text = pixelText(block.array, { ...layout, width: block.w }, y - block.y, x - block.x);
      return level === 0 ? text : `${text} (of ${2 ** level} × ${2 ** level} pixels)`;
    }
    return "";
  }

  /**
   * Numbers of the plane, of the pixels from (y0, x0) to before (y1, x1).
   *
   * @param {number} y0 @param {number} x0 @param {number} y1 @param {number} x1
   * @returns {import("./picture.js").Cut | null}
   */
  cut(y0, x0, y1, x1) {
    const { source, layout } = this;
    if (source === null || layout === null) return null;
    const held = source.held.bind(source);
    return cutOf(held, source.coarsest, layout, [y0, x0, y1, x1]);
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
      this.measure();
      this.requestDraw();
    }, wait);
  }

  /** Measures what is shown, for contrast that is automatic. */
  measure() {
    const { source, layout, manner } = this;
    const blocks = source?.sample() ?? [];
    if (layout === null || blocks.length === 0) return;
    this.measuredAt = performance.now();
    const measured = measure(blocks, layout, manner.part);
    if (layout.blended) this.channels.update(measured);
    else if (measured.length > 0) this.contrast.update(measured[0]);
    if (!layout.blended) this.contrast.veil(measured.length === 0);
  }

  /** @private @returns {[number, number, number]} */
  get background() {
    const text = getComputedStyle(this.canvas).getPropertyValue("--stage").trim();
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
    return [red, green, blue];
  }
}
