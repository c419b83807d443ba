// @ts-check
/**
 * The pixels of a layer under its tiles: asks the server for what is in view, at the level that is
 * seen, and keeps the pictures that came. Nothing else of the page knows how they are drawn.
 */

import { halfToNumber } from "../webmon.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("./declaration.js").Layer} Layer */
/** @typedef {import("./grid_renderer.js").GridRenderer} GridRenderer */
/** @typedef {import("./grid_renderer.js").Placement} Placement */

/** Pictures that are kept, each 256 x 256 pixels or less. */
const kept = 400;
/** Milliseconds between two questions while the view moves. */
const askEvery = 80;
const coarsestLevel = 31;

/** @typedef {{texture: WebGLTexture, level: number, y: number, x: number, h: number, w: number}} Picture */

export class Pixels {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {GridRenderer} renderer
   * @param {Layer} layer that names a stream of pixels
   * @param {() => void} onChange there is something else to draw, or to say
   */
  constructor(server, renderer, layer, onChange) {
    /** Why nothing is shown, "" while nothing is wrong. */
    this.complaint = `The stream ${layer.pixels} of its pixels is not there.`;
    /** @private */
    this.server = server;
    /** @private */
    this.renderer = renderer;
    /** @private */
    this.layer = layer;
    /** @private */
    this.onChange = onChange;
    /** @private @type {Map<string, Picture>} the one used last at the end */
    this.pictures = new Map();
    /** @private whether the server believes that pictures are here which are not */
    this.dropped = false;
    /** @private @type {[number, number] | null} */
    this.limits = null;
    /** @private */
    this.asked = "";
    /** @private @type {{region: number[], level: number}} */
    this.place = { region: [0, 0, 1, 1], level: 0 };
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @private @type {import("../webmon.js").Subscription | null} */
    this.subscription = null;
  }

  /** Asks for what is in view. @param {Placement} placement @param {{width: number, height: number}} canvas */
  look({ zoom, x, y }, canvas) {
    const { levels, translate } = this.layer;
    const [down, across] = levels[0].scale.map((scale) => scale * zoom);
    const level = Math.floor(Math.log2(1 / Math.max(down, across)));
    const [top, left] = [y + translate[0] * zoom, x + translate[1] * zoom];
    const [rows, columns] = levels[0].shape;
    const clamp = (/** @type {number} */ value, /** @type {number} */ extent) => Math.min(extent, Math.max(0, Math.round(value)));
    const region = [
      clamp(-top / down, rows - 1),
      clamp(-left / across, columns - 1),
      Math.max(1, clamp((canvas.height - top) / down, rows)),
      Math.max(1, clamp((canvas.width - left) / across, columns)),
    ];
    this.place = { region, level: Math.max(0, Math.min(coarsestLevel, level)) };
    this.timer ??= setTimeout(() => this.ask(), this.subscription === null ? 0 : askEvery);
  }

  /** @private */
  ask() {
    this.timer = undefined;
    const asked = JSON.stringify(this.place);
    if (asked === this.asked) return;
    this.asked = asked;
    if (this.subscription !== null) {
      this.subscription.view({ ...this.place, fresh: this.dropped || undefined });
      this.dropped = false;
      return;
    }
    const stream = this.server.streams.get(this.layer.pixels);
    const last = stream?.shape.at(-1);
    // The channels of a picture in colour are its last axis.
    const isColour = stream?.shape.length === 3 && (last === 3 || last === 4);
    const layout = isColour ? { axes: [0, 1], channels: 2 } : {};
    this.subscription = this.server.subscribe(this.layer.pixels, {
      ...this.place,
      ...layout,
      credits: 8,
      onSubscribed: (found) => this.begin(found),
      onWaiting: (reason) => {
        this.complaint = `Waiting for its pixels: ${reason}.`;
        this.onChange();
      },
      onTile: (tile) => this.take(tile),
      onFrame: (frame) => this.take(frame),
      onError: (error) => {
        this.complaint = `Its pixels: ${error.message}`;
        this.onChange();
      },
    });
  }

  /** @private @param {Stream} stream */
  begin(stream) {
    this.forget();
    const { shape } = stream;
    const [rows, columns] = this.layer.levels[0].shape;
    const isThis = shape.length >= 2 && shape.some((extent, axis) => extent === rows && shape[axis + 1] === columns);
    this.complaint = isThis
      ? ""
      : `${stream.name} has shape (${shape.join(", ")}), and level 0 of the layer (${rows}, ${columns}).`;
    const limits = stream.metadata.contrast_limits;
    const areLimits = Array.isArray(limits) && limits.length === 2 && limits.every(Number.isFinite) && limits[0] < limits[1];
    this.limits = areLimits ? [limits[0], limits[1]] : null;
    this.onChange();
  }

  /** @private @param {Frame} frame */
  take(frame) {
    const { gl } = this.renderer;
    if (gl.isContextLost() || this.complaint !== "") return;
    const [h, w] = frame.shape.length >= 2 ? frame.shape.slice(0, 2) : [0, 0];
    const channels = frame.shape[2] ?? 1;
    const isDrawn = frame.dtype !== null && frame.dtype.lanes === 1 && (channels === 1 || channels === 3 || channels === 4);
    if (!isDrawn || h * w === 0) {
      this.complaint = `Its pixels are ${frame.dtype?.name ?? "records"} of shape (${frame.shape.join(", ")}): they are not drawn here.`;
      this.onChange();
      return;
    }
    const { level, y, x } = frame;
    // A frame comes whole each time, with another place.
    if (frame.opcode === "frame") this.forget();
    const key = `${level} ${y} ${x}`;
    const texture = this.pictures.get(key)?.texture ?? gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, w, h, 0, gl.RGBA, gl.UNSIGNED_BYTE, this.colors(frame, channels));
    this.pictures.delete(key);
    this.pictures.set(key, { texture, level, y, x, h, w });
    for (const [oldest, picture] of this.pictures) {
      if (this.pictures.size <= kept) break;
      gl.deleteTexture(picture.texture);
      this.pictures.delete(oldest);
      this.dropped = true;
    }
    this.onChange();
  }

  /** @private @param {Frame} frame @param {number} channels @returns {Uint8Array} RGBA */
  colors(frame, channels) {
    const source = /** @type {ArrayLike<number | bigint>} */ (frame.array);
    const code = frame.dtype?.code;
    const value = (/** @type {number} */ i) => (code === "f2" ? halfToNumber(Number(source[i])) : Number(source[i]));
    this.limits ??= code === "u1" ? [0, 255] : code === "b1" ? [0, 1] : rangeOf(source.length, value);
    const [low, high] = this.limits;
    const factor = 255 / (high - low || 1);
    const count = Math.floor(source.length / channels);
    const colors = new Uint8Array(count * 4).fill(255);
    for (let i = 0; i < count; i += 1) {
      for (let c = 0; c < 3; c += 1) {
        const level = (value(i * channels + (channels === 1 ? 0 : c)) - low) * factor;
        colors[4 * i + c] = level > 255 ? 255 : level > 0 ? level + 0.5 : 0;
      }
    }
    return colors;
  }

  /** What is here of the view, coarse first. @param {Placement} placement */
  draw({ zoom, x, y }) {
    const { levels, translate } = this.layer;
    const [down, across] = levels[0].scale.map((scale) => scale * zoom);
    const { level } = this.place;
    const { region } = this.place;
    const usable = [...this.pictures].filter(([, picture]) => {
      const size = 2 ** picture.level;
      const [top, left] = [picture.y * size, picture.x * size];
      const isInView = top < region[2] && top + picture.h * size > region[0] && left < region[3] && left + picture.w * size > region[1];
      return picture.level >= level && isInView;
    });
    usable.sort(([, a], [, b]) => b.level - a.level);
    for (const [key, picture] of usable) {
      const size = 2 ** picture.level;
      const left = x + translate[1] * zoom + picture.x * size * across;
      const top = y + translate[0] * zoom + picture.y * size * down;
      const [right, bottom] = [left + picture.w * size * across, top + picture.h * size * down];
      // On whole pixels of the canvas, so that neighbours neither overlap nor part.
      const [x0, y0, x1, y1] = [left, top, right, bottom].map(Math.round);
      this.renderer.drawPicture(picture.texture, x0, y0, x1 - x0, y1 - y0);
      this.pictures.delete(key);
      this.pictures.set(key, picture);
    }
  }

  /** The context was lost: what it held is to come again. */
  restart() {
    this.pictures.clear();
    this.dropped = true;
    this.asked = "";
  }

  /** @private */
  forget() {
    for (const { texture } of this.pictures.values()) this.renderer.gl.deleteTexture(texture);
    this.pictures.clear();
  }

  end() {
    clearTimeout(this.timer);
    if (this.subscription !== null) this.server.unsubscribe(this.subscription);
    this.subscription = null;
    this.forget();
  }
}

/** @param {number} length @param {(i: number) => number} value @returns {[number, number]} */
function rangeOf(length, value) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < length; i += 1) {
    const here = value(i);
    if (here < low && here !== -Infinity) low = here;
    if (here > high && here !== Infinity) high = here;
  }
  return low < high ? [low, high] : [Number.isFinite(low) ? low - 1 : 0, Number.isFinite(low) ? low + 1 : 1];
}
