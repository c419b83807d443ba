// @ts-check
/**
 * The colours, what they mean, and how many tiles have each state: also in words, now and then.
 */

import { colormapGradient } from "../image/colormaps.js";
import { element, setText } from "../shell/element.js";
import { formatCount, formatNumber } from "../shell/format.js";
import { cssColor, levelColors, states } from "./states.js";
import { ageRange } from "./tile_map.js";

/** @typedef {import("./tile_map.js").TileMap} TileMap */
/** @typedef {import("./tile_model.js").TileModel} TileModel */

/** Milliseconds between two texts for those who do not see the page. */
const speakEvery = 10_000;

export class Legend {
  /**
   * @param {HTMLElement} container
   * @param {HTMLElement} spoken an aria-live element
   */
  constructor(container, spoken) {
    /** @private */
    this.spoken = spoken;
    /** @private */
    this.spokenAt = -Infinity;
    /** @private */
    this.rows = states.slice(1).map(({ name, meaning }) => {
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
      const shown = element("td", { class: "number" }, "0");
      const all = element("td", { class: "number muted" }, "0");
      const row = element("tr", { title: meaning }, element("th", { scope: "row" }, swatch, name), shown, all);
      return { row, swatch, shown, all };
    });
    const heading = element(
      "tr",
      {},
      element("th", { scope: "col" }, "Tiles"),
      element("th", { scope: "col", title: "on the levels that are shown" }, "shown"),
      element("th", { scope: "col", title: "on all levels of all layers" }, "all"),
    );
    const body = element("tbody", {}, ...this.rows.map(({ row }) => row));
    /** @private */
    this.scale = element("div", { class: "scale" });
    container.append(element("table", {}, element("thead", {}, heading), body), this.scale);
    /** @private */
    this.scaleKey = "";
  }

  /** @param {TileModel} model @param {TileMap} map @param {import("./look.js").ColorBy} color */
  show(model, map, color) {
    const { shown } = map;
    const all = sums(model.layers.flat());
    const here = sums(shown.map(({ layer, level }) => model.layers[layer][level]));
    this.rows.forEach((row, index) => {
      const state = index + 1;
      setText(row.shown, formatCount(here[state]));
      setText(row.all, formatCount(all[state]));
      row.swatch.style.background = color === "state" ? cssColor(states[state].color) : "";
    });
    this.showScale(model, map, color);
    this.speak(model, shown, here);
  }

  /** @private @param {TileModel} model @param {TileMap} map @param {import("./look.js").ColorBy} color */
  showScale(model, map, color) {
    const levels = Math.max(0, ...model.layers.map((layer) => layer.length));
    const range = map.loadRange;
    const key = `${color} ${color === "load" ? range.join() : ""} ${color === "level" ? levels : ""}`;
    if (key === this.scaleKey) return;
    this.scaleKey = key;
    if (color === "level") {
      const items = Array.from({ length: levels }, (_, level) => {
        const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
        swatch.style.background = cssColor(levelColors[level % levelColors.length]);
        return element("span", { class: "item" }, swatch, String(level));
      });
      this.scale.replaceChildren(element("span", { class: "muted" }, "Level"), ...items);
    } else if (color === "load") {
      this.scale.replaceChildren(...bar(`${formatNumber(range[0])} ms`, "load time", `${formatNumber(range[1])} ms`));
    } else if (color === "age") {
      const [new_, old] = ageRange;
      this.scale.replaceChildren(...bar(`${formatNumber(old)} s ago`, "last event", `${formatNumber(new_)} s`));
    } else {
      this.scale.replaceChildren();
    }
  }

  /**
   * @private
   * @param {TileModel} model
   * @param {import("./tile_map.js").Shown[]} shown
   * @param {number[]} counts
   */
  speak(model, shown, counts) {
    const now = performance.now();
    if (now - this.spokenAt < speakEvery) return;
    this.spokenAt = now;
    const where = shown.map(({ layer, level }) => `${model.declaration.layers[layer].name} level ${level}`);
    const parts = states.flatMap(({ name }, state) => (state > 0 && counts[state] > 0 ? [`${counts[state]} ${name}`] : []));
    const tiles = parts.length === 0 ? "no tile has a state" : parts.join(", ");
    setText(this.spoken, shown.length === 0 ? "No layer is shown." : `${where.join(", ")}: ${tiles}.`);
  }
}

/** @param {import("./tile_level.js").TileLevel[]} levels */
function sums(levels) {
  return states.map((_, state) => levels.reduce((sum, { counts }) => sum + counts[state], 0));
}

/** @param {string} first @param {string} what @param {string} last */
function bar(first, what, last) {
  const ramp = element("div", { class: "ramp", "aria-hidden": "true" });
  ramp.style.background = colormapGradient("viridis", 0, 100);
  const ends = element("div", { class: "ends" }, element("span", {}, first), element("span", {}, what), element("span", {}, last));
  return [ramp, ends];
}
