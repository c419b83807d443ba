// @ts-check
/**
 * The diagram: from the producer to the screen, and where the time goes on the way.
 */

import { element, setText } from "../shell/element.js";
import { formatBytes, formatLatencies, formatRate } from "../shell/format.js";
import { partNames } from "./descriptions.js";
import { formatDuration } from "./duration.js";
import { parts } from "./hops.js";

/** @typedef {import("./hops.js").HopKey} HopKey */
/** @typedef {import("./hops.js").AllHops} AllHops */

const nodes = ["Producer", "Memory", "Server", "Socket", "Page", "Screen"];
/** Which hops lie between two nodes. @type {readonly (readonly HopKey[])[]} */
const arrows = [["fill"], ["notice"], ["wait", "send"], ["way"], ["paint"]];

export class Flow {
  /**
   * @param {HTMLElement} diagram
   * @param {HTMLElement} bar
   * @param {HTMLElement} sentence says what the bar shows
   */
  constructor(diagram, bar, sentence) {
    /** @private */
    this.sentence = sentence;
    /** @private @type {{element: HTMLElement, rate: HTMLElement, took: HTMLElement}[]} */
    this.arrows = [];
    nodes.forEach((node, i) => {
      diagram.append(element("span", { class: "node" }, node));
      if (i === nodes.length - 1) return;
      const rate = element("span", { class: "rate" }, "–");
      const took = element("b", {}, "–");
      const line = element("span", { class: "shaft" });
      const arrow = element("span", { class: "arrow" }, took, line, rate);
      this.arrows.push({ element: arrow, rate, took });
      diagram.append(arrow);
    });
    /** @private @type {Map<HopKey, HTMLElement>} */
    this.segments = new Map();
    for (const key of arrows.flat()) {
      const segment = element("span", { "data-hop": key });
      this.segments.set(key, segment);
      bar.append(segment);
    }
  }

  /**
   * @param {AllHops} hops
   * @param {import("../client/window.js").Percentiles | null} whole from commit to painted, as measured
   */
  show(hops, whole) {
    const all = parts(hops);
    const took = (/** @type {readonly HopKey[]} */ keys) => {
      const known = all.filter(({ key, took: ms }) => keys.includes(key) && !Number.isNaN(ms));
      return known.length === 0 ? NaN : known.reduce((sum, { took: ms }) => sum + ms, 0);
    };
    const total = all.reduce((sum, { took: ms }) => sum + (Number.isNaN(ms) ? 0 : ms), 0);
    const most = all.reduce((a, b) => (b.took > (Number.isNaN(a.took) ? -1 : a.took) ? b : a));
    this.arrows.forEach(({ element: arrow, rate, took: text }, i) => {
      const keys = arrows[i];
      const { bytes, messages } = hops[keys[keys.length - 1]];
      setText(text, formatDuration(took(keys)));
      setText(rate, i === 1 ? `${formatRate(messages)} /s` : flowRate(bytes, messages));
      arrow.dataset.dominant = String(total > 0 && keys.includes(most.key));
      // No more than a hint of how much flows.
      arrow.dataset.flows = String(messages > 0);
    });
    let start = 0;
    for (const { key, took: ms } of all) {
      const segment = this.segments.get(key);
      if (segment === undefined) continue;
      const share = total > 0 && ms > 0 ? ms / total : 0;
      // Each covers the rest of the one before it.
      segment.style.setProperty("--start", String(total > 0 ? start : 1));
      start += share;
      segment.title = `${partNames[key]}: ${formatDuration(ms)}, ${(100 * share).toFixed(0)} %`;
    }
    setText(this.sentence, describe(total, most, whole));
  }
}

/** @param {number} bytes @param {number} messages */
function flowRate(bytes, messages) {
  if (Number.isNaN(messages)) return "–";
  return Number.isNaN(bytes) ? `${formatRate(messages)} /s` : `${formatBytes(bytes)}/s`;
}

/**
 * @param {number} total
 * @param {{key: HopKey, took: number}} most
 * @param {import("../client/window.js").Percentiles | null} whole
 */
function describe(total, most, whole) {
  if (!(total > 0)) return "Nothing was sent in the last 5 s.";
  const share = `${((100 * most.took) / total).toFixed(0)} %`;
  const measured =
    whole === null || whole.count === 0
      ? ""
      : ` From commit to screen, measured: ${formatLatencies(whole.p50, whole.p95)} (median, 95 %).`;
  return `${formatDuration(total)} by the medians; most of it, ${share}, is ${partNames[most.key]}.${measured}`;
}
