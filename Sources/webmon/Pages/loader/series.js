// @ts-check
/**
 * Records told apart by a field: the few most frequent values, and the others together.
 */

/** Values that have a colour of their own. */
const most = 7;
/** Records that are looked at to find them, the newest ones. */
const looked = 20_000;

/**
 * @typedef {object} Series
 * @property {string[]} names
 * @property {(i: number) => number} of the place in `names` of a record
 */

/** @type {Series} */
const one = { names: [""], of: () => 0 };

/**
 * @param {{values: Float64Array, mask: number} | null} reading of the field, null for none
 * @param {import("./plot_columns.js").PlotColumn | null} column
 * @param {{first: number, end: number}} range
 * @returns {Series}
 */
export function seriesOf(reading, column, { first, end }) {
  if (reading === null || column === null) return one;
  const { values, mask } = reading;
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (let i = Math.max(first, end - looked); i < end; i += 1) {
    const value = values[i & mask];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most);
  // By value, so that its place stays while the counts change.
  const chosen = frequent.map(([value]) => value).sort((a, b) => a - b);
  const places = new Map(chosen.map((value, i) => [value, i]));
  const names = chosen.map((value) => nameOf(value, column));
  const others = names.push("others") - 1;
  return { names, of: (i) => places.get(values[i & mask]) ?? others };
}

/** @param {number} value @param {import("./plot_columns.js").PlotColumn} column */
export function nameOf(value, column) {
  if (column.categories !== null) return column.categories.names[value] ?? "";
  if (column.dtype === "bool") return value === 0 ? "False" : value === 1 ? "True" : "";
  if (Number.isNaN(value)) return column.kind === "number" ? "NaN" : "NaT";
  if (column.kind === "time") return new Date(value).toISOString();
  return String(Number(value.toPrecision(6)));
}
