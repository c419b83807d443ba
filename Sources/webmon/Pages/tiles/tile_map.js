// @ts-check
/**
 * The canvas: the levels that are to be seen, the pixels under them, the producer's view over
 * them. Drawn when something changed, at most once an animation frame.
 */

import { onceAFrame } from "../shell/once_a_frame.js";
import { followSize } from "../image/canvas_size.js";
import { followArrows, followPointer, placeOn } from "../image/pointer.js";
import { GridRenderer } from "./grid_renderer.js";
import { MapView } from "./map_view.js";
import { Pixels } from "./pixels.js";
import { levelColors } from "./states.js";
import { decode, encode } from "./tile_block.js";
import { timeSteps } from "./tile_level.js";

/** @typedef {import("./declaration.js").Declaration} Declaration */
/** @typedef {import("./event_reader.js").ProducerView} ProducerView */
/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./tile_level.js").TileLevel} TileLevel */
/** @typedef {import("./tile_model.js").TileModel} TileModel */
/** @typedef {{layer: number, level: number}} Shown */

/** Seconds at the ends of the colours by age. */
export const ageRange = /** @type {const} */ ([1, 1000]);
/** Milliseconds between two drawings for the age alone. */
const ageEvery = 250;
/** Where the producer tells no level, the finest whose tiles are so large: pixels of the canvas. */
const comfortable = 12;
/** Tiles that lie over something let it be seen. */
const sheer = 0.55;

export class TileMap {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../webmon.js").Server} server
   * @param {Look} look
   * @param {{onDraw: () => void, onHover: () => void, onView: () => void, onChange: () => void}} events
   *   onDraw: something was drawn; onHover: the pointer is elsewhere; onView: somebody moved the view; onChange: there is news to say
   */
  constructor(canvas, server, look, { onDraw, onHover, onView, onChange }) {
    this.canvas = canvas;
    this.renderer = new GridRenderer(canvas);
    this.view = new MapView();
    /** @type {ProducerView | null} the newest one */
    this.producerView = null;
    /** @type {{x: number, y: number} | null} pixels of the canvas */
    this.pointer = null;
    /** Pictures drawn so far. */
    this.drawn = 0;
    /** @type {Map<number, Pixels>} by layer */
    this.pixels = new Map();
    /** Now in seconds since 1970, by the producer's clock. */
    this.now = () => Date.now() / 1000;
    /** @private */
    this.server = server;
    /** @private */
    this.look = look;
    /** @private */
    this.events = { onDraw, onHover, onView, onChange };
    /** @private @type {TileModel | null} */
    this.model = null;
    /** Draws on the next animation frame. */
    this.requestDraw = onceAFrame(() => this.draw());
    this.listen();
    setInterval(() => this.look.color === "age" && this.requestDraw(), ageEvery);
  }

  /** @private */
  listen() {
    const { canvas, view } = this;
    /** @type {import("../image/pointer.js").Movable} */
    const movable = {
      get placement() {
        return view.placement;
      },
      pan: (dx, dy) => {
        view.pan(dx, dy);
        this.moved();
      },
      zoomTo: (zoom, px, py) => {
        view.zoomTo(zoom, px, py);
        this.moved();
      },
    };
    followPointer(canvas, movable);
    const hover = (/** @type {{x: number, y: number} | null} */ place) => {
      this.pointer = place;
      this.events.onHover();
    };
    canvas.addEventListener("pointermove", (event) => hover(placeOn(canvas, event)));
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("dblclick", (event) => {
      const { x, y } = placeOn(canvas, event);
      this.zoomBy(2, x, y);
    });
    followArrows(canvas, movable);
    followSize(canvas, (size) => {
      view.canvas = size;
      this.draw();
    });
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // Else it would not be given back.
      this.events.onChange();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.restart();
      for (const pixels of this.pixels.values()) pixels.restart();
      this.requestDraw();
      this.events.onChange();
    });
    document.addEventListener("themechange", () => this.requestDraw());
  }

  /** Another image. @param {TileModel | null} model */
  begin(model) {
    this.model = model;
    this.producerView = null;
    this.view.frustum = null;
    this.renderer.forget();
    for (const pixels of this.pixels.values()) pixels.end();
    this.pixels.clear();
    if (model !== null) this.view.image = model.declaration.size;
    this.canvas.hidden = model === null;
    this.requestDraw();
  }

  /** @param {ProducerView} view */
  follow(view) {
    this.producerView = view;
    this.view.frustum = view;
    this.requestDraw();
  }

  /** @param {import("./map_view.js").Mode} mode */
  show(mode) {
    this.view.show(mode);
    this.moved();
  }

  /** @param {number} factor @param {number} [px] @param {number} [py] pixels of the canvas */
  zoomBy(factor, px, py) {
    this.view.zoomTo(this.view.placement.zoom * factor, px, py);
    this.moved();
  }

  /** @private */
  moved() {
    this.events.onView();
    this.requestDraw();
  }

  /** What is shown, in the order of drawing: the last one lies on top. @returns {Shown[]} */
  get shown() {
    /** @type {Shown[]} */
    const shown = [];
    this.model?.declaration.layers.forEach(({ levels }, layer) => {
      if (this.look.hidden.has(layer)) return;
      const wanted = this.look.level;
      if (wanted === "all") {
        for (let level = levels.length - 1; level >= 0; level -= 1) shown.push({ layer, level });
      } else {
        const level = wanted === "auto" ? this.automaticLevel(layer) : wanted;
        if (levels[level] !== undefined) shown.push({ layer, level });
      }
    });
    return shown;
  }

  /** @private @param {number} layer */
  automaticLevel(layer) {
    const levels = this.model?.declaration.layers[layer].levels ?? [];
    const told = this.producerView?.level ?? -1;
    if (told >= 0) return Math.min(told, levels.length - 1);
    const { zoom } = this.view.placement;
    const found = levels.findIndex(({ tile, scale }) => Math.min(tile[0] * scale[0], tile[1] * scale[1]) * zoom >= comfortable);
    return found < 0 ? levels.length - 1 : found;
  }

  /** Milliseconds at the ends of the colours by load time: whole decades. */
  get loadRange() {
    const { quickest = 0, slowest = 0 } = this.model ?? {};
    if (slowest === 0) return [1, 1000];
    const low = 10 ** Math.floor(Math.log10(Math.max(0.01, decode(quickest))));
    const high = 10 ** Math.ceil(Math.log10(Math.max(0.01, decode(slowest)) * 0.999));
    return [low, Math.max(high, low * 10)];
  }

  /** @private @param {string} property @returns {[number, number, number]} */
  themeColor(property) {
    const text = getComputedStyle(this.canvas).getPropertyValue(property).trim();
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
    return [red, green, blue];
  }

  /** @private */
  draw() {
    const { renderer, model, view, look } = this;
    if (model === null || renderer.lost) return;
    const { placement } = view;
    const stage = this.themeColor("--stage");
    renderer.begin(stage);
    const visible = model.declaration.layers.flatMap((_, layer) => (look.hidden.has(layer) ? [] : [layer]));
    this.drawPixels(visible);
    const { shown } = this;
    const ink = this.themeColor("--text");
    // Finer levels hide the coarser ones; layers let each other be seen.
    const isSheer = look.pixels || visible.length > 1;
    const [first, last] = this.loadRange;
    /** @type {import("./grid_renderer.js").Coloring} */
    const coloring = {
      by: look.color,
      loads: [encode(first), encode(last)],
      now: Number.isNaN(model.begin) ? 1 : Math.max(1, Math.round((this.now() - model.begin) * timeSteps)),
      ages: [ageRange[0] * timeSteps, ageRange[1] * timeSteps],
    };
    const isAlone = shown.length === 1 && !look.pixels;
    for (const { layer, level } of shown) {
      const { levels, translate } = model.declaration.layers[layer];
      const [red, green, blue] = levelColors[level % levelColors.length];
      renderer.drawLevel(model.layers[layer][level], levels[level], translate, placement, coloring, {
        color: [red / 255, green / 255, blue / 255],
        opacity: isSheer ? sheer : 1,
        lines: look.grid,
        ink,
        below: isAlone && !isSheer ? stage : null,
      });
    }
    if (view.frustum !== null) renderer.drawFrustum(view.frustum, placement);
    this.drawn += 1;
    this.events.onDraw();
  }

  /** @private @param {number[]} visible layers */
  drawPixels(visible) {
    const { model, look, pixels, view } = this;
    const wanted = look.pixels ? visible.filter((layer) => model?.declaration.layers[layer].pixels !== "") : [];
    for (const [layer, each] of pixels) {
      if (wanted.includes(layer)) continue;
      each.end();
      pixels.delete(layer);
    }
    for (const layer of wanted) {
      const declared = model?.declaration.layers[layer];
      if (declared === undefined || declared.levels.length === 0) continue;
      const each = pixels.get(layer) ?? new Pixels(this.server, this.renderer, declared, () => {
        this.requestDraw();
        this.events.onChange();
      });
      pixels.set(layer, each);
      each.look(view.placement, view.canvas);
      each.draw(view.placement);
    }
  }

  /**
   * The tile under a point of the canvas, of the topmost level that knows one there, else of the
   * topmost that has one.
   *
   * @param {{x: number, y: number}} place
   */
  tileAt(place) {
    const { model, view } = this;
    if (model === null) return null;
    const at = view.imageAt(place.x, place.y);
    const found = [];
    for (const { layer, level } of this.shown.reverse()) {
      const { levels, translate } = model.declaration.layers[layer];
      const { tile, scale, extent } = levels[level];
      const [y, x] = [at.y - translate[0], at.x - translate[1]];
      if (!(y >= 0 && x >= 0 && y < extent[0] && x < extent[1])) continue;
      const [row, column] = [Math.floor(y / scale[0] / tile[0]), Math.floor(x / scale[1] / tile[1])];
      const known = model.layers[layer][level].tile(row, column);
      found.push({ layer, level, ...known });
    }
    return found.find(({ state }) => state !== 0) ?? found[0] ?? null;
  }

  /** What cannot be shown, in sentences. */
  get complaints() {
    const { model, renderer, pixels } = this;
    if (model === null) return [];
    const levels = this.shown.map(({ layer, level }) => renderer.complaint(model.layers[layer][level]));
    const layers = [...pixels].map(([layer, { complaint }]) =>
      complaint === "" ? "" : `${model.declaration.layers[layer].name}: ${complaint}`,
    );
    return [...levels, ...layers].filter((text) => text !== "");
  }
}
