// @ts-check
/**
 * Which part of the image is on the canvas: fit, or a centre and a zoom. All in pixels of the
 * screen, so that 1:1 shows every pixel of the image as one of the screen.
 */

/** @typedef {{zoom: number, x: number, y: number}} Placement x, y: of the image's corner */

export const smallestZoom = 1 / 64;
export const largestZoom = 128;

export class View {
  constructor() {
    /** @type {{cx: number, cy: number, zoom: number} | null} null: the whole image fits */
    this.chosen = null;
    this.canvas = { width: 1, height: 1 };
    this.image = { width: 1, height: 1 };
  }

  /** @returns {Placement} */
  get placement() {
    const { canvas, image } = this;
    const { cx, cy, zoom } = this.chosen ?? {
      cx: image.width / 2,
      cy: image.height / 2,
      zoom: Math.min(canvas.width / image.width, canvas.height / image.height),
    };
    // On whole pixels of the screen: else 1:1 would not be.
    const x = Math.round(canvas.width / 2 - cx * zoom);
    const y = Math.round(canvas.height / 2 - cy * zoom);
    return { zoom, x, y };
  }

  fit() {
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
    const bounded = Math.min(largestZoom, Math.max(smallestZoom, zoom));
    const wanted = Number(bounded.toPrecision(6));
    const cx = (px - x) / before + (this.canvas.width / 2 - px) / wanted;
    const cy = (py - y) / before + (this.canvas.height / 2 - py) / wanted;
    this.choose(cx, cy, wanted);
  }

  /** @param {number} dx @param {number} dy pixels of the screen */
  pan(dx, dy) {
    const { x, y, zoom } = this.placement;
    const { width, height } = this.canvas;
    this.choose((width / 2 - x - dx) / zoom, (height / 2 - y - dy) / zoom, zoom);
  }

  /**
   * The centre stays inside the image: it cannot be lost. It is kept as exactly as the address
   * tells it, so that a link shows the very same pixels.
   *
   * @param {number} cx @param {number} cy @param {number} zoom
   */
  choose(cx, cy, zoom) {
    const place = (/** @type {number} */ centre, /** @type {number} */ extent) =>
      Number(Math.min(extent, Math.max(0, centre)).toFixed(3));
    this.chosen = {
      cx: place(cx, this.image.width),
      cy: place(cy, this.image.height),
      zoom: Number(zoom.toPrecision(6)),
    };
  }

  /**
   * The pixel of the image at a point of the canvas.
   *
   * @param {number} px @param {number} py
   * @returns {{row: number, column: number} | null} null outside
   */
  pixelAt(px, py) {
    const { x, y, zoom } = this.placement;
    const column = Math.floor((px - x) / zoom);
    const row = Math.floor((py - y) / zoom);
    const inside =
      column >= 0 && row >= 0 && column < this.image.width && row < this.image.height;
    return inside ? { row, column } : null;
  }

  /** For the address; null if the image fits. */
  get text() {
    if (this.chosen === null) return null;
    const { cx, cy, zoom } = this.chosen;
    return [cx, cy, zoom].join(",");
  }

  /** @param {string | null} text from the address */
  set text(text) {
    const [cx, cy, zoom] = (text ?? "").split(",").map(Number);
    const valid = [cx, cy, zoom].every(Number.isFinite) && zoom > 0;
    this.chosen = valid ? { cx, cy, zoom } : null;
  }
}
