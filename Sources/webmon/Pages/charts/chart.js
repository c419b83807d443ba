// @ts-check
/**
 * A Vega-Lite chart of data that keep coming.
 *
 *     import { openChart } from "/charts/chart.js";
 *     const chart = await openChart(container, "rates.json"); // or the spec as an object
 *     chart.setData("points", rows);
 *     chart.close();
 *
 * The container gives the size, the page's colours the theme. Data are drawn a few times a second
 * however often they are set. A spec that is wrong never throws: the chart says what is wrong and
 * where, and what was drawn before stays.
 */

import { element } from "../shell/element.js";
import { whenDrawn } from "./drawing.js";
import { fillSpec, parseSpec, SpecError } from "./spec.js";
import { chartTheme } from "./theme.js";
import { loadEmbed, sameOriginLoader } from "./vega.js";

/** @typedef {{[key: string]: any}} Spec */

/**
 * @typedef {object} ChartOptions
 * @property {number} [perSecond] draws the data no more often than this (default 5)
 * @property {{[name: string]: unknown}} [values] what stands in the spec for "{name}"
 * @property {string} [description] for screen readers, where the spec has no `description`
 * @property {(problem: string) => void} [onProblem] what is wrong; "" when it is mended
 */

/**
 * @param {HTMLElement} container of a size that does not depend on what is in it
 * @param {Spec | string} spec the spec, or the address of its .json file
 * @param {ChartOptions} [options]
 */
export async function openChart(container, spec, options = {}) {
  const chart = new Chart(container, options);
  await chart.setSpec(spec);
  return chart;
}

/** A chart takes no more of the time than 1 in so many, but is drawn after so many ms at the latest. */
const share = 10;
const longestWait = 2000;

export class Chart {
  /**
   * @param {HTMLElement} container
   * @param {ChartOptions} options
   */
  constructor(container, options) {
    /** @private */
    this.container = container;
    /** @private */
    this.options = options;
    /** What is wrong, for people; "" if nothing is. */
    this.problem = "";
    /** How often data were drawn. */
    this.drawn = 0;
    /** @private @type {any} Vega's view of the newest good spec */
    this.view = null;
    /** @private @type {import("./vega.js").Embedded | null} */
    this.embedded = null;
    /** @private names of the data and params that the present spec has @type {Set<string>} */
    this.asks = new Set();
    /** @private @type {string} the spec as text, placeholders and all */
    this.text = "";
    /** @private whether the spec can be of the container's size */
    this.isSized = true;
    /** @private where the text comes from */
    this.address = "";
    /** @private @type {Map<string, object[]>} */
    this.data = new Map();
    /** @private @type {Map<string, unknown>} */
    this.params = new Map();
    /** @private names of data and params that changed since they were drawn @type {Set<string>} */
    this.changed = new Set();
    /** @private */
    this.waits = false;
    /** @private */
    this.nextAt = 0;
    /** @private */
    this.closed = false;
    /** @private one at a time: a chart is built in steps @type {Promise<unknown>} */
    this.building = Promise.resolve();
    /** @private */
    this.place = element("div", { class: "chart-place" });
    /** @private */
    this.message = element("div", { class: "chart-message", role: "status", hidden: "" });
    container.classList.add("chart");
    container.replaceChildren(this.place, this.message);
    /** @private */
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(container);
    /** @private */
    this.onTheme = () => void this.build();
    document.addEventListener("themechange", this.onTheme);
    /** @private */
    this.onSeen = () => this.draw();
    document.addEventListener("visibilitychange", this.onSeen);
  }

  /**
   * Draws by another spec. A wrong one changes nothing but the message.
   *
   * @param {Spec | string} spec the spec, or the address of its .json file
   * @returns {Promise<boolean>} whether it is drawn now
   */
  async setSpec(spec) {
    if (typeof spec !== "string") return this.setText(JSON.stringify(spec, null, 2), "the spec");
    try {
      const response = await fetch(spec, { cache: "no-cache" });
      if (!response.ok) throw new SpecError(`${spec}: the server answers ${response.status}`);
      return this.setText(await response.text(), spec);
    } catch (error) {
      this.tell(error instanceof SpecError ? error.message : `${spec}: ${messageOf(error)}`);
      return false;
    }
  }

  /**
   * As `setSpec`, for a text that was read already.
   *
   * @param {string} text JSON; "": what is drawn stays until there is another
   * @param {string} address of the text, for messages
   */
  setText(text, address) {
    this.text = text;
    this.address = address;
    return this.build();
  }

  /**
   * Says what stands for "{name}" in the spec from now on.
   *
   * @param {{[name: string]: unknown}} values
   */
  fill(values) {
    const isNew = JSON.stringify(values) !== JSON.stringify(this.options.values ?? {});
    this.options.values = values;
    if (isNew && this.text !== "") void this.build();
  }

  /**
   * Gives the rows of one of the spec's named data. Names that the spec does not have are kept for
   * a later spec that has them.
   *
   * @param {string} name
   * @param {object[]} rows plain objects; not to be changed afterwards
   */
  setData(name, rows) {
    this.data.set(name, rows);
    this.changed.add(name);
    this.schedule();
  }

  /**
   * Sets one of the spec's params, if it has it.
   *
   * @param {string} name
   * @param {unknown} value
   */
  setParam(name, value) {
    this.params.set(name, value);
    this.changed.add(name);
    this.schedule();
  }

  /** Pixels of the plot's width, for whoever sums data up before they are drawn. */
  get width() {
    return Math.max(1, this.container.clientWidth);
  }

  close() {
    this.closed = true;
    this.sizes.disconnect();
    document.removeEventListener("themechange", this.onTheme);
    document.removeEventListener("visibilitychange", this.onSeen);
    this.embedded?.finalize();
    this.view = null;
    this.container.replaceChildren();
  }

  /** @private Builds the chart anew, by the present spec, colours and data. */
  build() {
    const built = this.building.then(() => this.make());
    this.building = built.catch(() => {});
    return built;
  }

  /** @private @returns {Promise<boolean>} */
  async make() {
    if (this.closed || this.text === "") return false;
    const { text, address } = this;
    const place = element("div", { class: "chart-place" });
    let missing = "";
    const miss = (/** @type {string} */ problem) => {
      missing = `${address}: ${problem}`;
      this.tell(missing);
    };
    try {
      const embed = await loadEmbed();
      const spec = fillSpec(parseSpec(text, address), this.options.values ?? {});
      const isSized = !["hconcat", "vconcat", "concat", "facet", "repeat"].some((key) => key in spec);
      const { clientWidth, clientHeight } = this.container;
      const sized = { width: clientWidth, height: clientHeight, autosize: { type: "fit", contains: "padding", resize: true } };
      const { description = this.options.description ?? "Chart" } = spec;
      // Hidden, but with its size: what is drawn now stays until this one is.
      place.classList.add("making");
      this.container.prepend(place);
      const embedded = await embed(
        place,
        { ...spec, description, ...(isSized ? sized : {}), usermeta: undefined },
        {
          mode: "vega-lite",
          ast: true, // Expressions are interpreted: the pages' policy forbids to compile them.
          actions: false,
          logLevel: 1, // Errors. A chart without data yet is none.
          renderer: "canvas",
          defaultStyle: false,
          tooltip: { disableDefaultStyle: true },
          loader: sameOriginLoader(miss),
          config: chartTheme(),
        },
      );
      if (this.closed) {
        embedded.finalize();
        return false;
      }
      const old = { view: this.view, embedded: this.embedded, place: this.place };
      const { view } = embedded;
      view.logger(this.logger(address));
      keepSelections(old.view, view);
      this.view = view;
      this.embedded = embedded;
      const { data = [], signals = [] } = embedded.vgSpec;
      this.asks = new Set([...data, ...signals].map(({ name }) => name));
      this.place = place;
      for (const name of [...this.data.keys(), ...this.params.keys()]) this.changed.add(name);
      await this.apply();
      place.classList.remove("making");
      old.place.remove();
      old.embedded?.finalize();
      this.isSized = isSized;
      this.resize();
      this.tell(missing);
      return missing === "";
    } catch (error) {
      if (place !== this.place) place.remove();
      this.tell(error instanceof SpecError ? error.message : `${address}: ${messageOf(error)}`);
      return false;
    }
  }

  /** @private What goes wrong while it is drawn. @param {string} address */
  logger(address) {
    const quiet = () => logger;
    const say = (/** @type {unknown[]} */ ...parts) => {
      this.tell(`${address}: ${parts.map(messageOf).join(" ")}`);
      return logger;
    };
    const logger = { level: quiet, error: say, warn: quiet, info: quiet, debug: quiet };
    return logger;
  }

  /** @private @param {string} problem */
  tell(problem) {
    if (this.closed) return;
    const isNew = problem !== this.problem;
    this.problem = problem;
    this.message.hidden = problem === "";
    this.message.dataset.covers = String(this.view === null);
    const kept = this.view === null ? "" : "What is shown is by the last spec that was right.";
    this.message.replaceChildren();
    if (problem !== "") {
      this.message.append(
        element("strong", {}, "This chart cannot be drawn"),
        element("span", {}, problem),
        ...(kept === "" ? [] : [element("span", { class: "muted" }, kept)]),
      );
    }
    if (isNew) this.options.onProblem?.(problem);
  }

  /** @private */
  resize() {
    const { view } = this;
    if (view === null || !this.isSized) return;
    const { clientWidth, clientHeight } = this.container;
    if (clientWidth === 0 || clientHeight === 0) return;
    if (view.width() === clientWidth && view.height() === clientHeight) return;
    view.width(clientWidth).height(clientHeight).runAsync();
  }

  /** @private Draws what changed as soon as its turn has come. */
  schedule() {
    if (this.waits || this.closed) return;
    this.waits = true;
    const delay = Math.max(0, this.nextAt - performance.now());
    setTimeout(() => {
      this.waits = false;
      this.draw();
    }, delay);
  }

  /** @private */
  draw() {
    // A hidden page keeps what changed until it is seen.
    if (this.view === null || this.changed.size === 0 || document.hidden) return;
    this.nextAt = performance.now() + 1000 / (this.options.perSecond ?? 5);
    whenDrawn(() => this.apply());
  }

  /** @private */
  async apply() {
    const { view } = this;
    if (view === null || this.closed) return;
    const names = [...this.changed];
    this.changed.clear();
    for (const name of names) {
      const rows = this.data.get(name);
      // Vega marks what it is given: each spec gets objects of its own.
      if (rows !== undefined && this.asks.has(name)) view.data(name, rows.map((row) => ({ ...row })));
      if (this.params.has(name) && this.asks.has(name)) view.signal(name, this.params.get(name));
    }
    const began = performance.now();
    await view.runAsync();
    this.drawn += 1;
    // What is costly to draw is drawn less often: the page has other things to do.
    const cost = performance.now() - began;
    this.nextAt = Math.max(this.nextAt, began + cost + Math.min(longestWait, cost * share));
  }
}

/**
 * What was chosen in a chart stays chosen in the one that takes its place, as far as it has the
 * same selections.
 *
 * @param {any} from
 * @param {any} to
 */
function keepSelections(from, to) {
  if (from === null) return;
  const isSelection = (/** @type {string} */ name) => name.endsWith("_store");
  const old = from.getState({ signals: () => false, data: isSelection }).data;
  const there = to.getState({ signals: () => false, data: isSelection }).data;
  for (const [name, rows] of Object.entries(old)) {
    if (name in there && Array.isArray(rows)) to.data(name, rows.map((row) => ({ ...row })));
  }
}

/** @param {unknown} error */
function messageOf(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}
