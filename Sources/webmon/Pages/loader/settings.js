// @ts-check
/**
 * What a graph shows, and how that is written in the address.
 */

/** @typedef {"line" | "points" | "bars"} Mark */

/**
 * @typedef {object} Settings
 * @property {string} stream
 * @property {string} x a field, or "@commit", "@arrival", "@record"
 * @property {string} y a field
 * @property {string} by a field, or "" for one colour
 * @property {Mark} mark
 * @property {boolean} isLog
 */

/** @type {readonly {value: Mark, label: string}[]} */
export const marks = [
  { value: "line", label: "line" },
  { value: "points", label: "points" },
  { value: "bars", label: "bars" },
];

/** What x may be beside a field. */
export const ownAxes = [
  { value: "@commit", label: "time of commit" },
  { value: "@arrival", label: "time of arrival" },
  { value: "@record", label: "record number" },
];

/** @param {readonly string[]} parts */
function join(parts) {
  return parts.map(encodeURIComponent).join(":").replace(/%40/g, "@").replace(/:+$/, "");
}

/** @param {string} text */
function split(text) {
  return text.split(":").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part; // Written by hand.
    }
  });
}

/**
 * One of the page's three graphs: "loads:load_ms:stream:log".
 *
 * @param {string | null} text
 * @returns {Settings | null}
 */
export function readPreset(text) {
  if (text === null || text === "") return null;
  const [stream, y = "", by = "", scale = ""] = split(text);
  return { stream, x: "@commit", y, by, mark: "line", isLog: scale === "log" };
}

/** @param {Settings} settings */
export function writePreset({ stream, y, by, isLog }) {
  return join([stream, y, by, isLog ? "log" : ""]);
}

/**
 * Graphs of one's own: "loads:@record:nbytes:stream:points:log;…".
 *
 * @param {string | null} text
 * @returns {Settings[]}
 */
export function readGraphs(text) {
  return (text ?? "").split(";").filter(Boolean).slice(0, 24).map((one) => {
    const [stream, x = "", y = "", by = "", mark = "", scale = ""] = split(one);
    const known = marks.find(({ value }) => value === mark)?.value ?? "line";
    return { stream, x: x || "@commit", y, by, mark: known, isLog: scale === "log" };
  });
}

/** @param {readonly Settings[]} graphs @returns {string | null} */
export function writeGraphs(graphs) {
  const texts = graphs.map(({ stream, x, y, by, mark, isLog }) =>
    join([stream, x, y, by, mark, isLog ? "log" : ""]),
  );
  return texts.length === 0 ? null : texts.join(";");
}
