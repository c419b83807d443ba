// @ts-check
/**
 * Colour maps by name. A name that ends in `_r` is the map turned round. One that is `#` and hexadecimal
 * digits, six a colour, is a map of these colours, evenly spread.
 */

import { cyclic, diverging, ramps, sequential } from "./colormap_points.js";

/** @typedef {"sequential" | "channel" | "diverging" | "cyclic" | "special"} ColormapKind */

/**
 * Every colour map but the inverted ones. "labels" gives every number a colour of its own, in the
 * shader; "hilo" is gray with what lies at or past the contrast limits in blue and red.
 *
 * @type {readonly {name: string, label: string, kind: ColormapKind}[]}
 */
export const colormaps = [
  { name: "gray", label: "gray", kind: "sequential" },
  ...named(sequential, "sequential"),
  ...named(diverging, "diverging"),
  ...named(cyclic, "cyclic"),
  ...named(ramps, "channel").filter(({ name }) => name !== "gray"),
  { name: "hilo", label: "gray, clipped in colour", kind: "special" },
  { name: "labels", label: "labels (categorical)", kind: "special" },
];

/** @param {{[name: string]: string}} points @param {ColormapKind} kind */
function named(points, kind) {
  return Object.keys(points).map((name) => ({ name, label: name, kind }));
}

const ofColours = /^#(?:[0-9a-f]{6}){2,}$/i;

/** @type {ReadonlyMap<string, ColormapKind>} */
const kinds = new Map(colormaps.map(({ name, kind }) => [name, kind]));

/**
 * A name taken apart.
 *
 * @param {string} name
 * @returns {{base: string, inverted: boolean}}
 */
export function parseColormap(name) {
  const inverted = name.endsWith("_r");
  return { base: inverted ? name.slice(0, -2) : name, inverted };
}

/** @param {string} name @returns {ColormapKind | null} null if there is none of this name */
export function colormapKind(name) {
  const { base, inverted } = parseColormap(name);
  const kind = ofColours.test(base) ? "sequential" : (kinds.get(base) ?? null);
  return inverted && kind === "special" ? null : kind;
}

/** @param {unknown} name */
export function isColormap(name) {
  return typeof name === "string" && colormapKind(name) !== null;
}

/** @param {string} name @returns {string} the colours that it is interpolated between */
function pointsOf(name) {
  const { base, inverted } = parseColormap(name);
  const own = ofColours.test(base) ? base.slice(1) : undefined;
  const text = own ?? sequential[base] ?? diverging[base] ?? cyclic[base] ?? ramps[base] ?? ramps.gray;
  return inverted ? (text.match(/.{6}/g) ?? []).reverse().join("") : text;
}

/**
 * The ends of a colour map that is a straight line between two colours, 0 to 1; else null.
 *
 * @param {string} name
 * @returns {{first: [number, number, number], last: [number, number, number]} | null}
 */
export function colormapRamp(name) {
  if (ramps[parseColormap(name).base] === undefined) return null;
  const text = pointsOf(name);
  const part = (/** @type {number} */ at) => parseInt(text.slice(at, at + 2), 16) / 255;
  return { first: [part(0), part(2), part(4)], last: [part(6), part(8), part(10)] };
}

/**
 * The colours of a map, RGBA.
 *
 * @param {string} name
 * @param {number} length how many
 * @param {number} gamma exponent of the gray level
 */
export function colormapTable(name, length = 256, gamma = 1) {
  const text = pointsOf(name);
  const points = text.length / 6;
  const channel = (/** @type {number} */ point, /** @type {number} */ c) =>
    parseInt(text.slice(6 * point + 2 * c, 6 * point + 2 * c + 2), 16);
  const table = new Uint8Array(4 * length);
  for (let i = 0; i < length; i += 1) {
    const place = (i / (length - 1)) ** gamma * (points - 1);
    const left = Math.min(Math.floor(place), points - 2);
    const share = place - left;
    for (let c = 0; c < 3; c += 1) {
      const value = channel(left, c) * (1 - share) + channel(left + 1, c) * share;
      table[4 * i + c] = Math.round(value);
    }
    table[4 * i + 3] = 255;
  }
  if (name === "hilo") {
    table.set([0, 80, 255, 255], 0);
    table.set([255, 40, 40, 255], 4 * (length - 1));
  }
  return table;
}

/**
 * A CSS gradient of the colour map; past both ends their colours run on.
 *
 * @param {string} name
 * @param {number} from where the first colour stands, in per cent
 * @param {number} to where the last one stands
 */
export function colormapGradient(name, from, to) {
  const table = colormapTable(name);
  const stops = Array.from({ length: 17 }, (_, i) => {
    const at = 4 * Math.round((i / 16) * 255);
    const place = from + (i / 16) * (to - from);
    return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]}) ${place.toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
