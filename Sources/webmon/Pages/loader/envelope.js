// @ts-check
/**
 * Many records as few rows to draw: for each step along x the lowest, the highest and the mean.
 * No extreme is lost, whatever the number of records. A step with losses in it has two rows: what
 * came before the first of them, and the rest.
 */

/**
 * @typedef {object} Row
 * @property {number} x
 * @property {number} y the mean
 * @property {number} low
 * @property {number} high
 * @property {number} count of records
 * @property {string} series
 * @property {number} run rows of one run are joined; a loss ends it
 * @property {boolean} alone the only row of its run
 */

/** @typedef {{x: number, x2: number, lost: number}} Gap */

/** @typedef {{values: Float64Array, mask: number}} Reading */

/**
 * @typedef {object} Source
 * @property {Reading} x
 * @property {Reading} y
 * @property {Reading} record their numbers in the log
 * @property {number} factor that y is multiplied by
 * @property {boolean} isLog what is not above 0 is left out
 * @property {{first: number, end: number}} range
 * @property {import("./series.js").Series} series
 */

/**
 * @param {Source} source
 * @param {number} steps that x is cut into; fewer records are not summed up
 * @returns {{rows: Row[], gaps: Gap[], runs: number}}
 */
export function envelope(source, steps) {
  const { x, y, record, factor, isLog, range, series } = source;
  const { first, end } = range;
  const [from, to] = extent(x, range);
  const isWhole = end - first <= steps;
  // A multiple of the width: steps stay where they are while the window moves on.
  const width = niceWidth((to - from) / steps);
  const begin = Math.floor(from / width) * width;
  const places = Math.max(1, Math.floor((to - begin) / width) + 1);
  const groups = series.names.length;
  /** @type {(Row | undefined)[]} */
  const cells = isWhole ? [] : new Array(places * groups);
  /** Of steps with two rows: their places in `cells`, which have the second. */
  const split = new Set();
  /** @type {Row[]} */
  const rows = [];
  /** @type {Gap[]} */
  const gaps = [];
  let run = 0;
  for (let i = first; i < end; i += 1) {
    const at = x.values[i & x.mask];
    if (i > first) {
      const number = record.values[i & record.mask];
      const before = record.values[(i - 1) & record.mask];
      if (number !== before + 1) {
        run += 1;
        addGap(gaps, x.values[(i - 1) & x.mask], at, Math.max(0, number - before - 1), width);
      }
    }
    const value = y.values[i & y.mask] * factor;
    if (!Number.isFinite(value) || !Number.isFinite(at) || (isLog && value <= 0)) continue;
    const group = series.of(i);
    const place = isWhole ? -1 : (Math.floor((at - begin) / width)) * groups + group;
    const cell = isWhole ? undefined : cells[place];
    if (cell === undefined || (cell.run !== run && !split.has(place))) {
      if (cell !== undefined) split.add(place);
      const row = { x: at, y: value, low: value, high: value, count: 1, series: series.names[group], run, alone: false };
      rows.push(row);
      if (!isWhole) cells[place] = row;
    } else {
      cell.run = run; // It is joined with what follows, not with what was lost.
      cell.count += 1;
      cell.y += value;
      if (value < cell.low) cell.low = value;
      if (value > cell.high) cell.high = value;
    }
  }
  if (!isWhole) {
    for (const row of rows) {
      // One record stands where it is, several in the middle of their step.
      if (row.count > 1) row.x = begin + (Math.floor((row.x - begin) / width) + 0.5) * width;
      row.y /= row.count;
    }
  }
  markAlone(rows);
  return { rows, gaps, runs: run + 1 };
}

/** @param {Reading} x @param {{first: number, end: number}} range @returns {[number, number]} */
function extent(x, { first, end }) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = first; i < end; i += 1) {
    const value = x.values[i & x.mask];
    if (value < low && value !== -Infinity) low = value;
    if (value > high && value !== Infinity) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** 1, 2 or 5 times a power of ten, at least so much. @param {number} least */
function niceWidth(least) {
  if (!(least > 0) || !Number.isFinite(least)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((times) => times * power >= least) ?? 10) * power;
}

/** Losses that would be drawn on one another are one. @param {Gap[]} gaps @param {number} x @param {number} x2 @param {number} lost @param {number} width */
function addGap(gaps, x, x2, lost, width) {
  const last = gaps[gaps.length - 1];
  if (last !== undefined && x - last.x2 < width && x >= last.x) {
    last.x2 = Math.max(last.x2, x2);
    last.lost += lost;
  } else {
    gaps.push({ x, x2, lost });
  }
}

/** A line through one point is not seen: such a row is drawn as a point. @param {Row[]} rows */
function markAlone(rows) {
  /** @type {Map<string, Row[]>} */
  const runs = new Map();
  for (const row of rows) {
    const key = `${row.run} ${row.series}`;
    const run = runs.get(key);
    if (run === undefined) runs.set(key, [row]);
    else if (run.length === 1) run.push(row);
  }
  for (const run of runs.values()) if (run.length === 1) run[0].alone = true;
}
