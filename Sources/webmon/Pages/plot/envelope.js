// @ts-check
/**
 * Lowest and highest of many values for each column of a plot: no peak is lost, however narrow.
 */

/**
 * @param {ArrayLike<number>} values
 * @param {number} from index where the first column begins; it may lie between two
 * @param {number} to index where the last one ends
 * @param {number} columns
 * @returns {{low: Float64Array, high: Float64Array}} NaN in columns without a number
 */
export function envelope(values, from, to, columns) {
  const low = new Float64Array(columns).fill(NaN);
  const high = new Float64Array(columns).fill(NaN);
  const span = (to - from) / columns;
  for (let column = 0; column < columns; column += 1) {
    const first = Math.max(0, Math.ceil(from + column * span));
    const end = Math.min(values.length, Math.ceil(from + (column + 1) * span));
    let [min, max] = [Infinity, -Infinity];
    for (let i = first; i < end; i += 1) {
      const value = values[i];
      // Comparisons with NaN are false.
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (min <= max) [low[column], high[column]] = [min, max];
  }
  return { low, high };
}

/**
 * The extremes of the finite values of several series between two indices.
 *
 * @param {readonly ArrayLike<number>[]} series
 * @param {number} from
 * @param {number} to exclusive
 * @returns {[number, number] | null} null if there are none
 */
export function extremes(series, from, to) {
  let [min, max] = [Infinity, -Infinity];
  for (const values of series) {
    const end = Math.min(values.length, to);
    for (let i = Math.max(0, from); i < end; i += 1) {
      const value = values[i];
      if (value < min && value !== -Infinity) min = value;
      if (value > max && value !== Infinity) max = value;
    }
  }
  return min <= max ? [min, max] : null;
}
