// @ts-check
/**
 * Contrast limits, gamma and colour map: chosen by hand, by the data or by metadata.
 */

import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { setText } from "../shell/element.js";
import { formatCount, formatNumber } from "../shell/format.js";
import { colormapKind, isColormap } from "../image/colormaps.js";
import { ColormapChoice } from "./colormap_choice.js";
import { makeContrastControls } from "./contrast_controls.js";
import { displayOf } from "./display_log.js";
import { givenContrast } from "./given_contrast.js";
import { countScales, HistogramChart } from "./histogram_chart.js";

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/statistics.js").Statistics} Statistics */
/** @typedef {import("./given_contrast.js").Limits} Limits */
/** @typedef {import("./given_contrast.js").Mode} Mode */

const modes = /** @type {const} */ (["fixed", "minmax", "percentile"]);

export class Contrast {
  /**
   * @param {HTMLElement} container
   * @param {() => void} onChange the picture must be drawn again
   * @param {string} [suffix] of the ids of its elements and of its keys in the address: "" for the
   *   first picture, "2" for the one that it is compared with
   */
  constructor(container, onChange, suffix = "") {
    /** @type {import("../image/renderer.js").Look} */
    this.look = { limits: [0, 255], gamma: 1, colormap: "gray" };
    /** @type {Mode} */
    this.mode = "fixed";
    /** @private */
    this.container = container;
    /** @private */
    this.onChange = onChange;
    /** @private */
    this.suffix = suffix;
    /** @private @type {Statistics | null} */
    this.statistics = null;
    /** @private @type {Limits} what the data and the limits reached so far */
    this.domain = [0, 255];
    /** @private whether nothing was measured yet: then the domain is only a guess */
    this.isEarly = true;
    /** @private */
    this.isColour = false;
    /** @private whether values are whole numbers */
    this.whole = true;
    /** @private without the user's choice */
    this.given = givenContrast("u1", {});
    /** @private whether a producer tells how it displays the stream itself */
    this.hasProducer = false;
    /** @private @type {Map<string, string | null>} what was chosen here, for the address, which has it a moment later */
    this.written = new Map();
    /** @private @type {number | null} the value in the middle of a diverging colour map */
    this.centre = 0;
    /** @private @type {import("./histogram_chart.js").CountScale} */
    this.counts = "sqrt";

    /** @private */
    this.controls = makeContrastControls(suffix);
    /** @private */
    this.chart = new HistogramChart(this.controls.hover, (limits) => this.setLimits(limits), suffix);
    /** @private */
    this.choice = new ColormapChoice(
      (name) => this.setColormap(name),
      (centre) => this.setCentre(centre),
      suffix,
    );
    const { heading, above, limits, buttons } = this.controls;
    container.replaceChildren(heading, above, this.chart.element, limits, buttons, ...this.choice.rows);
    this.listen();
  }

  /** @private */
  listen() {
    const { mode, counts, numbers, gamma, once, reset } = this.controls;
    mode.addEventListener("change", () => {
      this.choose(modes.find((known) => known === mode.value) ?? "fixed");
    });
    counts.addEventListener("change", () => {
      this.counts = countScales.find((known) => known === counts.value) ?? "sqrt";
      this.write({ counts: this.counts === "sqrt" ? null : this.counts });
      this.show();
    });
    numbers.forEach((input, end) => {
      input.addEventListener("change", () => {
        const value = Number(input.value);
        if (input.value === "" || !Number.isFinite(value)) return this.show();
        const limits = /** @type {Limits} */ ([...this.look.limits]);
        limits[end] = value;
        if (limits[0] > limits[1]) limits[1 - end] = value;
        this.setLimits(limits, end);
      });
    });
    gamma.addEventListener("input", () => {
      this.setGamma(Number((10 ** Number(gamma.value)).toFixed(2)));
    });
    gamma.addEventListener("dblclick", () => this.setGamma(1));
    once.addEventListener("click", () => this.fitOnce());
    reset.addEventListener("click", () => this.reset());
  }

  /**
   * Another stream, or another generation of it.
   *
   * @param {ImageLayout | null} layout null: nothing to choose
   * @param {{[key: string]: unknown}} metadata
   */
  begin(layout, metadata) {
    this.container.hidden = layout === null;
    if (layout === null) return;
    const { code } = layout.dtype;
    this.isColour = layout.channels > 1;
    this.whole = "bui".includes(code[0]);
    this.statistics = null;
    this.given = givenContrast(code, metadata);
    this.hasProducer = displayOf(metadata) !== null;
    flushAddress(); // What was chosen last holds for another generation, too.
    this.written.clear();
    this.choice.offer(this.given.colormap, "");
    this.isEarly = this.given.isGuess;
    this.domain = [...this.given.domain];
    this.readChoice();
    this.show();
  }

  /**
   * How the producer displays the stream: so it is here, but for what was chosen here.
   *
   * @param {import("./display_log.js").ProducerLook} look
   */
  follow({ limits, gamma, colormap, colormapName }) {
    if (!this.hasProducer) return;
    const { given } = this;
    if (limits !== null) [given.limits, given.mode] = [limits, "fixed"];
    given.gamma = gamma;
    given.colormap = colormap ?? given.colormap;
    this.choice.offer(given.colormap, colormapName);
    this.readChoice();
    if (this.mode !== "fixed" && this.statistics !== null) this.update(this.statistics);
    this.show();
    this.onChange();
  }

  /** @private Whether all is as the producer has it. */
  get isFollowing() {
    return this.hasProducer && ["limits", "auto", "gamma", "cmap"].every((key) => this.read(key) === null);
  }

  /** @private What was chosen, null if nothing was. @param {string} key */
  read(key) {
    const written = this.written.get(key);
    return written === undefined ? readAddress(`${key}${this.suffix}`) : written;
  }

  /** @param {boolean} isUnused whether what is shown has no limits: phases, say */
  veil(isUnused) {
    this.container.hidden = isUnused;
  }

  /** @private What the address says of contrast. */
  readChoice() {
    const read = (/** @type {string} */ key) => this.read(key);
    const cmap = read("cmap");
    const gamma = Number(read("gamma") ?? this.given.gamma);
    const limits = (read("limits") ?? "").split(",").map(Number);
    const auto = read("auto");
    const centre = read("centre");
    const counts = read("counts");
    const hasLimits = limits.length === 2 && limits.every(Number.isFinite);
    this.mode = hasLimits ? "fixed" : (modes.find((mode) => mode === auto) ?? this.given.mode);
    this.look = {
      limits: hasLimits ? [limits[0], limits[1]] : [...this.given.limits],
      gamma: gamma > 0 ? gamma : 1,
      colormap: cmap !== null && isColormap(cmap) ? cmap : this.given.colormap,
    };
    this.centre = centre === "off" ? null : Number.isFinite(Number(centre)) ? Number(centre) : 0;
    this.counts = countScales.find((known) => known === counts) ?? "sqrt";
  }

  /** Statistics of the plane that is shown. @param {Statistics} statistics */
  update(statistics) {
    this.statistics = statistics;
    const { min, max } = statistics;
    if (this.mode !== "fixed") this.look.limits = this.limitsOf(statistics, this.mode);
    // Only ever wider within a generation: handles must not move under the hand.
    const before = this.isEarly ? this.look.limits : this.domain;
    this.domain = [Math.min(before[0], min), Math.max(before[1], max)];
    this.isEarly = false;
    this.show();
  }

  /**
   * @private
   * @param {Statistics} statistics
   * @param {Mode} mode
   * @returns {Limits}
   */
  limitsOf({ min, max, low, high }, mode) {
    const [from, to] = mode === "minmax" ? [min, max] : [low, high];
    // Percentiles of nearly constant data coincide; the extremes then still tell apart.
    const limits = /** @type {Limits} */ (from < to ? [from, to] : [min, max]);
    const { middle } = this;
    if (middle === null) return limits;
    const half = Math.max(Math.abs(limits[0] - middle), Math.abs(limits[1] - middle));
    return [middle - half, middle + half];
  }

  /** @private What the middle of the colour map stands for; null if it stands for nothing. */
  get middle() {
    const isDiverging = colormapKind(this.look.colormap) === "diverging" && !this.isColour;
    return isDiverging ? this.centre : null;
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

  /** Limits by percentiles of what is shown now, and held there. */
  fitOnce() {
    if (this.statistics === null) return;
    this.look.limits = this.limitsOf(this.statistics, "percentile");
    this.choose("fixed");
  }

  /** All as the metadata say, or as the dtype suggests. */
  reset() {
    this.write({ limits: null, auto: null, gamma: null, cmap: null, centre: null });
    this.look = { limits: [...this.given.limits], gamma: this.given.gamma, colormap: this.given.colormap };
    this.mode = this.given.mode;
    this.centre = 0;
    if (this.statistics !== null) this.update(this.statistics);
    this.show();
    this.onChange();
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
    for (const [key, value] of Object.entries(values)) this.written.set(key, value);
    const keys = Object.entries(values).map(([key, value]) => [`${key}${this.suffix}`, value]);
    writeAddress(Object.fromEntries(keys));
  }

  /**
   * @private
   * @param {Limits} wanted
   * @param {number} [end] the one that was chosen, 0 or 1; a middle keeps its place by the other
   */
  setLimits(wanted, end = wanted[0] !== this.look.limits[0] ? 0 : 1) {
    const { middle } = this;
    const half = middle === null ? 0 : Math.abs(wanted[end] - middle);
    this.look.limits = middle === null ? wanted : [middle - half, middle + half];
    this.mode = "fixed";
    this.remember();
    this.show();
    this.onChange();
  }

  /** @private @param {number} gamma */
  setGamma(gamma) {
    this.look.gamma = gamma;
    this.write({ gamma: gamma === this.given.gamma ? null : String(gamma) });
    this.show();
    this.onChange();
  }

  /** @private @param {string} name */
  setColormap(name) {
    this.look.colormap = name;
    this.write({ cmap: name === this.given.colormap ? null : name });
    if (this.mode !== "fixed" && this.statistics !== null) this.update(this.statistics);
    this.show();
    this.onChange();
  }

  /** @private @param {number | null} centre */
  setCentre(centre) {
    this.centre = centre;
    this.write({ centre: centre === null ? "off" : centre === 0 ? null : String(centre) });
    if (this.mode !== "fixed" && this.statistics !== null) this.update(this.statistics);
    else if (centre !== null) this.setLimits(this.look.limits);
    this.show();
    this.onChange();
  }

  /** @private */
  show() {
    const { statistics, controls } = this;
    const { limits, gamma, colormap } = this.look;
    const isLabels = colormap === "labels" && !this.isColour;
    controls.mode.value = this.mode;
    controls.mode.disabled = isLabels;
    controls.counts.value = this.counts;
    controls.numbers.forEach((input, end) => {
      if (document.activeElement !== input) input.value = formatNumber(limits[end], this.whole ? 15 : 6);
      input.disabled = isLabels;
    });
    controls.gamma.disabled = isLabels;
    controls.gamma.value = String(Math.log10(gamma));
    setText(controls.gammaNumber, gamma.toFixed(2));
    controls.once.disabled = isLabels || statistics === null;
    this.choice.show(colormap, this.centre, this.isColour);
    const { reset } = controls;
    setText(reset, this.hasProducer ? "As the producer" : "Reset");
    reset.title = `Limits, gamma and colour map as ${this.hasProducer ? "its producer has them now" : "the metadata say"}`;
    if (this.hasProducer) reset.setAttribute("aria-pressed", String(this.isFollowing));
    else reset.removeAttribute("aria-pressed");

    const reach = /** @type {Limits} */ ([
      Math.min(this.domain[0], limits[0]),
      Math.max(this.domain[1], limits[1]),
    ]);
    // A constant stands in the middle.
    const room = Math.abs(reach[0]) * 1e-3 || 1;
    this.chart.show({
      statistics,
      domain: reach[0] < reach[1] ? reach : [reach[0] - room, reach[1] + room],
      limits,
      whole: this.whole,
      disabled: isLabels,
      counts: this.counts,
      colormap: this.isColour ? "gray" : colormap,
    });
    this.chart.element.title = statistics === null ? "" : describe(statistics);
  }
}

/** @param {Statistics} statistics */
function describe({ whole, count, missing }) {
  const pixels = whole
    ? `Of all ${formatCount(count)} pixels`
    : `Of ${formatCount(count)} pixels, evenly spread over the image`;
  return missing === 0 ? pixels : `${pixels}; ${formatCount(missing)} are NaN or infinite`;
}
