// @ts-check
/**
 * What was typed and clicked, as tests and orders of rows.
 */

import { columnTest } from "./arrangement.js";
import { parseCondition, parseSearch } from "./condition.js";
import { numberPath } from "./heading.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */

/**
 * @typedef {object} RowChoice
 * @property {{path: string, column: import("../client/records.js").Column | null, descending: boolean}[]} orders
 * @property {import("./arrangement.js").Test[]} tests a wrong one is left out
 * @property {string} searchProblem what is wrong with the filter of all columns
 * @property {ReadonlyMap<string, string>} problems what is wrong with those of columns, by path
 */

/**
 * @param {import("./table_address.js").TableState} state
 * @param {readonly ShownColumn[]} shown those that the filter of all columns looks at
 * @param {readonly ShownColumn[]} all
 * @returns {RowChoice}
 */
export function rowChoice(state, shown, all) {
  const byPath = new Map(all.map((one) => [one.column.path, one]));
  /** @type {import("./arrangement.js").Test[]} */
  const tests = [];
  /** @type {Map<string, string>} */
  const problems = new Map();
  let searchProblem = "";
  try {
    const search = parseSearch(state.filter);
    if (search !== null) {
      tests.push((rows, position) => {
        const view = rows.viewOf(position);
        const start = rows.startOf(position);
        return shown.some(({ read, fullText }) => search(fullText(read(view, start))));
      });
    }
  } catch (error) {
    searchProblem = error instanceof Error ? error.message : String(error);
  }
  for (const [path, typed] of state.where) {
    const one = byPath.get(path);
    // Of another stream: the link may be an older one.
    if (one === undefined) continue;
    try {
      const condition = parseCondition(typed, one.column);
      if (condition !== null) tests.push(columnTest(one.column, condition, one.fullText));
    } catch (error) {
      problems.set(path, error instanceof Error ? error.message : String(error));
    }
  }
  /** @type {RowChoice["orders"]} */
  const orders = [];
  for (const { path, descending } of state.sort) {
    const one = byPath.get(path);
    if (path === numberPath) orders.push({ path, column: null, descending });
    else if (one?.canSort) orders.push({ path, column: one.column, descending });
  }
  return { orders, tests, searchProblem, problems };
}
