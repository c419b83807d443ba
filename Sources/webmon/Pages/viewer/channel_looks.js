// @ts-check
/**
 * Colour, contrast limits and visibility of each channel that is blended: as metadata say it, as
 * the numbers are, or as the user chose.
 */

import { colormapRamp } from "../image/colormaps.js";

/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} ChannelLook
 * @property {string} name
 * @property {boolean} visible
 * @property {string} colour "#rrggbb"
 * @property {[number, number]} limits
 * @property {boolean} isAuto whether the limits follow the numbers
 */

/** Colours where nobody says any: two complementary ones, else those of print and screen. */
const pairs = ["#ff00ff", "#00ff00"];
const many = ["#00ffff", "#ffff00", "#ff00ff", "#ff0000", "#00ff00", "#0000ff"];

export class ChannelLooks {
  constructor() {
    /** @type {ChannelLook[]} */
    this.list = [];
    /** Called when another list is there, or limits were measured. */
    this.onChange = () => {};
  }

  /**
   * @param {Stream | null} stream
   * @param {ImageLayout | null} layout
   */
  begin(stream, layout) {
    const count = stream !== null && layout?.blended ? layout.channels : 0;
    const { channels } = stream?.metadata ?? {};
    const isSmall = layout?.dtype.code === "u1";
    this.list = Array.from({ length: count }, (_, i) => {
      const said = Array.isArray(channels) ? channels[i] : undefined;
      return describedChannel(said, i, count, isSmall ? [0, 255] : null);
    });
    this.onChange();
  }

  /** @param {readonly import("../image/statistics.js").Statistics[]} measured one a channel */
  update(measured) {
    this.list.forEach((look, i) => {
      if (!look.isAuto || measured[i] === undefined) return;
      const { low, high, min, max } = measured[i];
      look.limits = low < high ? [low, high] : [min, max];
    });
    this.onChange();
  }

  /** What is drawn: one pass for each that is visible. @returns {import("../image/renderer.js").Pass[]} */
  get passes() {
    return this.list.flatMap(({ visible, colour, limits }, channel) =>
      visible
        ? [{ look: { limits, gamma: 1, colormap: "gray" }, channel, colour: rgbOf(colour) }]
        : [],
    );
  }
}

/**
 * @param {unknown} said of metadata's `channels`
 * @param {number} index
 * @param {number} count
 * @param {[number, number] | null} whole the dtype's own range, where that is what one wants
 * @returns {ChannelLook}
 */
function describedChannel(said, index, count, whole) {
  const words = /** @type {{[key: string]: unknown}} */ (
    typeof said === "object" && said !== null ? said : {}
  );
  const { name, contrast_limits: pair, visible } = words;
  const limits = Array.isArray(pair) && pair.length === 2 ? pair.map(Number) : [];
  const isSaid = limits.length === 2 && limits.every(Number.isFinite);
  const given = isSaid ? /** @type {[number, number]} */ ([limits[0], limits[1]]) : whole;
  return {
    name: typeof said === "string" ? said : String(name ?? `channel ${index}`),
    visible: visible !== false,
    colour: colourOf(words.color) ?? colourOf(words.colormap) ?? defaultColour(index, count),
    limits: given === null ? [0, 1] : [...given],
    isAuto: given === null,
  };
}

/** @param {number} index @param {number} count */
function defaultColour(index, count) {
  return count === 2 ? pairs[index] : many[index % many.length];
}

/**
 * @param {unknown} said "#rrggbb", "rrggbb", or the name of a colour map from black to one colour
 * @returns {string | null}
 */
export function colourOf(said) {
  const text = String(said ?? "").toLowerCase();
  const hexadecimal = /^#?([0-9a-f]{6})$/.exec(text);
  if (hexadecimal !== null) return `#${hexadecimal[1]}`;
  const ramp = colormapRamp(text);
  if (ramp === null || ramp.last.every((value) => value === 0)) return null;
  const part = (/** @type {number} */ value) => Math.round(value * 255).toString(16).padStart(2, "0");
  return `#${ramp.last.map(part).join("")}`;
}

/** @param {string} colour "#rrggbb" @returns {[number, number, number]} 0 to 1 */
function rgbOf(colour) {
  const part = (/** @type {number} */ at) => parseInt(colour.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}
