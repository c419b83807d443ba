// @ts-check
/**
 * A stream's images on the canvas: takes frames, draws the newest on the next animation frame,
 * and gives their credits back once they are drawn.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { find, setText } from "../shell/element.js";
import { Axes } from "./axes.js";
import { planeOf } from "../image/layout.js";
import { Contrast } from "./contrast.js";
import { physicalPlace, pixelText } from "../image/pixel.js";
import { followPointer } from "../image/pointer.js";
import { Renderer } from "../image/renderer.js";
import { measurePlane } from "../image/statistics.js";
import { View } from "../image/view.js";

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */

/** Milliseconds between two measurements of a plane, for contrast and histogram. */
const measureEvery = 300;

export class ImageView {
  /**
   * @param {() => void} onContext the graphics context was lost or came back
   */
  constructor(onContext) {
    this.canvas = find("#canvas", HTMLCanvasElement);
    this.renderer = new Renderer(this.canvas);
    this.contrast = new Contrast(() => this.requestDraw());
    this.view = new View();
    /** @type {ImageLayout | null} */
    this.layout = null;
    /** @type {Frame | null} the one on screen */
    this.shown = null;
    /** @private @type {Stream | null} */
    this.stream = null;
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
    /** @private @type {{x: number, y: number} | null} */
    this.pointer = null;
    /** @private */
    this.cursor = find("#cursor", HTMLElement);
    /** @private */
    this.zooming = find("#zooming", HTMLElement);

    this.axes = new Axes(find("#axes", HTMLElement), find("#sliders", HTMLElement), (indices) => {
      writeAddress({ at: indices.join(",") });
      this.stalePlane = true;
      this.measuredAt = -Infinity;
      this.requestDraw();
    });
    this.listen(onContext);
  }

  /** @private @param {() => void} onContext */
  listen(onContext) {
    const { canvas, view } = this;
    this.view.text = readAddress("view");
    followPointer(
      canvas,
      view,
      () => this.viewChanged(),
      (place) => {
        this.pointer = place;
        this.showCursor();
      },
    );
    const resized = new ResizeObserver(([entry]) => {
      const size = entry.devicePixelContentBoxSize?.[0];
      const width = size?.inlineSize ?? Math.round(entry.contentRect.width * devicePixelRatio);
      const height = size?.blockSize ?? Math.round(entry.contentRect.height * devicePixelRatio);
      if (width === 0 || height === 0) return;
      [canvas.width, canvas.height] = [width, height];
      view.canvas = { width, height };
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
      this.viewChanged();
    });
    find("#fit", HTMLButtonElement).addEventListener("click", () => this.fit());
    find("#one", HTMLButtonElement).addEventListener("click", () => this.zoomTo(1));
    find("#larger", HTMLButtonElement).addEventListener("click", () => this.zoomBy(2));
    find("#smaller", HTMLButtonElement).addEventListener("click", () => this.zoomBy(0.5));
  }

  fit() {
    this.view.fit();
    this.viewChanged();
  }

  /** @param {number} zoom pixels of the screen for one of the image */
  zoomTo(zoom) {
    this.view.zoomTo(zoom);
    this.viewChanged();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.zoomTo(this.view.placement.zoom * factor);
  }

  /** @private */
  viewChanged() {
    writeAddress({ view: this.view.text });
    this.requestDraw();
    this.showCursor();
  }

  /**
   * Frames of a stream follow, or of a new generation of it.
   *
   * @param {Stream} stream
   * @param {ImageLayout} layout
   */
  begin(stream, layout) {
    this.stream = stream;
    this.layout = layout;
    this.canvas.hidden = false;
    this.zooming.hidden = false;
    this.measuredAt = -Infinity;
    this.contrast.begin(layout, stream.metadata);
    const wanted = (readAddress("at") ?? "").split(",").filter(Boolean).map(Number);
    this.axes.begin(layout.leading, stream.metadata.axes, wanted);
    this.canvas.setAttribute("aria-label", `Image of the stream ${stream.name}`);
  }

  /** Nothing of the stream is to be seen any more. */
  end() {
    for (const frame of this.waiting) frame.skip();
    this.waiting = [];
    this.shown = null;
    this.layout = null;
    this.stream = null;
    this.canvas.hidden = true;
    this.zooming.hidden = true;
    delete this.canvas.dataset.sequence;
    this.contrast.begin(null, {});
    this.axes.begin([], null, []);
    this.pointer = null;
    this.showCursor();
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

  /** @private */
  requestDraw() {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame(() => {
      this.requested = false;
      this.draw();
    });
  }

  /** @private */
  draw() {
    const { renderer, layout } = this;
    if (layout === null || renderer.lost) return;
    const fresh = this.waiting.pop() ?? null;
    for (const older of this.waiting) older.skip();
    this.waiting = [];
    if (fresh !== null && fresh.generation === this.stream?.generation) {
      this.shown = fresh;
      this.stalePlane = true;
    }
    if (this.shown === null || this.shown.generation !== this.stream?.generation) {
      fresh?.skip();
      return;
    }
    this.view.image = { width: layout.width, height: layout.height };
    if (this.stalePlane) {
      this.stalePlane = false;
      renderer.upload(layout, this.plane);
      this.measureSometimes();
    }
    renderer.draw(this.view.placement, this.contrast.look, this.background);
    this.showZoom();
    if (fresh === null) return;
    const { sequence } = fresh;
    this.showCursor();
    renderer.whenDone(() => {
      this.canvas.dataset.sequence = String(sequence);
      fresh.painted();
    });
  }

  /** @private The numbers that are shown. */
  get plane() {
    if (this.shown === null || this.layout === null) throw new Error("no frame is shown");
    const { start, count } = planeOf(this.layout, this.axes.indices);
    const { lanes } = this.layout.dtype;
    return this.shown.array.subarray(start * lanes, (start + count) * lanes);
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
    if (this.layout === null || this.shown?.generation !== this.stream?.generation) return;
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

  /** @private */
  showZoom() {
    const { zoom } = this.view.placement;
    const isFit = this.view.chosen === null;
    const digits = zoom < 0.1 ? 1 : 0;
    setText(find("#zoom", HTMLOutputElement), `${(zoom * 100).toFixed(digits)} %`);
    find("#fit", HTMLButtonElement).setAttribute("aria-pressed", String(isFit));
    find("#one", HTMLButtonElement).setAttribute("aria-pressed", String(!isFit && zoom === 1));
  }

  /** @private */
  showCursor() {
    const { pointer, layout, stream, shown } = this;
    const pixel = pointer === null ? null : this.view.pixelAt(pointer.x, pointer.y);
    if (pixel === null || layout === null || stream === null || shown === null) {
      setText(this.cursor, "");
      return;
    }
    if (shown.generation !== stream.generation) return;
    const { row, column } = pixel;
    const value = pixelText(this.plane, layout, row, column);
    const place = physicalPlace(stream.metadata, layout, row, column);
    const index = [...this.axes.indices, row, column].join(", ");
    setText(this.cursor, `[${index}]${place === "" ? "" : `  (${place})`}  ${value}`);
  }
}
