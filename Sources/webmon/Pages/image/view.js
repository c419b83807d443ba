// @ts-check
/**
 * Which part of the image is on the canvas, and which way up: fit, or a centre and a zoom, turned
 * and mirrored. All in pixels of the screen, so that 1:1 shows every pixel of the image as one of
 * the screen.
 */

import { turnedBy } from "./turn.js";

/** @typedef {import("./turn.js").Turn} Turn */

/**
 * From pixels of the image to those of the canvas: (x, y) lies at
 * (`x` + a `x`' + c `y`', `y` + b `x`' + d `y`'), with the matrix [a, b, c, d].
 *
 * @typedef {object} Placement
 * @property {number} zoom pixels of the screen for one of the image
 * @property {number} x of the image's corner
 * @property {number} y
 * @property {[number, number, number, number]} matrix columns: where a step in x, in y leads
 */

export const smallestZoom = 1 / 64;
export const largestZoom = 128;

export class View {
  constructor() {
    /** @type {{cx: number, cy: number, zoom: number} | null} null: the whole image fits */
    this.chosen = null;
    /** @type {Turn} read it; `turnTo` changes it */
    this.turn = { degrees: 0, mirrorX: false, mirrorY: false };
    this.canvas = { width: 1, height: 1 };
    this.image = { width: 1, height: 1 };
    /** @private @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /**
   * Calls back when another part is shown, by whoever it was chosen.
   *
   * @param {() => void} listener
   * @returns {() => void} stops it
   */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {{width: number, height: number}} canvas pixels of the screen */
  resize(canvas) {
    this.canvas = canvas;
    this.changed();
  }

  /** @param {{width: number, height: number}} image */
  show(image) {
    this.image = image;
    this.changed();
  }

  /** @private */
  changed() {
    for (const listener of this.listeners) listener();
  }

  /** @private pixels of the screen for one of the image where all of it fits */
  get fittingZoom() {
    const { canvas, image } = this;
    const [a, b, c, d] = turnedBy(this.turn).map(Math.abs);
    const width = a * image.width + c * image.height;
    const height = b * image.width + d * image.height;
    return Math.min(canvas.width / width, canvas.height / height);
  }

  /** @private what is in the middle of the canvas */
  get middle() {
    const { width, height } = this.image;
    return this.chosen ?? { cx: width / 2, cy: height / 2, zoom: this.fittingZoom };
  }

  /** @returns {Placement} */
  get placement() {
    const { canvas } = this;
    const { cx, cy, zoom } = this.middle;
    const [a, b, c, d] = turnedBy(this.turn);
    // On whole pixels of the screen: else 1:1 would not be.
    const x = Math.round(canvas.width / 2 - (a * cx + c * cy) * zoom);
    const y = Math.round(canvas.height / 2 - (b * cx + d * cy) * zoom);
    return { zoom, x, y, matrix: [a * zoom, b * zoom, c * zoom, d * zoom] };
  }

  /**
   * Where a point of the image is on the canvas. Pixel (row r, column c) spans x from c to c + 1
   * and y from r to r + 1.
   *
   * @param {number} ix @param {number} iy
   * @returns {{x: number, y: number}} pixels of the canvas
   */
  toScreen(ix, iy) {
    const { x, y, matrix } = this.placement;
    return { x: x + matrix[0] * ix + matrix[2] * iy, y: y + matrix[1] * ix + matrix[3] * iy };
  }

  /**
   * The point of the image at a point of the canvas; it may lie outside of the image.
   *
   * @param {number} px @param {number} py
   * @returns {{x: number, y: number}}
   */
  toImage(px, py) {
    const { x, y, zoom, matrix } = this.placement;
    const [dx, dy] = [(px - x) / zoom ** 2, (py - y) / zoom ** 2];
    // A turn's inverse is its transpose.
    return { x: matrix[0] * dx + matrix[1] * dy, y: matrix[2] * dx + matrix[3] * dy };
  }

  /**
   * The pixel of the image at a point of the canvas.
   *
   * @param {number} px @param {number} py
   * @returns {{row: number, column: number} | null} null outside
   */
  pixelAt(px, py) {
    const { x, y } = this.toImage(px, py);
    const [row, column] = [Math.floor(y), Math.floor(x)];
    const { width, height } = this.image;
    return column >= 0 && row >= 0 && column < width && row < height ? { row, column } : null;
  }

  /**
   * The part of the image that the canvas shows, as a rectangle along its axes.
   *
   * @returns {[number, number, number, number]} [y0, x0, y1, x1], clamped to the image
   */
  get visible() {
    const { width, height } = this.canvas;
    const corners = [
      this.toImage(0, 0),
      this.toImage(width, 0),
      this.toImage(0, height),
      this.toImage(width, height),
    ];
    const within = (/** @type {number} */ value, /** @type {number} */ extent) =>
      Math.min(extent, Math.max(0, value));
    const xs = corners.map(({ x }) => within(x, this.image.width));
    const ys = corners.map(({ y }) => within(y, this.image.height));
    return [Math.min(...ys), Math.min(...xs), Math.max(...ys), Math.max(...xs)];
  }

  fit() {
    this.chosen = null;
    this.changed();
  }

  /**
   * Zooms, with the image under a point of the canvas staying there.
   *
   * @param {number} zoom
   * @param {number} [px]
   * @param {number} [py]
   */
  zoomTo(zoom, px = this.canvas.width / 2, py = this.canvas.height / 2) {
    const smallest = Math.min(smallestZoom, this.fittingZoom / 2);
    const bounded = Math.min(largestZoom, Math.max(smallest, zoom));
    const wanted = Number(bounded.toPrecision(6));
    const fixed = this.toImage(px, py);
    const [a, b, c, d] = turnedBy(this.turn);
    const [dx, dy] = [this.canvas.width / 2 - px, this.canvas.height / 2 - py];
    this.choose(
      fixed.x + (a * dx + b * dy) / wanted,
      fixed.y + (c * dx + d * dy) / wanted,
      wanted,
    );
  }

  /** @param {number} dx @param {number} dy pixels of the screen */
  pan(dx, dy) {
    // From the middle as it was chosen: where it lies on the screen is rounded, which would add up.
    const { cx, cy, zoom } = this.middle;
    const [a, b, c, d] = turnedBy(this.turn);
    this.choose(cx - (a * dx + b * dy) / zoom, cy - (c * dx + d * dy) / zoom, zoom);
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
    this.changed();
  }

  /** @param {Turn} turn */
  turnTo(turn) {
    this.turn = turn;
    this.changed();
  }

  /** Shows the same part, the same way up, as another one. @param {View} other */
  follow(other) {
    const isSame = this.text === other.text && JSON.stringify(this.turn) === JSON.stringify(other.turn);
    if (isSame) return;
    this.chosen = other.chosen === null ? null : { ...other.chosen };
    this.turn = { ...other.turn };
    this.changed();
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
