// @ts-check
/**
 * What a producer says of its tiles in the metadata of their log (docs/tile-viewer.md). Metadata
 * may be anything: whatever is not as it should be is left out and said.
 */

import { columnsOf } from "../client/records.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} Level
 * @property {[number, number]} shape rows and columns, in pixels of the level
 * @property {[number, number]} tile rows and columns of a tile, in pixels of the level
 * @property {[number, number]} scale how much of the image one pixel covers, along y and x
 * @property {[number, number]} extent how much of the image it covers: not more than level 0
 * @property {number} rows of tiles
 * @property {number} columns of tiles
 */

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {Level[]} levels the finest first
 * @property {[number, number]} translate where its corner lies in the image, y and x
 * @property {string} pixels stream or array of its pixels, "" if there is none
 */

/**
 * @typedef {object} Declaration
 * @property {string} image what it is called
 * @property {Layer[]} layers
 * @property {{width: number, height: number}} size of the image: what the layers reach
 * @property {string} view stream of the views, "" if there is none
 * @property {string} target producer that takes commands, "" if none
 * @property {string[] | null} commands which of them belong here, null: all
 * @property {string} snapshot the one that restates all tiles, "" if none
 * @property {string[]} problems in sentences
 */

export const role = "tile-events";
/** More levels or layers than this are no pyramid that anybody looks at. */
const most = 64;

/** @param {Stream} stream */
export function isTileLog(stream) {
  return stream.kind === "log" && stream.metadata.role === role;
}

/** @param {Stream} stream @returns {Declaration} */
export function readDeclaration({ name, metadata }) {
  /** @type {string[]} */
  const problems = [];
  const text = (/** @type {string} */ key) => {
    const value = metadata[key];
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return value;
    problems.push(`\`${key}\` in its metadata is ${brief(value)}: it must be a name.`);
    return "";
  };
  const listed = Array.isArray(metadata.layers) ? metadata.layers : [];
  if (listed.length === 0) {
    problems.push(
      `\`layers\` in its metadata is ${brief(metadata.layers)}: it must be a list of ` +
        "{name, levels: [{shape, tile, scale}]}.",
    );
  }
  // A layer that cannot be read keeps its place: events name layers by number.
  const layers = listed.slice(0, most).map((layer, index) => readLayer(layer, index, problems));
  const names = metadata.commands;
  const commands = Array.isArray(names) ? names.filter((each) => typeof each === "string") : null;
  let [width, height] = [1, 1];
  for (const { levels, translate } of layers) {
    height = Math.max(height, translate[0] + (levels[0]?.extent[0] ?? 0));
    width = Math.max(width, translate[1] + (levels[0]?.extent[1] ?? 0));
  }
  const image = text("image") || name;
  const [view, target, snapshot] = ["view", "target", "snapshot"].map(text);
  return { image, layers, size: { width, height }, view, target, commands, snapshot, problems };
}

/** @param {unknown} found @param {number} index @param {string[]} problems @returns {Layer} */
function readLayer(found, index, problems) {
  const layer = /** @type {{[key: string]: unknown}} */ (isObject(found) ? found : {});
  const name = typeof layer.name === "string" && layer.name !== "" ? layer.name : `layer ${index}`;
  const listed = Array.isArray(layer.levels) ? layer.levels.slice(0, most) : [];
  /** @type {Level[]} */
  const levels = [];
  for (const each of listed) {
    const level = readLevel(each, levels[0]);
    if (level === null) break;
    levels.push(level);
  }
  if (levels.length < Math.max(1, listed.length)) {
    const at = listed.length === 0 ? "has no levels" : `level ${levels.length} is ${brief(listed[levels.length])}`;
    problems.push(`${name}: ${at}; {shape: [rows, columns], tile: [rows, columns]} is needed.`);
  }
  const translate = pair(layer.translate, () => true) ?? [0, 0];
  const pixels = typeof layer.pixels === "string" ? layer.pixels : "";
  return { name, levels, translate, pixels };
}

/** @param {unknown} found @param {Level | undefined} finest @returns {Level | null} */
function readLevel(found, finest) {
  if (!isObject(found)) return null;
  const { shape: shapeFound, tile: tileFound, scale: scaleFound } = found;
  const isExtent = (/** @type {number} */ n) => Number.isInteger(n) && n >= 1 && n < 2 ** 31;
  const shape = pair(shapeFound, isExtent);
  const tile = pair(tileFound, isExtent);
  if (shape === null || tile === null) return null;
  const fallback = (/** @type {0 | 1} */ axis) =>
    finest === undefined ? 1 : Math.max(1, Math.round(finest.shape[axis] / shape[axis]));
  const scale = pair(scaleFound, (n) => n > 0) ?? [fallback(0), fallback(1)];
  const rows = Math.ceil(shape[0] / tile[0]);
  const columns = Math.ceil(shape[1] / tile[1]);
  // Levels are rounded up: their last pixels may reach past the image.
  const covered = (/** @type {0 | 1} */ axis) => Math.min(shape[axis] * scale[axis], finest?.extent[axis] ?? Infinity);
  return { shape, tile, scale, extent: [covered(0), covered(1)], rows, columns };
}

/** @param {unknown} value @param {(n: number) => boolean} allowed @returns {[number, number] | null} */
function pair(value, allowed) {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [first, second] = value;
  const fits = [first, second].every((n) => Number.isFinite(n) && allowed(n));
  return fits ? [first, second] : null;
}

/** @param {unknown} value @returns {value is {[key: string]: unknown}} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function brief(value) {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)} …` : text;
}

/**
 * The fields that a log or a view must have and lacks, or whose numbers cannot be read.
 *
 * @param {Stream} stream
 * @param {readonly string[]} needed
 */
export function missingFields(stream, needed) {
  const known = columnsOf(stream).filter(
    ({ dtype, shape }) => dtype !== null && /^[<>|=]?[iuf][1248]$/.test(dtype) && shape.length === 0,
  );
  return needed.filter((name) => !known.some(({ path }) => path === name));
}
