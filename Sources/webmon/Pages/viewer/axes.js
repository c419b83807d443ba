// @ts-check
/**
 * The axes: a slider for each that is neither shown nor blended, which two are shown, and play.
 */

import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { element, find, setText } from "../shell/element.js";
import { formatNumber } from "../shell/format.js";
import { axisName, channelAxisOf } from "../image/layout.js";
import { Player } from "./player.js";

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/line_layout.js").LineLayout} LineLayout */
/** @typedef {import("../image/layout.js").AxesChoice} AxesChoice */
/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} AxesHandlers
 * @property {(indices: readonly number[]) => void} onIndices another plane is wanted
 * @property {() => void} onChoice other axes are to be shown, or blended
 * @property {() => boolean} isHere whether the plane that is wanted is shown
 */

export class Axes {
  /** @param {AxesHandlers} handlers */
  constructor(handlers) {
    /** @type {number[]} */
    this.indices = [];
    /** @private */
    this.handlers = handlers;
    /** @private */
    this.group = find("#axes", HTMLElement);
    /** @private */
    this.container = find("#sliders", HTMLElement);
    /** @private */
    this.shownRow = find("#shown-row", HTMLElement);
    /** @private */
    this.shownSelect = find("#shown-axes", HTMLSelectElement);
    /** @private */
    this.blendRow = find("#blend-row", HTMLElement);
    /** @private */
    this.blend = find("#blend", HTMLInputElement);
    /** @private @type {((index: number) => void)[]} */
    this.choosers = [];
    /** @private the slider that was moved last */
    this.current = -1;
    /** @private what the sliders were made for */
    this.made = "";
    this.player = new Player({
      step: (axis, index) => this.choosers[axis]?.(index),
      place: (axis) => this.indices[axis] ?? 0,
      isHere: handlers.isHere,
    });
    this.shownSelect.addEventListener("change", () => {
      const { value } = this.shownSelect;
      writeAddress({ axes: value === "" ? null : value, at: null });
      flushAddress(); // It is read for what comes next.
      this.choice = { ...this.choice, shown: value === "" ? undefined : numbersOf(value) };
      this.indices = [];
      handlers.onChoice();
    });
    this.blend.addEventListener("change", () => {
      writeAddress({ blend: this.blend.checked ? null : "0", at: null });
      flushAddress();
      this.choice = { ...this.choice, separate: !this.blend.checked };
      this.indices = [];
      handlers.onChoice();
    });
    /** @type {AxesChoice} what the user chose */
    this.choice = {};
    this.readChoice();
  }

  /** The choice that the address tells. */
  readChoice() {
    const shown = readAddress("axes");
    this.choice = {
      shown: shown === null ? undefined : numbersOf(shown),
      separate: readAddress("blend") === "0",
    };
  }

  /**
   * The plane to begin with: that of now or of the address, where these are valid; else the middle.
   *
   * @param {ImageLayout | LineLayout} layout
   */
  beginning({ leading }) {
    const said = numbersOf(readAddress("at") ?? "");
    const wanted = this.indices.length === leading.length ? this.indices : said;
    return leading.map((extent, i) => {
      const index = wanted[i];
      const isValid = Number.isInteger(index) && index >= 0 && index < extent;
      return isValid ? index : Math.floor(extent / 2);
    });
  }

  /**
   * Makes the sliders.
   *
   * @param {Stream} stream
   * @param {ImageLayout | LineLayout} layout
   */
  begin(stream, layout) {
    this.indices = this.beginning(layout);
    const text = JSON.stringify([stream.name, stream.generation, layout, stream.metadata]);
    if (text === this.made) return;
    this.made = text;
    this.current = layout.leading.length - 1;
    if (layout.kind === "image") this.showChoices(stream, layout);
    else this.shownRow.hidden = this.blendRow.hidden = true;
    this.choosers = [];
    this.container.replaceChildren(
      ...layout.leading.map((extent, i) => this.makeSlider(stream, layout.leadingAxes[i], i, extent)),
    );
    this.player.begin(layout.leadingAxes.map((axis) => axisName(stream, axis)), layout.leading);
    this.group.hidden =
      layout.leading.length === 0 && this.shownRow.hidden && this.blendRow.hidden;
  }

  /** There is no image. @param {boolean} forget the plane too: another stream comes */
  end(forget) {
    this.player.stop();
    this.group.hidden = true;
    this.made = "";
    if (forget) this.indices = [];
  }

  /**
   * @private
   * @param {Stream} stream
   * @param {number} axis of the array
   * @param {number} i which slider
   * @param {number} extent
   */
  makeSlider(stream, axis, i, extent) {
    const name = axisName(stream, axis);
    const slider = element("input", {
      type: "range",
      min: "0",
      max: String(extent - 1),
      step: "1",
      "aria-label": `Index on ${name}`,
    });
    const shown = element("output");
    const place = element("small", { class: "place muted" });
    const show = () => {
      const index = this.indices[i];
      slider.value = String(index);
      const where = physicalPlace(stream, axis, index);
      setText(shown, `${index} / ${extent - 1}`);
      setText(place, where);
      slider.setAttribute("aria-valuetext", where === "" ? String(index) : `${index}, ${where}`);
    };
    const choose = (/** @type {number} */ index) => {
      const before = this.indices[i];
      this.indices[i] = Math.min(extent - 1, Math.max(0, index));
      show();
      if (this.indices[i] === before) return;
      writeAddress({ at: this.indices.join(",") });
      this.handlers.onIndices(this.indices);
    };
    slider.addEventListener("input", () => {
      this.current = i;
      choose(Number(slider.value));
    });
    this.choosers.push(choose);
    show();
    return element("label", { class: "axis" }, element("span", { title: name }, name), slider, shown, place);
  }

  /** @private @param {Stream} stream @param {ImageLayout} layout */
  showChoices(stream, layout) {
    const { channelAxis, shownAxes, blended } = layout;
    const spatial = [...stream.shape.keys()].filter((axis) => axis !== channelAxis);
    this.shownRow.hidden = spatial.length < 3;
    const name = (/** @type {number} */ axis) => axisName(stream, axis);
    const pairs = spatial.flatMap((row) =>
      spatial.filter((column) => column !== row).map((column) => [row, column]),
    );
    const given = spatial.slice(-2).join();
    // Those in the array's order first: the others are their mirror images.
    pairs.sort((one, other) => Number(one[0] > one[1]) - Number(other[0] > other[1]));
    this.shownSelect.replaceChildren(
      ...pairs.map(([row, column]) => {
        const value = `${row},${column}`;
        const label = `${name(row)}, ${name(column)}`;
        return element("option", { value: value === given ? "" : value }, label);
      }),
    );
    const chosen = shownAxes.join();
    this.shownSelect.value = chosen === given ? "" : chosen;
    this.blendRow.hidden = !(blended || (channelAxis === null && channelAxisOf(stream) !== null));
    this.blend.checked = blended;
  }

  /** Moves on the slider that was moved last, at first the last one. @param {number} step */
  step(step) {
    this.choosers[this.current]?.(this.indices[this.current] + step);
  }
}

/** @param {string} text @returns {number[]} */
function numbersOf(text) {
  return text.split(",").filter(Boolean).map(Number);
}

/**
 * Where an index lies, by metadata's `scale`, `translate` and `units`; "" where they say nothing.
 *
 * @param {Stream} stream
 * @param {number} axis
 * @param {number} index
 */
function physicalPlace({ metadata }, axis, index) {
  const { scale, translate, units } = metadata;
  const step = Array.isArray(scale) ? Number(scale[axis]) : NaN;
  if (!Number.isFinite(step)) return "";
  const origin = Array.isArray(translate) ? Number(translate[axis]) : 0;
  const unit = Array.isArray(units) ? units[axis] : units;
  const place = formatNumber(index * step + (Number.isFinite(origin) ? origin : 0), 5);
  return typeof unit === "string" ? `${place} ${unit}` : place;
}
