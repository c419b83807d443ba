// @ts-check
/**
 * The state of the page in its address.
 */

import { readAddress } from "../shell/address.js";
import { numberPath } from "./heading.js";

/**
 * @typedef {object} TableState
 * @property {{path: string, descending: boolean}[]} sort first by the first
 * @property {string} filter for all columns
 * @property {Map<string, string>} where conditions as they are typed, by path
 * @property {string[] | null} columns null: all
 * @property {number | null} digits null: all
 * @property {number} hold records
 * @property {boolean} follow
 * @property {number | null} at number of the first row in sight
 * @property {number | null} row number of the one that is open
 * @property {number[]} index of the axes that are neither rows nor columns
 * @property {boolean} changes are marked
 */

/** What can be chosen for `hold` and for `digits`. */
export const holds = [10_000, 100_000, 1_000_000];
export const digitChoices = [3, 4, 6, 9];
const standard = { hold: 100_000, digits: 6 };

/** Names are encoded once more where they stand in a list: they may have commas. */
const encode = encodeURIComponent;
/** @param {string} text */
const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** @returns {TableState} */
export function readState() {
  const list = (/** @type {string} */ key) => (readAddress(key) ?? "").split(",").filter(Boolean);
  const where = list("where").map((part) => {
    const end = part.indexOf(":");
    const path = decode(part.slice(0, Math.max(0, end)));
    return /** @type {[string, string]} */ ([path === "value" ? "" : path, decode(part.slice(end + 1))]);
  });
  const sort = list("sort").map((part) => ({
    path: pathOf(decode(part.replace(/^-/, ""))),
    descending: part.startsWith("-"),
  }));
  const columns = list("columns").map(decode);
  const digits = readAddress("digits");
  const hold = Number(readAddress("hold") ?? standard.hold);
  return {
    sort,
    filter: readAddress("filter") ?? "",
    where: new Map(where),
    columns: columns.length === 0 ? null : columns,
    digits: digits === "full" ? null : oneOf(Number(digits ?? NaN), digitChoices, standard.digits),
    hold: oneOf(hold, holds, standard.hold),
    follow: readAddress("follow") !== "0",
    at: readNumber("at"),
    row: readNumber("row"),
    index: list("index").map(Number),
    changes: readAddress("changes") === "1",
  };
}

/** @param {TableState} state @returns {{[key: string]: string | null}} for `writeAddress` */
export function writtenState(state) {
  const orNone = (/** @type {string} */ text) => (text === "" ? null : text);
  const named = (/** @type {string} */ path) => encode(path === "" ? "value" : path);
  const sort = state.sort.map(({ path, descending }) => (descending ? "-" : "") + named(path));
  const where = [...state.where].map(([path, typed]) => `${named(path)}:${encode(typed)}`);
  return {
    sort: orNone(sort.join(",")),
    filter: orNone(state.filter),
    where: orNone(where.join(",")),
    columns: state.columns === null ? null : state.columns.map(encode).join(","),
    digits: state.digits === null ? "full" : state.digits === standard.digits ? null : String(state.digits),
    hold: state.hold === standard.hold ? null : String(state.hold),
    follow: state.follow ? null : "0",
    at: state.at === null ? null : String(state.at),
    row: state.row === null ? null : String(state.row),
    index: orNone(state.index.some((i) => i !== 0) ? state.index.join(",") : ""),
    changes: state.changes ? "1" : null,
  };
}

/** @param {string} name */
function pathOf(name) {
  return name === "value" || name === numberPath ? (name === numberPath ? name : "") : name;
}

/** @param {number} value @param {readonly number[]} allowed @param {number} otherwise */
function oneOf(value, allowed, otherwise) {
  return allowed.includes(value) ? value : otherwise;
}

/** @param {string} key */
function readNumber(key) {
  const text = readAddress(key);
  const value = Number(text);
  return text === null || text === "" || !Number.isSafeInteger(value) ? null : value;
}
