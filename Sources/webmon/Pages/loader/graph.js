// @ts-check
/**
 * One graph: its choices, its figures, the chart, and how the values are distributed.
 */

import { Chart } from "../charts/chart.js";
import { saveCsv } from "../shell/csv.js";
import { element, setText } from "../shell/element.js";
import { formatAge, formatCount } from "../shell/format.js";
import { Choices } from "./choices.js";
import { factorOf } from "./conventions.js";
import { Figures } from "./figures.js";
import { figuresOf, plotRows, valuesOf } from "./plot.js";

/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./plot.js").Window} Window */

/** Milliseconds between two drawings, and between two looks at all values of a window. */
const drawEvery = 250;
const figuresEvery = 1000;
/** Out of sight it is drawn now and then, so that it is there when it comes into sight. */
const unseenEvery = 2000;
/** A graph that is costly to sum up is drawn so much less often: its share of the time is 1 in so many. */
const share = 8;

let made = 0;

export class Graph {
  /**
   * @param {object} given
   * @param {import("./conventions.js").Preset | null} given.preset
   * @param {Settings} given.settings
   * @param {import("./spec_files.js").SpecFiles} given.specs
   * @param {(settings: Partial<Settings>) => void} given.onChoice
   * @param {(() => void) | null} given.onRemove
   * @param {() => void} given.onShowAll
   */
  constructor({ preset, settings, specs, onChoice, onRemove, onShowAll }) {
    this.preset = preset;
    this.settings = settings;
    /** @type {Feed | null} */
    this.feed = null;
    /** Whether somebody chose what it shows, and not the page. */
    this.isChosen = false;
    /** How well what the page chose fits. */
    this.score = 0;
    /** When it is to be drawn next, page's clock. */
    this.due = 0;
    /** @private */
    this.specs = specs;
    /** @private */
    this.figuresDue = 0;
    /** @private what the charts are filled in for */
    this.filled = "";
    if (preset === null) made += 1;
    const id = `graph-${preset?.key ?? made}`;
    const title = preset?.title ?? `Graph ${made}`;
    /** @private */
    this.heading = element("h2", { id }, title);
    /** @private */
    this.choices = new Choices(title, preset !== null, onChoice);
    /** @private */
    this.figures = new Figures(preset?.unit ?? "");
    const remove = element("button", { type: "button", class: "quiet remove", "aria-label": `Remove ${title}`, title: "Remove this graph" }, "×");
    remove.addEventListener("click", () => onRemove?.());
    remove.hidden = onRemove === null;
    const save = element("button", { type: "button", class: "quiet save", title: "The rows that are drawn, as a file" }, "CSV");
    save.setAttribute("aria-label", `${title}: save as CSV`);
    save.addEventListener("click", () => this.save());
    /** @private what is drawn @type {readonly {[column: string]: unknown}[]} */
    this.rows = [];
    /** @private */
    this.plot = element("div", { class: "plot" });
    /** @private */
    this.bars = element("div", { class: "bars" });
    /** @private */
    this.standing = element("p", { class: "standing", role: "status" });
    /** @private */
    this.showAll = element("button", { type: "button", hidden: "" }, "Show all held");
    this.showAll.addEventListener("click", onShowAll);
    /** @private */
    this.over = element("div", { class: "over", hidden: "" }, this.standing, this.showAll);
    this.element = element(
      "section",
      { class: "graph", "aria-labelledby": id, "data-graph": preset?.key ?? "own" },
      element("div", { class: "head" }, this.heading, this.choices.element, save, remove),
      this.figures.element,
      element("div", { class: "plots" }, this.plot, this.bars, this.over),
    );
    /** @private */
    this.chart = new Chart(this.plot, { perSecond: 10, description: title });
    /** @private */
    this.histogram = new Chart(this.bars, { perSecond: 2, description: `${title}: distribution` });
    /** @private */
    this.onSpec = (/** @type {string} */ text) => void this.chart.setText(text, this.spec);
    /** @private */
    this.onBars = (/** @type {string} */ text) => void this.histogram.setText(text, "specs/histogram.json");
    /** @private file of the chart's spec */
    this.spec = "";
    /** @private whether it is in the part of the page that is seen */
    this.isSeen = true;
    /** @private */
    this.sight = new IntersectionObserver(([entry]) => {
      this.isSeen = entry.isIntersecting;
      if (this.isSeen) this.due = Math.min(this.due, performance.now());
    });
    this.sight.observe(this.element);
    this.choose(settings);
  }

  /** @param {Settings} settings */
  choose(settings) {
    this.settings = settings;
    this.filled = "";
    this.due = 0;
    this.figuresDue = 0;
  }

  /**
   * @param {Feed | null} feed
   * @param {readonly string[]} streams names of all logs
   */
  follow(feed, streams) {
    if (feed !== this.feed) this.filled = "";
    this.feed = feed;
    this.choices.show(this.settings, streams, feed?.columns ?? []);
    if (feed === null) return;
    for (const key of [this.settings.x, this.settings.y, this.settings.by]) feed.hold(key);
  }

  /** What a value is multiplied by to be in the graph's unit. @private */
  get factor() {
    const column = this.feed?.column(this.settings.y) ?? null;
    return this.preset === null || column === null ? 1 : factorOf(this.preset, column);
  }

  /** @private The specs are filled in anew where the choice is another one. */
  fill() {
    const { feed, settings, preset } = this;
    if (feed === null) return;
    const state = JSON.stringify([settings, feed.generation, feed.columns.length]);
    if (state === this.filled) return;
    this.filled = state;
    const column = feed.column(settings.y);
    const values = valuesOf(feed, settings, preset?.unit ?? "");
    const isText = column?.kind === "text";
    const own = settings.mark === "bars" ? (isText ? "counts" : "bars") : isText ? "points" : settings.mark;
    const spec = preset?.spec ?? `specs/${own}.json`;
    this.bars.hidden = isText || settings.mark === "bars";
    this.element.classList.toggle("wide", this.bars.hidden);
    this.change(this.chart, spec, values);
    if (!isText) this.changeBars(values);
  }

  /** @private @param {Chart} chart @param {string} spec @param {{[name: string]: unknown}} values */
  change(chart, spec, values) {
    if (this.spec !== spec) {
      if (this.spec !== "") this.specs.leave(this.spec, this.onSpec);
      this.spec = spec;
      // The old spec is not drawn with the new one's values.
      void chart.setText("", spec);
      chart.fill(values);
      this.specs.follow(spec, this.onSpec);
    } else {
      chart.fill(values);
    }
  }

  /** @private @param {{[name: string]: unknown}} values */
  changeBars(values) {
    this.histogram.fill(values);
    this.specs.follow("specs/histogram.json", this.onBars);
  }

  /**
   * Draws what is held.
   *
   * @param {Window} window
   * @param {string} span of the window, for people
   */
  draw(window, span) {
    const began = performance.now();
    const { feed, settings } = this;
    this.fill();
    const column = feed?.column(settings.y) ?? null;
    if (feed !== null && column !== null) {
      const size = { width: this.plot.clientWidth, height: this.plot.clientHeight };
      const shown = { ...window, from: Math.max(window.from, feed.history.oldest) };
      const plot = plotRows(feed, settings, window, this.factor, size);
      if (plot !== null) {
        this.chart.setData("points", plot.rows);
        this.chart.setData("gaps", plot.gaps);
        this.chart.setParam("from", Number.isFinite(window.from) ? window.from : shown.from);
        this.chart.setParam("to", window.to);
        if (settings.mark !== "bars") this.rows = plot.rows;
        this.element.dataset.records = String(plot.range.end - plot.range.first);
      }
    }
    if (began >= this.figuresDue) this.drawFigures(window);
    this.stand(window, span);
    const cost = performance.now() - began;
    this.due = began + Math.max(this.isSeen ? drawEvery : unseenEvery, Math.min(unseenEvery, cost * share));
  }

  /** @private @param {Window} window */
  drawFigures(window) {
    const { feed, settings } = this;
    const began = performance.now();
    const column = feed?.column(settings.y) ?? null;
    const found = feed === null ? null : figuresOf(feed, settings, window, this.factor);
    this.figures.show(found, column?.kind ?? "number", column?.unit ?? "");
    if (found !== null) {
      const { bins, counts } = found;
      this.histogram.setData("histogram", bins);
      this.chart.setData("histogram", bins);
      this.chart.setData("counts", counts);
      if (settings.mark === "bars") this.rows = column?.kind === "text" ? counts : bins;
      if (found.summary !== null) this.chart.setData("figures", [found.summary]);
    }
    this.figuresDue = began + Math.max(figuresEvery, (performance.now() - began) * share * 2);
  }

  /** @private What is said in the place of a graph, or over it. @param {Window} window @param {string} span */
  stand(window, span) {
    const { feed, settings } = this;
    const [text, isOffer] = this.standingOf(window, span, feed, settings);
    this.over.hidden = text === "";
    this.showAll.hidden = !isOffer;
    setText(this.standing, text);
  }

  /**
   * @private
   * @param {Window} window
   * @param {string} span
   * @param {Feed | null} feed
   * @param {Settings} settings
   * @returns {[string, boolean]}
   */
  standingOf(window, span, feed, settings) {
    if (feed === null) return [this.advice(), false];
    if (feed.failure !== "") return [feed.failure, false];
    if (feed.stream === null) return [`Waiting for the log ${feed.name}: no program shares it now.`, false];
    if (feed.stream.kind !== "log") return [`${feed.name} is no log: it has ${feed.stream.kind}.`, false];
    if (feed.columns.length === 0) return [`${feed.name} has no field that can be plotted.`, false];
    if (feed.column(settings.y) === null) {
      const known = feed.columns.slice(0, 8).map(({ key }) => key).join(", ");
      return [`${feed.name} has no field "${settings.y}"; it has ${known}.`, false];
    }
    const { history } = feed;
    if (history.length === 0) return [`No record of ${feed.name} has come yet.`, false];
    const isInWindow = history.newest >= window.from;
    if (isInWindow) return ["", false];
    const age = formatAge((window.to - history.newest) * 1e6);
    return [`No record in the last ${span}; the newest of ${formatCount(history.length)} came ${age} ago.`, true];
  }

  /** @private */
  advice() {
    const { preset } = this;
    if (preset === null) return "Choose a log.";
    const [field] = preset.fields;
    return (
      `No log with this is shared. In Python: log = webmon.Log("my-${preset.role}", ` +
      `[("${field}", "f8")], metadata={"role": "${preset.role}"}); log.append((…,)). Or choose a log and a field.`
    );
  }

  /** @private */
  save() {
    const { stream, x, y } = this.settings;
    const parts = [stream, y, ...(x.startsWith("@") ? [] : [x])].map((part) => part.replace(/[^\w.-]+/g, "_"));
    saveCsv(`${parts.join("-")}.csv`, this.rows);
  }

  close() {
    if (this.spec !== "") this.specs.leave(this.spec, this.onSpec);
    this.specs.leave("specs/histogram.json", this.onBars);
    this.sight.disconnect();
    this.chart.close();
    this.histogram.close();
    this.element.remove();
  }
}
