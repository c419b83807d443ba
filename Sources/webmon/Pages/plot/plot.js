// @ts-check
/**
 * A live line plot on a canvas: axes with ticks, the value under the cursor, pan and zoom along x.
 */

import { onceAFrame } from "../shell/once_a_frame.js";
import { element, setText } from "../shell/element.js";
import { formatNumber } from "../shell/format.js";
import { drawPlot } from "./draw_plot.js";
import { PlotScales } from "./scales.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {ArrayLike<number>} values NaN leaves a gap
 * @property {string} color of CSS, or a custom property of the page: "--accent"
 */

/**
 * @typedef {object} PlotData
 * @property {Series[]} series
 * @property {number} x0 of the first value, in units of the x axis
 * @property {number} dx from one value to the next
 * @property {string} xName what x is, with its unit
 */

/** Lines that are named beside the plot; more would not be told apart. */
const namedMost = 8;

export class Plot {
  /**
   * @param {HTMLElement} container it fills it
   * @param {string} label what it shows, for those who do not see it
   * @param {() => void} [onWindow] another part was chosen by hand
   */
  constructor(container, label, onWindow = () => {}) {
    this.scales = new PlotScales();
    /** @type {number | null} the index under the cursor */
    this.cursor = null;
    /** @private @type {PlotData} */
    this.data = { series: [], x0: 0, dx: 1, xName: "" };
    /** Draws on the next animation frame. */
    this.request = onceAFrame(() => this.draw());
    /** @private */
    this.onWindow = onWindow;
    /** @private @type {import("./draw_plot.js").Area} css pixels of the last drawing */
    this.area = { left: 0, top: 0, width: 1, height: 1 };
    this.canvas = element("canvas", { tabindex: "0", role: "img", "aria-label": label });
    /** @private */
    this.legend = element("div", { class: "plot-legend" });
    const box = element("div", { class: "plot-box" }, this.canvas);
    container.append(element("div", { class: "plot" }, this.legend, box));
    this.listen(box);
  }

  /** @private @param {HTMLElement} box */
  listen(box) {
    const { canvas } = this;
    new ResizeObserver(() => this.draw()).observe(box);
    document.addEventListener("themechange", () => this.request());
    /** @type {number | null} */
    let dragged = null;
    const share = (/** @type {MouseEvent} */ event) =>
      (event.clientX - canvas.getBoundingClientRect().left - this.area.left) / this.area.width;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      dragged = share(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = share(event);
      if (dragged !== null) {
        this.scales.pan(dragged - now);
        dragged = now;
        this.onWindow();
      }
      const [from, to] = this.scales.window;
      this.point(now < -0.02 || now > 1.02 ? null : from + now * (to - from));
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      canvas.addEventListener(name, () => {
        dragged = null;
      });
    }
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("dblclick", () => this.zoom(null));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
        this.zoom(Math.exp((-event.deltaY * lines) / 400), Math.min(1, Math.max(0, share(event))));
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @private @param {KeyboardEvent} event */
  key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });
    const [from, to] = this.scales.window;
    const step = steps[event.key];
    if (step !== undefined) {
      const far = event.shiftKey ? Math.max(1, Math.round((to - from) / 10)) : 1;
      this.point((this.cursor ?? Math.round((from + to) / 2)) + step * far);
    } else if (event.key === "Home") {
      this.point(0);
    } else if (event.key === "End") {
      this.point(this.scales.length - 1);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {number | null} factor null: all @param {number} [share] of the width that stays */
  zoom(factor, share) {
    if (factor === null) this.scales.choose(null);
    else this.scales.zoom(factor, share);
    this.onWindow();
    this.request();
  }

  /** @private @param {number | null} index */
  point(index) {
    const last = this.scales.length - 1;
    this.cursor = index === null || last < 0 ? null : Math.min(last, Math.max(0, Math.round(index)));
    this.request();
  }

  /** @param {PlotData} data */
  show(data) {
    this.data = data;
    this.scales.length = Math.max(0, ...data.series.map(({ values }) => values.length));
    if (this.cursor !== null && this.cursor >= this.scales.length) this.cursor = null;
    this.request();
  }

  /** @private */
  draw() {
    const { canvas, data, scales, cursor } = this;
    const box = canvas.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.area = drawPlot(canvas, ratio, data, scales, cursor);
    this.showLegend();
  }

  /** @private Names and, where the cursor is, values. */
  showLegend() {
    const { legend, cursor } = this;
    const { series, x0, dx, xName } = this.data;
    const shown = series.slice(0, namedMost);
    while (legend.children.length > shown.length + 1) legend.lastElementChild?.remove();
    while (legend.children.length < shown.length + 1) {
      legend.append(element("span", {}, element("i"), element("span"), element("b")));
    }
    const [place, ...entries] = legend.children;
    const at = cursor === null ? "" : `${xName === "" ? "x" : xName} ${formatNumber(x0 + cursor * dx, 6)}`;
    setText(place.children[1], at);
    entries.forEach((entry, i) => {
      const [swatch, name, value] = entry.children;
      const { color } = shown[i];
      /** @type {HTMLElement} */ (swatch).style.background = color.startsWith("--")
        ? `var(${color})`
        : color;
      const isOnly = series.length === 1;
      /** @type {HTMLElement} */ (swatch).hidden = isOnly;
      const more = i === namedMost - 1 && series.length > namedMost ? ` (of ${series.length})` : "";
      setText(name, shown[i].name + more);
      setText(value, cursor === null ? "" : formatNumber(shown[i].values[cursor] ?? NaN, 7));
    });
  }
}
