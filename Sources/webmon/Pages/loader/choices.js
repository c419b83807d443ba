// @ts-check
/**
 * The choices of a graph: stream, fields, mark, scale.
 */

import { element, setText } from "../shell/element.js";
import { marks, ownAxes } from "./settings.js";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {{value: string, label: string}} Option */

export class Choices {
  /**
   * @param {string} title of the graph, for names that are heard
   * @param {boolean} isPreset whose x and mark are given
   * @param {(settings: Partial<Settings>) => void} onChoice
   */
  constructor(title, isPreset, onChoice) {
    const select = (/** @type {string} */ label, /** @type {keyof Settings} */ key) => {
      const input = element("select", { "aria-label": `${title}: ${label}` });
      input.addEventListener("change", () => onChoice({ [key]: input.value }));
      const shown = element("label", { class: `choice ${key}` }, element("span", {}, label), input);
      return { input, shown };
    };
    /** @private */
    this.selects = {
      stream: select("log", "stream"),
      x: select("x", "x"),
      y: select(isPreset ? "field" : "y", "y"),
      by: select("colour", "by"),
      mark: select("mark", "mark"),
    };
    /** @private */
    this.log = element("input", { type: "checkbox", "aria-label": `${title}: logarithmic scale` });
    this.log.addEventListener("change", () => onChoice({ isLog: this.log.checked }));
    const { stream, x, y, by, mark } = this.selects;
    fill(mark.input, marks, "line");
    const given = isPreset ? [stream, y, by] : [stream, x, y, by, mark];
    const scale = element("label", { class: "choice scale" }, this.log, element("span", {}, "log"));
    this.element = element("div", { class: "choices" }, ...given.map(({ shown }) => shown), scale);
  }

  /**
   * @param {Settings} settings
   * @param {readonly string[]} streams names of all logs
   * @param {readonly import("./plot_columns.js").PlotColumn[]} columns of the chosen one
   */
  show(settings, streams, columns) {
    const { stream, x, y, by, mark } = this.selects;
    const fields = columns.map(({ key }) => ({ value: key, label: key }));
    const numbers = columns.filter(({ kind }) => kind !== "text");
    const isGiven = this.element.contains(x.input);
    fill(stream.input, streams.map((name) => ({ value: name, label: name })), settings.stream);
    fill(x.input, [...ownAxes, ...fields], settings.x);
    fill(y.input, isGiven ? fields : numbers.map(({ key }) => ({ value: key, label: key })), settings.y);
    fill(by.input, [{ value: "", label: "one" }, ...fields], settings.by);
    mark.input.value = settings.mark;
    this.log.checked = settings.isLog;
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {readonly Option[]} options
 * @param {string} value what is not among the options is shown all the same
 */
function fill(select, options, value) {
  const known = options.some((option) => option.value === value);
  const all = known ? options : [{ value, label: value === "" ? "–" : value }, ...options];
  const now = [...select.options].map((option) => option.value);
  if (now.length !== all.length || all.some((option, i) => option.value !== now[i])) {
    select.replaceChildren(...all.map((option) => element("option", { value: option.value }, option.label)));
  } else {
    all.forEach(({ label }, i) => setText(select.options[i], label));
  }
  select.value = value;
}
