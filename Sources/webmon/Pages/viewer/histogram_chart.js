// @ts-check
/**
 * The histogram of a plane, with the contrast limits as handles on it.
 */

import { colormapGradient } from "../image/colormaps.js";
import { binCount, histogram } from "../image/statistics.js";
import { tickLabels, ticksBetween } from "../plot/ticks.js";
import { element, setText } from "../shell/element.js";
import { formatCount, formatNumber } from "../shell/format.js";

/** @typedef {import("../image/statistics.js").Statistics} Statistics */
/** @typedef {[number, number]} Limits */

/** How counts become heights: rare values stay in sight beside a background of a million. */
export const countScales = /** @type {const} */ (["sqrt", "log", "linear"]);
/** @typedef {typeof countScales[number]} CountScale */

/** @type {Record<CountScale, (count: number) => number>} */
const heights = { sqrt: Math.sqrt, log: Math.log1p, linear: (count) => count };

const colours = ["--red", "--green", "--blue"];
const handleNames = ["Lower contrast limit", "Upper contrast limit", "Both contrast limits"];

/**
 * @typedef {object} Shown
 * @property {Statistics | null} statistics
 * @property {Limits} domain what is from the left edge to the right one
 * @property {Limits} limits
 * @property {boolean} whole whether values are whole numbers
 * @property {boolean} disabled
 * @property {CountScale} counts
 * @property {string} colormap
 */

export class HistogramChart {
  /**
   * @param {HTMLElement} hover says value and count under the pointer
   * @param {(limits: Limits) => void} onLimits moved by hand
   * @param {string} suffix of ids
   */
  constructor(hover, onLimits, suffix) {
    this.canvas = element("canvas", { id: `histogram${suffix}`, "aria-hidden": "true" });
    /** @private */
    this.legend = element("div", { id: `legend${suffix}`, class: "legend", "aria-hidden": "true" });
    /** @private */
    this.ticks = element("div", { class: "ticks", "aria-hidden": "true" });
    /** @private lower, upper, both */
    this.handles = handleNames.map((name, i) =>
      element("div", {
        class: ["limit low", "limit high", "limit both"][i],
        role: "slider",
        tabindex: "0",
        "aria-label": name,
        "aria-valuenow": "0",
      }),
    );
    const [low, high, both] = this.handles;
    const field = element("div", { class: "field" }, this.canvas, both, low, high);
    this.element = element("div", { class: "histogram" }, field, this.legend, this.ticks);
    /** @private */
    this.hover = hover;
    /** @private */
    this.onLimits = onLimits;
    /** @private @type {Shown | null} */
    this.shown = null;
    /** @private @type {Uint32Array} what is drawn, of all channels together */
    this.bins = new Uint32Array(binCount);
    /** @private */
    this.tickKey = "";
    this.handles.forEach((handle, end) => this.listen(handle, end));
    field.addEventListener("pointermove", (event) => this.showHover(event));
    field.addEventListener("pointerleave", () => setText(this.hover, ""));
    document.addEventListener("themechange", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** @private @param {HTMLElement} handle @param {number} end 0 lower, 1 upper, 2 both */
  listen(handle, end) {
    /** @type {{at: number, limits: Limits} | null} */
    let grabbed = null;
    handle.addEventListener("pointerdown", (event) => {
      if (this.shown === null || this.shown.disabled || event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      grabbed = { at: this.valueAt(event), limits: [...this.shown.limits] };
    });
    handle.addEventListener("pointermove", (event) => {
      if (grabbed !== null) this.move(end, grabbed.limits, this.valueAt(event) - grabbed.at);
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      handle.addEventListener(name, () => {
        grabbed = null;
      });
    }
    handle.addEventListener("keydown", (event) => {
      const steps = /** @type {Record<string, number>} */ ({
        ArrowLeft: -1,
        ArrowDown: -1,
        ArrowRight: 1,
        ArrowUp: 1,
        PageDown: -10,
        PageUp: 10,
      });
      const step = steps[event.key];
      if (step === undefined || this.shown === null || this.shown.disabled) return;
      event.preventDefault();
      this.move(end, this.shown.limits, step * this.step * (event.shiftKey ? 10 : 1));
    });
  }

  /** @private A hundredth of what is in sight, in round numbers. */
  get step() {
    const { domain, whole } = /** @type {Shown} */ (this.shown);
    const step = ticksBetween(domain[0], domain[1], 100).step || 1;
    return whole ? Math.max(1, step) : step;
  }

  /** @private @param {number} taken @param {Limits} limits @param {number} by how much it moves */
  move(taken, limits, by) {
    // Where one handle hides the other, the direction tells which of them is meant.
    const end = taken !== 2 && limits[0] === limits[1] ? (by < 0 ? 0 : 1) : taken;
    const { domain, whole } = /** @type {Shown} */ (this.shown);
    const span = limits[1] - limits[0];
    const bound = (/** @type {number} */ value, /** @type {Limits} */ [from, to]) =>
      Math.min(to, Math.max(from, value));
    // To a thousandth of what is in sight: more digits nobody chose by hand.
    const grain = whole ? 1 : 10 ** Math.floor(Math.log10((domain[1] - domain[0]) / 1000));
    const round = (/** @type {number} */ value) =>
      Number((Math.round(value / grain) * grain).toPrecision(15));
    if (end === 2) {
      const low = round(bound(limits[0] + by, [domain[0], Math.max(domain[0], domain[1] - span)]));
      this.onLimits([low, round(low + span)]);
    } else if (end === 0) {
      this.onLimits([Math.min(limits[1], round(bound(limits[0] + by, domain))), limits[1]]);
    } else {
      this.onLimits([limits[0], Math.max(limits[0], round(bound(limits[1] + by, domain)))]);
    }
  }

  /** @private @param {MouseEvent} event */
  valueAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const [from, to] = this.shown?.domain ?? [0, 1];
    return from + ((event.clientX - box.left) / (box.width || 1)) * (to - from);
  }

  /** @private @param {MouseEvent} event */
  showHover(event) {
    if (this.shown === null || this.shown.statistics === null) return;
    const [from, to] = this.shown.domain;
    const share = (this.valueAt(event) - from) / (to - from);
    const bin = Math.min(binCount - 1, Math.max(0, Math.floor(share * binCount)));
    const width = (to - from) / binCount;
    const value = from + (bin + 0.5) * width;
    const text = formatNumber(this.shown.whole && width <= 2 ? Math.floor(value) : value, 4);
    setText(this.hover, `${text}: ${formatCount(this.bins[bin])} px`);
  }

  /** @param {Shown} shown */
  show(shown) {
    this.shown = shown;
    const { domain, limits, disabled, colormap } = shown;
    const place = (/** @type {number} */ value) =>
      ((value - domain[0]) / (domain[1] - domain[0])) * 100;
    const within = (/** @type {number} */ value) => Math.min(100, Math.max(0, place(value)));
    const [low, high] = limits.map(within);
    this.handles[0].style.left = `${low}%`;
    this.handles[1].style.left = `${high}%`;
    this.handles[2].style.left = `${low}%`;
    this.handles[2].style.width = `${high - low}%`;
    const middle = (limits[0] + limits[1]) / 2;
    this.handles.forEach((handle, end) => {
      handle.setAttribute("aria-valuemin", String(domain[0]));
      handle.setAttribute("aria-valuemax", String(domain[1]));
      handle.setAttribute("aria-valuenow", String(limits[end] ?? middle));
      const texts = limits.map((limit) => formatNumber(limit));
      handle.setAttribute("aria-valuetext", texts[end] ?? texts.join(" to "));
      handle.setAttribute("aria-disabled", String(disabled));
      handle.tabIndex = disabled ? -1 : 0;
    });
    this.legend.style.visibility = disabled ? "hidden" : "visible";
    this.legend.style.background = colormapGradient(colormap, place(limits[0]), place(limits[1]));
    this.showTicks(domain);
    this.draw();
  }

  /** @private @param {Limits} domain */
  showTicks([from, to]) {
    if (this.tickKey === `${from} ${to}`) return;
    this.tickKey = `${from} ${to}`;
    const ticks = ticksBetween(from, to, 5);
    const labels = tickLabels(ticks).map((label, i) => {
      const made = element("span", {}, label);
      const at = ((ticks.values[i] - from) / (to - from)) * 100;
      made.style.left = `${at}%`;
      if (at < 4) made.dataset.edge = "left";
      if (at > 96) made.dataset.edge = "right";
      return made;
    });
    this.ticks.replaceChildren(...labels);
  }

  /** @private */
  draw() {
    const { canvas, shown } = this;
    const context = canvas.getContext("2d");
    const box = canvas.getBoundingClientRect();
    if (context === null || box.width === 0 || shown === null) return;
    const scale = devicePixelRatio;
    const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context.clearRect(0, 0, width, height);
    const { statistics, domain, limits, counts } = shown;
    if (statistics === null) return;
    const style = getComputedStyle(canvas);
    this.bins = histogram(statistics.sorted, ...domain);
    const tall = heights[counts];
    const step = width / binCount;
    if (statistics.channels.length > 0) {
      const all = statistics.channels.map((numbers) => histogram(numbers, ...domain));
      const largest = tall(Math.max(1, ...all.map((bins) => Math.max(...bins))));
      context.lineWidth = scale;
      all.forEach((bins, channel) => {
        context.strokeStyle = style.getPropertyValue(colours[channel]);
        context.beginPath();
        bins.forEach((count, i) => {
          context.lineTo((i + 0.5) * step, height - (tall(count) / largest) * (height - scale));
        });
        context.stroke();
      });
      return;
    }
    const largest = tall(Math.max(1, ...this.bins));
    this.bins.forEach((count, i) => {
      const value = domain[0] + ((i + 0.5) / binCount) * (domain[1] - domain[0]);
      const inside = value >= limits[0] && value <= limits[1];
      context.fillStyle = style.getPropertyValue(inside ? "--text" : "--muted");
      context.globalAlpha = inside ? 0.75 : 0.4;
      const high = count === 0 ? 0 : Math.max(scale, (tall(count) / largest) * height);
      context.fillRect(i * step, height - high, Math.max(1, step - (step > 3 ? 1 : 0)), high);
    });
    context.globalAlpha = 1;
  }
}
