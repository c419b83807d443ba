// @ts-check
/**
 * Which part of the image is on the canvas: what follows the producer's view, the whole image,
 * the producer's view itself, or a place that somebody chose.
 */

/** @typedef {{top: number, left: number, bottom: number, right: number}} Rectangle */
/** @typedef {"follow" | "image" | "frustum"} Mode */

const modes = /** @type {const} */ (["follow", "image", "frustum"]);
const smallestZoom = 1e-7;
const largestZoom = 256;
/** How much of the canvas the producer's view takes at least when it is followed. */
const followShare = 0.3;
const margin = 0.94;

export class MapView {
  constructor() {
    /** @type {Mode} what holds while nothing is chosen */
    this.mode = "follow";
    /** @type {{cx: number, cy: number, zoom: number} | null} */
    this.chosen = null;
    this.canvas = { width: 1, height: 1 };
    this.image = { width: 1, height: 1 };
    /** @type {Rectangle | null} what the producer shows, in coordinates of the image */
    this.frustum = null;
  }

  /** Pixels of the canvas for one of the image, and where the image's corner is. */
  get placement() {
    const { canvas } = this;
    const { cx, cy, zoom } = this.chosen ?? this.automatic();
    return { zoom, x: canvas.width / 2 - cx * zoom, y: canvas.height / 2 - cy * zoom };
  }

  /** @private */
  automatic() {
    const { image, frustum, mode } = this;
    const whole = { top: 0, left: 0, bottom: image.height, right: image.width };
    if (frustum === null || mode === "image") return this.fitting(whole);
    const filling = this.fitting(frustum);
    if (mode === "frustum") return filling;
    const world = {
      top: Math.min(0, frustum.top),
      left: Math.min(0, frustum.left),
      bottom: Math.max(image.height, frustum.bottom),
      right: Math.max(image.width, frustum.right),
    };
    const zoom = bounded(Math.max(this.fitting(world).zoom, followShare * filling.zoom));
    // As little as possible is shown of what is neither image nor view.
    const within = (/** @type {number} */ centre, /** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ length) => {
      const half = (margin * length) / zoom / 2;
      return 2 * half >= high - low ? (low + high) / 2 : Math.min(high - half, Math.max(low + half, centre));
    };
    return {
      cx: within(filling.cx, world.left, world.right, this.canvas.width),
      cy: within(filling.cy, world.top, world.bottom, this.canvas.height),
      zoom,
    };
  }

  /** @private @param {Rectangle} rectangle */
  fitting({ top, left, bottom, right }) {
    const { width, height } = this.canvas;
    const zoom = margin * Math.min(width / (right - left), height / (bottom - top));
    return { cx: (left + right) / 2, cy: (top + bottom) / 2, zoom: bounded(zoom) };
  }

  /** @param {Mode} mode */
  show(mode) {
    this.mode = mode;
    this.chosen = null;
  }

  /**
   * Zooms, with the image under a point of the canvas staying there.
   *
   * @param {number} zoom
   * @param {number} [px]
   * @param {number} [py]
   */
  zoomTo(zoom, px = this.canvas.width / 2, py = this.canvas.height / 2) {
    const { x, y, zoom: before } = this.placement;
    const after = bounded(zoom);
    const cx = (px - x) / before + (this.canvas.width / 2 - px) / after;
    const cy = (py - y) / before + (this.canvas.height / 2 - py) / after;
    this.choose(cx, cy, after);
  }

  /** @param {number} dx @param {number} dy pixels of the canvas */
  pan(dx, dy) {
    const { x, y, zoom } = this.placement;
    const { width, height } = this.canvas;
    this.choose((width / 2 - x - dx) / zoom, (height / 2 - y - dy) / zoom, zoom);
  }

  /** @private The centre stays inside the image: it cannot be lost. @param {number} cx @param {number} cy @param {number} zoom */
  choose(cx, cy, zoom) {
    const place = (/** @type {number} */ centre, /** @type {number} */ extent) =>
      Number(Math.min(extent, Math.max(0, centre)).toFixed(3));
    this.chosen = { cx: place(cx, this.image.width), cy: place(cy, this.image.height), zoom };
  }

  /** The point of the image at one of the canvas. @param {number} px @param {number} py */
  imageAt(px, py) {
    const { zoom, x, y } = this.placement;
    return { x: (px - x) / zoom, y: (py - y) / zoom };
  }

  /** For the address; null for the mode that holds where nothing is said. */
  get text() {
    if (this.chosen === null) return this.mode === "follow" ? null : this.mode;
    const { cx, cy, zoom } = this.chosen;
    return [cx, cy, zoom].join(",");
  }

  /** @param {string | null} text from the address */
  set text(text) {
    const mode = modes.find((each) => each === text);
    const [cx, cy, zoom] = (text ?? "").split(",").map(Number);
    const isPlace = [cx, cy, zoom].every(Number.isFinite) && zoom > 0;
    this.chosen = isPlace ? { cx, cy, zoom: bounded(zoom) } : null;
    this.mode = mode ?? "follow";
  }
}

/** @param {number} zoom */
function bounded(zoom) {
  return Number(Math.min(largestZoom, Math.max(smallestZoom, zoom)).toPrecision(7));
}
