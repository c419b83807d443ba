// @ts-check
/**
 * Which log feeds which of the three graphs, by what producers say about their logs. Described in
 * docs/loader-stats.md.
 */

import { plotColumns } from "./plot_columns.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("./plot_columns.js").PlotColumn} PlotColumn */

/**
 * @typedef {object} Preset
 * @property {string} key in the address and in a log's metadata
 * @property {string} title
 * @property {string} spec its file
 * @property {string} role of logs that are made for it
 * @property {"ms" | "B"} unit what it shows
 * @property {readonly string[]} fields names that are known, the best first
 */

/** @type {readonly Preset[]} */
export const presets = [
  {
    key: "frame_time",
    title: "Frame time",
    spec: "specs/frame_time.json",
    role: "frame-times",
    unit: "ms",
    fields: ["frame_ms", "frame_time", "frame_time_ms", "frametime", "frame_s"],
  },
  {
    key: "chunk_time",
    title: "Time a chunk",
    spec: "specs/chunk_time.json",
    role: "chunk-loads",
    unit: "ms",
    fields: ["load_ms", "chunk_ms", "load_time", "load_time_ms", "duration_ms", "elapsed_ms", "load_s"],
  },
  {
    key: "chunk_bytes",
    title: "Bytes a chunk",
    spec: "specs/chunk_bytes.json",
    role: "chunk-loads",
    unit: "B",
    fields: ["nbytes", "chunk_bytes", "bytes", "size", "n_bytes"],
  },
];

/** Units of time and of data, in those that the graphs show. @type {Record<string, number>} */
const factors = {
  "ms s": 1000,
  "ms ms": 1,
  "ms us": 1e-3,
  "ms µs": 1e-3,
  "ms ns": 1e-6,
  "B B": 1,
  "B KB": 1e3,
  "B kB": 1e3,
  "B MB": 1e6,
  "B KiB": 1024,
  "B MiB": 1024 ** 2,
};

/**
 * What a column's values are multiplied by to be in a graph's unit. One whose unit is not told is
 * taken to be in the graph's, but for names that end in a unit.
 *
 * @param {Preset} preset
 * @param {PlotColumn} column
 */
export function factorOf({ unit }, column) {
  const ending = /_(s|ms|us|ns)$/.exec(column.key)?.[1] ?? "";
  return factors[`${unit} ${column.unit}`] ?? (column.unit === "" ? factors[`${unit} ${ending}`] : undefined) ?? 1;
}

/**
 * The log and its field that a graph shows if nobody chose any; null if there is none.
 *
 * @param {Preset} preset
 * @param {Iterable<Stream>} streams
 * @returns {{stream: string, field: string, score: number} | null}
 */
export function findSource(preset, streams) {
  /** @type {{stream: string, field: string, score: number} | null} */
  let best = null;
  const logs = [...streams].filter(({ kind }) => kind === "log");
  for (const stream of logs.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const found = fieldOf(preset, stream);
    if (found === null) continue;
    const score = found.score + (stream.state === "live" ? 0.5 : 0);
    if (best === null || score > best.score) best = { stream: stream.name, field: found.field, score };
  }
  return best;
}

/**
 * @param {Preset} preset
 * @param {Stream} stream
 * @returns {{field: string, score: number} | null}
 */
function fieldOf(preset, stream) {
  const { plots, role } = stream.metadata;
  const numbers = plotColumns(stream).filter(({ kind }) => kind === "number" || kind === "duration");
  const has = (/** @type {unknown} */ key) => numbers.some((column) => column.key === key);
  const named =
    typeof plots === "object" && plots !== null && Object.hasOwn(plots, preset.key)
      ? /** @type {Record<string, unknown>} */ (plots)[preset.key]
      : undefined;
  if (typeof named === "string" && has(named)) return { field: named, score: 3 };
  const known = preset.fields.find(has);
  const isMeant = role === preset.role;
  if (known !== undefined) return { field: known, score: isMeant ? 2 : 1 };
  if (!isMeant) return null;
  const only = numbers.filter(({ unit }) => factors[`${preset.unit} ${unit}`] !== undefined);
  return only.length === 1 ? { field: only[0].key, score: 2 } : null;
}

const groupNames = ["stream", "layer", "source", "channel", "name", "kind"];

/**
 * The field that one of the three graphs is coloured by if nobody chose: the text field that the
 * metadata name, or what the records are about, where the log says it by one of a few names.
 *
 * @param {Stream} stream
 * @param {readonly PlotColumn[]} columns
 */
export function groupOf({ metadata }, columns) {
  const texts = columns.filter(({ kind }) => kind === "text").map(({ key }) => key);
  const { plots } = metadata;
  const named = typeof plots === "object" && plots !== null ? Reflect.get(plots, "color") : undefined;
  return [named, ...groupNames].find((name) => texts.includes(name)) ?? "";
}

const clockNames = ["time", "timestamp", "t"];
/** @type {Record<string, number>} */
const milliseconds = { s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };

/**
 * A record's own time in ms, from whatever beginning: a datetime64, or a number named for it whose
 * unit is told. `time_field` in the metadata names another one.
 *
 * @param {Stream} stream
 * @param {readonly PlotColumn[]} columns
 * @returns {((view: DataView, at: number) => number) | null}
 */
export function clockOf(stream, columns) {
  const { time_field: wanted } = stream.metadata;
  const names = typeof wanted === "string" ? [wanted] : clockNames;
  for (const name of names) {
    const column = columns.find(({ key }) => key === name);
    if (column === undefined) continue;
    const { kind, unit, read } = column;
    if (kind === "time") return read;
    const factor = kind === "duration" ? 1000 : milliseconds[unit];
    if (kind !== "text" && factor !== undefined) return (view, at) => read(view, at) * factor;
  }
  const date = columns.find(({ kind }) => kind === "time");
  return date === undefined || typeof wanted === "string" ? null : date.read;
}
