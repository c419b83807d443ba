// @ts-check
/**
 * Contrast limits, gamma and colour map: chosen by hand, by the data or by metadata.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { element, find, setText } from "../shell/element.js";
import { formatCount, formatNumber } from "../shell/format.js";
import { colormapGradient, colormaps, isColormap } from "../image/colormaps.js";
import { histogram } from "../image/statistics.js";

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/statistics.js").Statistics} Statistics */
/** @typedef {"fixed" | "minmax" | "percentile"} Mode */

const modes = /** @type {const} */ (["fixed", "minmax", "percentile"]);

export class Contrast {
  /**
   * @param {() => void} onChange the picture must be drawn again
   * @param {string} [suffix] of the ids of its elements and of its keys in the address: "" for the
   *   stream, "2" for the one it is compared with
   */
  constructor(onChange, suffix = "") {
    /** @private */
    this.suffix = suffix;
    /** @type {import("../image/renderer.js").Look} */
    this.look = { limits: [0, 255], gamma: 1, colormap: "gray" };
    /** @type {Mode} */
    this.mode = "fixed";
    /** @private */
    this.onChange = onChange;
    /** @private @type {Statistics | null} */
    this.statistics = null;
    /** @private @type {[number, number]} what the sliders reach */
    this.domain = [0, 255];
    /** @private whether nothing was measured yet: then the domain is only a guess */
    this.isEarly = true;
    /** @private */
    this.isColour = false;
    /** @private @type {{limits: [number, number], mode: Mode}} without the user's choice */
    this.given = { limits: [0, 255], mode: "fixed" };
    /** @private */
    this.givenColormap = "gray";
    /** @private */
    this.group = find(`#contrast${suffix}`, HTMLElement);
    /** @private */
    this.modeSelect = find(`#mode${suffix}`, HTMLSelectElement);
    /** @private */
    this.sliders = [find(`#low${suffix}`, HTMLInputElement), find(`#high${suffix}`, HTMLInputElement)];
    /** @private */
    this.numbers = [
      find(`#low-number${suffix}`, HTMLInputElement),
      find(`#high-number${suffix}`, HTMLInputElement),
    ];
    /** @private */
    this.gammaSlider = find(`#gamma${suffix}`, HTMLInputElement);
    /** @private */
    this.gammaNumber = find(`#gamma-number${suffix}`, HTMLOutputElement);
    /** @private */
    this.colormapSelect = find(`#colormap${suffix}`, HTMLSelectElement);
    /** @private */
    this.chart = find(`#histogram${suffix}`, HTMLCanvasElement);
    /** @private */
    this.legend = find(`#legend${suffix}`, HTMLElement);
    this.listen();
  }

  /** @private */
  listen() {
    for (const { name, label } of colormaps) {
      this.colormapSelect.append(element("option", { value: name }, label));
    }
    this.colormapSelect.addEventListener("change", () => {
      this.look.colormap = this.colormapSelect.value;
      const isGiven = this.look.colormap === this.givenColormap;
      this.write({ cmap: isGiven ? null : this.look.colormap });
      this.show();
      this.onChange();
    });
    this.modeSelect.addEventListener("change", () => {
      this.choose(modes.find((mode) => mode === this.modeSelect.value) ?? "fixed");
    });
    const inputs = [this.sliders, this.numbers];
    for (const pair of inputs) {
      pair.forEach((input, end) => {
        input.addEventListener(pair === this.sliders ? "input" : "change", () => {
          const value = Number(input.value);
          if (input.value === "" || !Number.isFinite(value)) return this.show();
          this.setLimit(end, value);
        });
      });
    }
    this.gammaSlider.addEventListener("input", () => {
      this.setGamma(Number((10 ** Number(this.gammaSlider.value)).toFixed(2)));
    });
    this.gammaSlider.addEventListener("dblclick", () => this.setGamma(1));
    document.addEventListener("themechange", () => this.drawChart());
    new ResizeObserver(() => this.drawChart()).observe(this.chart);
  }

  /**
   * Another stream, or another generation of it.
   *
   * @param {ImageLayout | null} layout null: nothing to choose
   * @param {{[key: string]: unknown}} metadata
   */
  begin(layout, metadata) {
    this.group.hidden = layout === null;
    if (layout === null) return;
    const { code } = layout.dtype;
    this.isColour = layout.channels > 1;
    this.statistics = null;
    this.isEarly = code !== "b1" && code !== "u1";
    this.domain = code === "b1" ? [0, 1] : [0, 255];

    const said = metadata.contrast_limits;
    const pair = Array.isArray(said) && said.length === 2 ? said.map(Number) : [];
    if (pair.length === 2 && pair.every(Number.isFinite)) {
      this.given = { limits: [pair[0], pair[1]], mode: "fixed" };
    } else if (code === "b1" || code === "u1") {
      this.given = { limits: code === "b1" ? [0, 1] : [0, 255], mode: "fixed" };
    } else {
      this.given = { limits: [0, 1], mode: "percentile" };
    }
    const name = String(metadata.colormap ?? "gray");
    this.givenColormap = isColormap(name) ? name : "gray";

    const cmap = readAddress(`cmap${this.suffix}`);
    const gamma = Number(readAddress(`gamma${this.suffix}`) ?? 1);
    const limits = (readAddress(`limits${this.suffix}`) ?? "").split(",").map(Number);
    const auto = readAddress(`auto${this.suffix}`);
    const hasLimits = limits.length === 2 && limits.every(Number.isFinite);
    this.mode = hasLimits ? "fixed" : (modes.find((mode) => mode === auto) ?? this.given.mode);
    this.look = {
      limits: hasLimits ? [limits[0], limits[1]] : [...this.given.limits],
      gamma: gamma > 0 ? gamma : 1,
      colormap: cmap !== null && isColormap(cmap) ? cmap : this.givenColormap,
    };
    this.show();
    this.drawChart();
  }

  /** Statistics of the plane that is shown. @param {Statistics} statistics */
  update(statistics) {
    this.statistics = statistics;
    const { min, max, low, high } = statistics;
    if (this.mode !== "fixed") {
      const [from, to] = this.mode === "minmax" ? [min, max] : [low, high];
      // Percentiles of nearly constant data coincide; the extremes then still tell apart.
      this.look.limits = from < to ? [from, to] : [min, max];
    }
    // Only ever wider within a generation: sliders must not move under the hand.
    const before = this.isEarly ? this.look.limits : this.domain;
    this.domain = [Math.min(before[0], min), Math.max(before[1], max)];
    this.isEarly = false;
    this.show();
    this.drawChart();
  }

  /** @param {Mode} mode */
  choose(mode) {
    this.mode = mode;
    if (mode === "fixed") {
      this.remember();
    } else {
      this.write({ auto: mode === this.given.mode ? null : mode, limits: null });
      if (this.statistics !== null) this.update(this.statistics);
    }
    this.show();
    this.onChange();
  }

  /** Automatic by percentiles, or held as it is. */
  toggleAuto() {
    this.choose(this.mode === "fixed" ? "percentile" : "fixed");
  }

  /** @private The limits as they stand go into the address. */
  remember() {
    const { limits } = this.look;
    const { given } = this;
    const isGiven =
      given.mode === "fixed" && limits[0] === given.limits[0] && limits[1] === given.limits[1];
    this.write({ limits: isGiven ? null : limits.map(String).join(","), auto: null });
  }

  /** @private @param {{[key: string]: string | null}} values for the address */
  write(values) {
    const keys = Object.entries(values).map(([key, value]) => [`${key}${this.suffix}`, value]);
    writeAddress(Object.fromEntries(keys));
  }

  /** @private @param {number} end 0 the lower, 1 the upper @param {number} value */
  setLimit(end, value) {
    const limits = this.look.limits;
    limits[end] = Number(value.toPrecision(6));
    if (limits[0] > limits[1]) limits[1 - end] = limits[end];
    this.mode = "fixed";
    this.remember();
    this.show();
    this.drawChart();
    this.onChange();
  }

  /** @private @param {number} gamma */
  setGamma(gamma) {
    this.look.gamma = gamma;
    this.write({ gamma: gamma === 1 ? null : String(gamma) });
    this.show();
    this.onChange();
  }

  /** @private */
  show() {
    const { limits, gamma, colormap } = this.look;
    const isLabels = colormap === "labels";
    this.modeSelect.value = this.mode;
    this.colormapSelect.value = colormap;
    this.colormapSelect.disabled = this.isColour;
    const [from, to] = [Math.min(this.domain[0], limits[0]), Math.max(this.domain[1], limits[1])];
    this.sliders.forEach((slider, end) => {
      if (document.activeElement !== slider || !slider.matches(":active")) {
        slider.min = String(from);
        slider.max = String(to);
      }
      slider.value = String(limits[end]);
      slider.disabled = isLabels;
      const input = this.numbers[end];
      if (document.activeElement !== input) input.value = formatNumber(limits[end]);
      input.disabled = isLabels;
    });
    this.modeSelect.disabled = isLabels;
    this.gammaSlider.disabled = isLabels;
    this.gammaSlider.value = String(Math.log10(gamma));
    setText(this.gammaNumber, gamma.toFixed(2));
    this.legend.hidden = isLabels;
    const place = (/** @type {number} */ value) => ((value - from) / (to - from || 1)) * 100;
    const name = this.isColour ? "gray" : colormap;
    this.legend.style.background = colormapGradient(name, place(limits[0]), place(limits[1]));
    this.chart.title =
      this.statistics === null
        ? ""
        : this.statistics.whole
          ? `Of all ${formatCount(this.statistics.count)} pixels`
          : `Of ${formatCount(this.statistics.count)} pixels, evenly spread over the image`;
  }

  /** @private */
  drawChart() {
    const { chart, statistics } = this;
    const context = chart.getContext("2d");
    const box = chart.getBoundingClientRect();
    if (context === null || box.width === 0) return;
    const scale = devicePixelRatio;
    const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
    if (chart.width !== width) chart.width = width;
    if (chart.height !== height) chart.height = height;
    context.clearRect(0, 0, width, height);
    if (statistics === null) return;
    const [from, to] = this.domain;
    const bins = histogram(statistics.sorted, from, to);
    // Square roots: rare values stay in sight beside a background of a million pixels.
    const largest = Math.sqrt(Math.max(1, ...bins));
    const style = getComputedStyle(chart);
    const [low, high] = this.look.limits;
    const step = width / bins.length;
    bins.forEach((count, i) => {
      const value = from + ((i + 0.5) / bins.length) * (to - from);
      const inside = value >= low && value <= high;
      context.fillStyle = style.getPropertyValue(inside ? "--text" : "--muted");
      context.globalAlpha = inside ? 0.75 : 0.4;
      const tall = count === 0 ? 0 : Math.max(scale, (Math.sqrt(count) / largest) * height);
      context.fillRect(i * step, height - tall, Math.max(1, step - (step > 3 ? 1 : 0)), tall);
    });
    context.globalAlpha = 1;
  }
}
