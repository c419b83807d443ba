// @ts-check
/**
 * A bar of a round length in the image's own units; a second, upright one where a step down is of
 * another length than a step to the right.
 */

import { imageAxes, lineLength, readable, roundLength } from "../image/physical.js";
import { formatNumber } from "../shell/format.js";
import { setText } from "../shell/element.js";
import { setAttributes, svgElement } from "./svg.js";

/**
 * @typedef {object} Bar
 * @property {number} pixels of the canvas
 * @property {string} text its length, with the unit
 */

/**
 * A bar along a direction of the screen.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {{x: number, y: number}} direction of length 1, pixels of the canvas
 * @param {number} most pixels of the canvas
 * @returns {Bar | null} null where lengths have no unit in common
 */
export function scaleBar({ view, layout, stream }, direction, most) {
  if (layout === null || stream === null) return null;
  const [from, to] = [view.toImage(0, 0), view.toImage(direction.x, direction.y)];
  const { rows, columns } = imageAxes(layout, stream.metadata);
  const found = lineLength(rows, columns, to.x - from.x, to.y - from.y);
  if (found === null || !(found.length > 0) || !Number.isFinite(found.length)) return null;
  // Round in the unit that it is read in: 500 nm, and not 0.5 of a µm rounded to 0.2 or 0.5 mm.
  const unit = found.unit === "" ? (rows.known || columns.known ? "" : "px") : found.unit;
  const longest = readable(found.length * most, unit);
  const length = roundLength(longest.value);
  const text = `${formatNumber(length, 6)} ${longest.unit}`.trim();
  return { pixels: (length / longest.value) * most, text };
}

export class ScaleBar {
  /**
   * @param {import("./picture.js").Picture} picture
   * @param {import("./overlay.js").Overlay} overlay
   */
  constructor(picture, overlay) {
    /** @private */
    this.picture = picture;
    this.shown = false;
    /** @private */
    this.across = makeBar();
    /** @private */
    this.upright = makeBar();
    /** @private */
    this.group = svgElement("g", { class: "scale-bar" }, this.across.group, this.upright.group);
    overlay.svg.append(this.group);
    picture.view.onChange(() => this.place());
  }

  /** @param {boolean} wanted */
  show(wanted) {
    this.shown = wanted;
    this.place();
  }

  /**
   * Where the bars are, in pixels of the canvas.
   *
   * @returns {{x: number, y: number, ratio: number, across: Bar | null, upright: Bar | null}}
   */
  get bars() {
    const { canvas } = this.picture;
    const ratio = canvas.width / (canvas.clientWidth || canvas.width);
    const most = Math.min(160 * ratio, canvas.width / 3, canvas.height / 3);
    const across = scaleBar(this.picture, { x: 1, y: 0 }, most);
    const down = scaleBar(this.picture, { x: 0, y: 1 }, most);
    // Where both directions are alike, one bar says it.
    const isSame =
      across !== null &&
      down !== null &&
      across.text === down.text &&
      Math.abs(across.pixels - down.pixels) < 0.01 * across.pixels;
    return { x: 14 * ratio, y: canvas.height - 14 * ratio, ratio, across, upright: isSame ? null : down };
  }

  /** Puts the bars where the view has them. */
  place() {
    const { shown, group } = this;
    const isShown = shown && this.picture.layout !== null;
    setAttributes(group, { visibility: isShown ? "visible" : "hidden" });
    if (!isShown) return;
    const { x, y, ratio, across, upright } = this.bars;
    const [left, bottom] = [x / ratio, y / ratio];
    putBar(this.across, across, (length) => {
      const right = left + length / ratio;
      return {
        path: `M${left} ${bottom}H${right}`,
        text: { x: (left + right) / 2, y: bottom - 7, "text-anchor": "middle" },
      };
    });
    putBar(this.upright, upright, (length) => {
      const top = bottom - length / ratio;
      return {
        path: `M${left} ${bottom}V${top}`,
        text: { x: left + 7, y: top + 9, "text-anchor": "start" },
      };
    });
  }

  /** Draws the bars on a copy of the canvas. @param {CanvasRenderingContext2D} context */
  paint(context) {
    if (!this.shown || this.picture.layout === null) return;
    const { x, y, ratio, across, upright } = this.bars;
    context.font = `${12 * ratio}px sans-serif`;
    context.textBaseline = "alphabetic";
    for (const [bar, isUpright] of /** @type {const} */ ([[across, false], [upright, true]])) {
      if (bar === null) continue;
      const [dx, dy] = isUpright ? [0, -bar.pixels] : [bar.pixels, 0];
      for (const [color, width] of /** @type {const} */ ([["#000", 5], ["#fff", 3]])) {
        context.strokeStyle = color;
        context.lineWidth = width * ratio;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(x + dx, y + dy);
        context.stroke();
      }
      context.textAlign = isUpright ? "left" : "center";
      const [tx, ty] = isUpright ? [x + 7 * ratio, y + dy + 9 * ratio] : [x + dx / 2, y - 7 * ratio];
      context.strokeStyle = "#000";
      context.lineWidth = 3 * ratio;
      context.strokeText(bar.text, tx, ty);
      context.fillStyle = "#fff";
      context.fillText(bar.text, tx, ty);
    }
  }
}

function makeBar() {
  const under = svgElement("path", { class: "under" });
  const path = svgElement("path");
  const text = svgElement("text");
  return { group: svgElement("g", {}, under, path, text), under, path, text };
}

/**
 * @param {ReturnType<typeof makeBar>} made
 * @param {Bar | null} bar
 * @param {(pixels: number) => {path: string, text: {[attribute: string]: string | number}}} where
 */
function putBar(made, bar, where) {
  setAttributes(made.group, { visibility: bar === null ? "hidden" : "inherit" });
  if (bar === null) return;
  const { path, text } = where(bar.pixels);
  setAttributes(made.under, { d: path });
  setAttributes(made.path, { d: path });
  setAttributes(made.text, text);
  setText(made.text, bar.text);
}
